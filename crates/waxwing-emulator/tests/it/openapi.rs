//! OpenAPI document: the routers and real calls agree with it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use waxwing_emulator::Emulator;

use crate::json_schema;
use crate::support::{Control, builder, fetch, start};

async fn document(emulator: &Emulator) -> Value {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    fetch(http.get(format!("{}/control/openapi.json", emulator.url()))).await.1
}

/// Checks a call against the document: the request if it was accepted, and the response.
#[track_caller]
pub(crate) fn check(document: &Value, method: &str, path: &str, request: Option<&Value>, response: (u16, &Value)) {
    let (path, (status, body)) = (path.split('?').next().unwrap(), response);
    let operation = operation(document, method, path);
    if let Some(request) = request.filter(|_| status < 300) {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{method} {path} takes no JSON");
        json_schema::check(document, schema, request, &format!("request of {method} {path}"));
    }
    let described = match operation["responses"].get(status.to_string()) {
        Some(described) => described,
        None if status >= 400 => &operation["responses"]["default"],
        None => panic!("{method} {path} has an undocumented status {status}"),
    };
    match described["content"].as_object() {
        Some(content) => json_schema::check(
            document,
            &content["application/json"]["schema"],
            body,
            &format!("response of {method} {path}"),
        ),
        None => assert!(body.is_null(), "{method} {path} has an undocumented body"),
    }
}

/// Returns the operation of a path, whose variable parts have any value.
#[track_caller]
fn operation<'a>(document: &'a Value, method: &str, path: &str) -> &'a Value {
    let fits = |pattern: &str| {
        let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
        pattern.len() == path.len()
            && pattern.iter().zip(&path).all(|(pattern, part)| pattern == part || pattern.starts_with('{'))
    };
    let paths = document["paths"].as_object().unwrap();
    let found = paths.get(path).or_else(|| paths.iter().find(|(pattern, _)| fits(pattern)).map(|(_, methods)| methods));
    let found = found.and_then(|methods| methods.get(method));
    found.unwrap_or_else(|| panic!("{method} {path} is not documented"))
}

/// Returns the paths in `.route("…")` of all source files, apart from pages.
fn routed_paths(dir: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            routed_paths(&entry.path(), found);
        } else if entry.path().extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(entry.path()).unwrap();
            let paths = text.split(".route(").skip(1).filter_map(|rest| rest.split('"').nth(1));
            found.extend(
                paths.filter(|path| path.starts_with("/control") || path.starts_with("/phone")).map(str::to_owned),
            );
        }
    }
}

#[tokio::test]
async fn each_route_is_documented_and_each_documented_path_is_served() {
    let (emulator, _server, _graph) = start().await;
    let document = document(&emulator).await;
    let mut routed = BTreeSet::new();
    routed_paths(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut routed);
    let documented: BTreeSet<_> = document["paths"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(documented, routed, "paths of the document, and of the routers");

    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for (path, methods) in document["paths"].as_object().unwrap() {
        // No endpoint has this method, so the answer lists the methods that the path has.
        let url = format!("{}{}", emulator.url(), path.replace(['{', '}'], ""));
        let refused = http.request(reqwest::Method::TRACE, url).send().await.unwrap();
        let allowed =
            refused.headers().get("allow").unwrap_or_else(|| panic!("{path} is not served")).to_str().unwrap();
        let served: BTreeSet<_> = allowed.split(',').map(str::to_ascii_lowercase).filter(|it| it != "head").collect();
        assert_eq!(methods.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>(), served, "{path}");
    }
}

#[tokio::test]
async fn the_document_is_complete() {
    let emulator = builder().start().await.unwrap();
    let document = document(&emulator).await;
    assert_eq!(
        (&document["openapi"], &document["info"]["version"]),
        (&json!("3.1.0"), &json!(env!("CARGO_PKG_VERSION")))
    );
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let text = document.to_string();
    let used: BTreeSet<_> =
        text.split("\"#/components/schemas/").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(used, schemas.keys().map(String::as_str).collect(), "each schema is used, and each used schema exists");
    let mut ids = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{method} {path}");
            assert!(operation["summary"].is_string(), "{method} {path}");
            let named = path.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()).collect::<Vec<_>>();
            let parameters = operation["parameters"].as_array().into_iter().flatten().filter(|it| it["in"] == "path");
            assert_eq!(parameters.map(|it| it["name"].as_str().unwrap()).collect::<Vec<_>>(), named, "{method} {path}");
        }
    }
}

/// The refusal of an unknown action lists all actions.
#[tokio::test]
async fn each_action_is_documented() {
    let emulator = builder().start().await.unwrap();
    let document = document(&emulator).await;
    let (status, refused) = Control::new(&emulator).post("/actions", json!({"dances": {}})).await;
    assert_eq!(status, 422);
    let refused = refused["error"].as_str().unwrap().rsplit_once("expected one of ").unwrap().1;
    let known: BTreeSet<_> = refused.split('`').skip(1).step_by(2).collect();
    let forms = &document["components"]["schemas"]["Action"]["oneOf"];
    let names = forms[0]["enum"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
    let documented: BTreeSet<_> =
        names.chain(forms[1]["properties"].as_object().unwrap().keys().map(String::as_str)).collect();
    assert_eq!(documented, known);
}

/// The calls of other tests are checked as well: the client of the control API checks each one.
#[tokio::test]
async fn the_phone_answers_as_documented() {
    let (emulator, _server, graph) = start().await;
    let document = document(&emulator).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let call = async |method: &str, path: &str, body: Option<Value>| {
        let method = method.to_uppercase().parse().unwrap();
        let request = http.request(method, format!("{}{path}", emulator.url()));
        fetch(match &body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    };
    let buttons = json!({"to": "34600000000", "type": "interactive", "interactive": {
        "type": "button", "body": {"text": "Tea?"}, "action": {"buttons": [{"type": "reply", "reply": {"id": "1", "title": "Yes"}}]},
    }});
    for (method, path, body) in [
        ("post", "/phone/chats", Some(json!({"name": "Ana", "phone": "+34600000000"}))),
        ("post", "/phone/chats/1/messages", Some(json!({"text": "hi"}))),
        ("post", "/phone/chats/1/messages", Some(json!({"text": ""}))),
        ("get", "/phone/state", None),
        ("get", "/phone/chats/1/messages?wait=10", None),
        ("post", "/phone/chats/1/taps", Some(json!({"title": "Yes"}))),
        ("post", "/phone/chats/1/read", None),
        ("get", "/phone/chats/9/messages", None),
    ] {
        if path.ends_with("wait=10") {
            graph.post(buttons.clone()).await;
        }
        let (status, answer) = call(method, path, body.clone()).await;
        check(&document, method, path, body.as_ref(), (status, &answer));
    }
}

#[tokio::test]
async fn the_logs_answer_as_documented() {
    let (emulator, server, graph) = start().await;
    let control = Control::new(&emulator);
    emulator.user("+34600000000").says("hi").await;
    graph.text("34600000000", "hello").await;
    graph.get("0").await;
    emulator.expect_idle().await;
    control.post("/bot-events", json!({"name": "model.called", "data": {"tokens": 1}})).await;
    for path in [
        "/requests",
        "/requests?wait=1ms&rule=list-body",
        "/webhooks",
        "/bot-events",
        "/timeline",
        "/flows",
        "/templates",
    ] {
        control.get(path).await;
    }
    assert!(!server.posts().is_empty());
    control.post("/requests", json!({"method": "GET", "path": "/v25.0/1000001"})).await;
    control.post("/webhooks", json!({"body": {"object": "test"}})).await;
    control.post("/faults", json!({"statuses": {"drop": {"attempts": 1}}, "only": "read", "rate": 0.5})).await;
    control.get("/faults").await;
}
