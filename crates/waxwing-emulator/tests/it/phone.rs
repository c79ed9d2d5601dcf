//! Endpoints of the phone page.

use std::path::Path;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use tower::ServiceExt;
use waxwing_emulator::{DeliveryState, Emulator, FaultEffect, RateLimits};

use crate::support::{PNG, fetch, start, start_frozen};

/// Sends a request with these headers to the router.
async fn call(
    emulator: &Emulator,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Response {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    emulator.router().oneshot(request.body(body.into()).unwrap()).await.unwrap()
}

/// Returns path and content of each file of the page.
fn page_files() -> Vec<(String, String)> {
    fn collect(directory: &Path, files: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, files);
            } else {
                files.push((path.to_str().unwrap().to_owned(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/page");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let prefix = format!("{}/", root.to_str().unwrap());
    files.into_iter().map(|(path, content)| (path.strip_prefix(&prefix).unwrap().to_owned(), content)).collect()
}

#[tokio::test]
async fn the_page_loads_no_resources_of_other_origins() {
    let (emulator, _server, _graph) = start().await;
    for (file, content) in page_files() {
        let path = match file.strip_suffix(".html") {
            Some("index") => "/".to_owned(),
            Some(_) => continue, // other pages have addresses of their own
            None => format!("/page/{file}"),
        };
        let response = call(&emulator, "GET", &path, &[("host", "localhost")], "").await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        assert_eq!(
            response.headers()["content-security-policy"],
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; \
             connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
        );
        let served = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert_eq!(served, content.as_bytes(), "{path}");
    }
    assert_eq!(call(&emulator, "GET", "/page/other", &[("host", "localhost")], "").await.status(), 404);
}

/// The page must not contain anything that its policy forbids.
#[test]
fn the_page_complies_with_its_content_security_policy() {
    let files = page_files();
    assert!(files.len() > 20, "the files were not found");
    for (path, content) in &files {
        let forbidden: &[&str] = match path.rsplit_once('.').unwrap().1 {
            "html" => &["style=", "onclick", "http:", "https:"],
            "js" => &["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("],
            "css" => &["@import", "url("],
            _ => &[],
        };
        for word in forbidden {
            assert!(!content.contains(word), "{word} in {path}");
        }
    }
    let html = include_str!("../../src/page/index.html");
    for hook in [r#"id="composer""#, r#"id="send""#, r#"id="file""#, r#"role="log""#, r#"aria-live="polite""#] {
        assert!(html.contains(hook), "{hook}");
    }
}

#[tokio::test]
async fn requests_for_other_hosts_and_from_other_sites_are_refused() {
    #[track_caller]
    fn check(response: &Response, expected: StatusCode) {
        assert_eq!(response.status(), expected);
    }
    let (emulator, _server, _graph) = start().await;
    let host = emulator.address().unwrap().to_string();
    let here: (&str, &str) = ("host", &host);
    let origin = format!("http://{host}");
    for path in ["/", "/page/phone/main.js", "/phone/state", "/phone/events"] {
        check(&call(&emulator, "GET", path, &[("host", "rebound.example")], "").await, StatusCode::FORBIDDEN);
        check(&call(&emulator, "GET", path, &[], "").await, StatusCode::FORBIDDEN);
        check(&call(&emulator, "GET", path, &[here], "").await, StatusCode::OK);
    }
    for bad in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        check(&call(&emulator, "GET", "/phone/state", &[here, bad], "").await, StatusCode::FORBIDDEN);
        check(&call(&emulator, "POST", "/phone/chats/1/read", &[here, bad], "").await, StatusCode::FORBIDDEN);
        check(&call(&emulator, "GET", "/phone/media/1", &[here, bad], "").await, StatusCode::FORBIDDEN);
    }
    check(&call(&emulator, "GET", "/", &[here, ("sec-fetch-site", "cross-site")], "").await, StatusCode::OK);
    let good = [here, ("sec-fetch-site", "same-origin"), ("origin", origin.as_str())];
    check(&call(&emulator, "GET", "/phone/state", &good, "").await, StatusCode::OK);
}

/// Client of the endpoints.
struct Page {
    base: String,
    http: reqwest::Client,
}

impl Page {
    fn new(emulator: &Emulator) -> Self {
        Self { base: format!("{}/phone", emulator.url()), http: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        fetch(self.http.post(format!("{}/{path}", self.base)).json(&body)).await
    }

    async fn events(&self, last: Option<&str>) -> Events {
        let mut request = self.http.get(format!("{}/events", self.base));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        Events { response: request.send().await.unwrap(), buffer: String::new() }
    }
}

/// Stream of Server-Sent Events.
struct Events {
    response: reqwest::Response,
    buffer: String,
}

impl Events {
    /// Returns id and data of the next event.
    async fn next(&mut self) -> (String, Value) {
        loop {
            if let Some((event, _)) = self.buffer.split_once("\n\n") {
                let field = |name: &str| {
                    event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned()
                };
                let parsed = (field("id:"), serde_json::from_str(&field("data:")).unwrap());
                let parsed = if field("event:") == "reset" { ("reset".to_owned(), Value::Null) } else { parsed };
                self.buffer.drain(..event.len() + 2);
                return parsed;
            }
            let chunk = self.response.chunk().await.unwrap().unwrap();
            self.buffer.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// Returns the next event of a kind.
    async fn of(&mut self, kind: &str) -> (String, Value) {
        loop {
            let (id, event) = self.next().await;
            if event["kind"] == kind {
                return (id, event);
            }
        }
    }
}

#[tokio::test]
async fn the_page_endpoints_serve_a_whole_chat() {
    let (emulator, server, graph) = start().await;
    let page = Page::new(&emulator);
    let (_, chat) = page.post("chats", json!({"name": "Ana", "phone": "+34 600 000 000"})).await;
    assert_eq!(chat, json!({"id": 1}));
    assert_eq!(page.post("chats", json!({"name": "Ana", "phone": "34600000000"})).await.1, chat, "the same person");
    let mut events = page.events(None).await;
    assert_eq!(events.of("chat").await.1["chat"]["phone"], "34600000000");

    let (_, said) = page.post("chats/1/messages", json!({"text": "hi"})).await;
    let (_, event) = events.of("message").await;
    assert_eq!((&event["message"]["id"], &event["message"]["direction"]), (&said["id"], &json!("out")));
    assert_eq!(events.of("webhook").await.1["status"], 200);
    assert_eq!(server.messages()[0]["text"]["body"], "hi");

    graph.post(json!({"status": "read", "message_id": said["id"], "typing_indicator": {"type": "text"}})).await;
    assert_eq!(events.of("read").await.1["message"], said["id"]);
    assert_eq!(events.of("typing").await.1["chat"], 1);

    let id = graph.text("34600000000", "*hello*").await;
    let (_, event) = events.of("message").await;
    assert_eq!((&event["message"]["text"], &event["message"]["direction"]), (&json!("*hello*"), &json!("in")));
    emulator.expect_idle().await;
    assert_eq!(page.post("chats/1/read", json!({})).await.0, 204);
    emulator.expect_idle().await;
    assert_eq!(emulator.user("+34600000000").messages()[0].state, DeliveryState::Read);
    assert_eq!(server.statuses().last().unwrap()["statuses"][0]["id"], json!(id));
}

#[tokio::test]
async fn the_page_learns_that_a_message_was_refused() {
    let (emulator, _server, graph) = start_frozen(RateLimits::default()).await;
    let page = Page::new(&emulator);
    emulator.user("+34600000000").says("hi").await;
    let mut events = page.events(None).await;
    let text = |body: &str| json!({"to": "34600000000", "text": {"body": body}});
    assert_eq!(graph.post(text(&"a".repeat(4_097))).await.0, 400);
    let (_, event) = events.of("refused").await;
    assert_eq!((&event["chat"], &event["code"], &event["is_limit"]), (&json!(1), &json!(131_009), &json!(false)));
    assert!(event["details"].is_string() && event["error"]["link"].is_string(), "{event}");
    assert_eq!(graph.post(json!({"to": "34600000009", "text": {}})).await.0, 400, "an unknown user has no chat");
    emulator.next_send(FaultEffect::Error { code: 131_026, http: 400 });
    assert_eq!(graph.post(text("hello")).await.0, 400);
    let (_, event) = events.of("refused").await;
    let expected = (&json!(1), &json!(131_026), &json!("Message undeliverable"), &json!(true));
    assert_eq!((&event["chat"], &event["code"], &event["error"]["title"], &event["by_fault"]), expected);
    for code in [4, 80_007, 130_429] {
        emulator.next_send(FaultEffect::Error { code, http: 429 });
        assert_eq!(graph.post(text("hello")).await.0, 429);
        assert_eq!(events.of("refused").await.1["is_limit"], true, "{code}");
    }
    emulator.next_send(FaultEffect::ServerErrorWithoutJson);
    assert_eq!(graph.post(text("hello")).await.0, 502);
    let (_, event) = events.of("refused").await;
    assert_eq!((&event["code"], &event["http"]), (&json!(0), &json!(502)));
    for _ in 0..45 {
        assert_eq!(graph.post(text("hello")).await.0, 200);
    }
    assert_eq!(graph.post(text("hello")).await.0, 400);
    let (_, event) = events.of("refused").await;
    assert_eq!((&event["chat"], &event["code"], &event["is_limit"]), (&json!(1), &json!(131_056), &json!(true)));
    emulator.advance(std::time::Duration::from_hours(25));
    assert_eq!(graph.post(text("hello")).await.0, 400);
    let (_, event) = events.of("refused").await;
    assert_eq!((&event["code"], &event["is_limit"]), (&json!(131_047), &json!(false)));
}

#[tokio::test]
async fn a_reconnect_resumes_after_the_last_event() {
    let (emulator, _server, _graph) = start().await;
    let page = Page::new(&emulator);
    let ana = emulator.user("+34600000000");
    ana.says("one").await;
    let (first, _) = page.events(None).await.of("message").await;
    ana.says("two").await;
    let (_, event) = page.events(Some(&first)).await.of("message").await;
    assert_eq!(event["message"]["text"], "two");
    for other in ["another-1", "nonsense"] {
        let mut events = page.events(Some(other)).await;
        assert_eq!(events.next().await.0, "reset", "{other}");
        assert_eq!(events.of("message").await.1["message"]["text"], "one");
    }
}

#[tokio::test]
async fn a_file_sent_by_the_page_can_be_returned() {
    let (emulator, server, graph) = start().await;
    let page = Page::new(&emulator);
    let ana = emulator.user("+34600000000");
    let send = |mime_type: &'static str, bytes: Vec<u8>| {
        let url = format!("{}/chats/1/files?caption=a%20cat&filename=cat.bin", page.base);
        fetch(page.http.post(url).header("content-type", mime_type).body(bytes))
    };
    assert_eq!(send("image/png", PNG.to_vec()).await.0, 200);
    assert_eq!(send("text/html", b"<script>".to_vec()).await.0, 200);
    assert_eq!(send("image/png", Vec::new()).await.0, 400);
    assert_eq!(send("image/png", vec![0; 16 * 1024 * 1024 + 1]).await.0, 413);
    emulator.expect_idle().await;
    let messages = server.messages();
    assert_eq!(messages.len(), 2);
    assert_eq!((&messages[0]["image"]["caption"], messages[0]["image"].get("filename")), (&json!("a cat"), None));
    assert_eq!(messages[1]["document"]["filename"], "cat.bin");

    let shown = async |kind: &str, index: usize| {
        let url = format!("{}/media/{}", page.base, messages[index][kind]["id"].as_str().unwrap());
        page.http.get(url).send().await.unwrap()
    };
    let picture = shown("image", 0).await;
    assert_eq!(
        (picture.headers()["content-type"].to_str().unwrap(), &picture.headers()["x-content-type-options"]),
        ("image/png", &"nosniff".parse().unwrap())
    );
    assert!(picture.headers()["content-security-policy"].to_str().unwrap().contains("sandbox"));
    assert_eq!(picture.bytes().await.unwrap().as_ref(), PNG);
    let script = shown("document", 1).await;
    assert_eq!(script.headers()["content-type"], "application/octet-stream");
    assert_eq!(script.headers()["content-disposition"], "attachment");
    assert_eq!(page.http.get(format!("{}/media/1", page.base)).send().await.unwrap().status(), 404);
    drop((ana, graph));
}

#[tokio::test]
async fn invalid_requests_are_refused_with_a_reason() {
    let (emulator, _server, _graph) = start().await;
    let page = Page::new(&emulator);
    let (status, body) = page.post("chats", json!({"name": " ", "phone": "34600000000"})).await;
    assert!(status == 400 && body["error"].is_string());
    assert_eq!(page.post("chats", json!({"name": "Ana", "phone": "abc"})).await.0, 400);
    assert_eq!(page.post("chats/9/messages", json!({"text": "hi"})).await.0, 404);
    assert_eq!(page.post("chats/9/read", json!({})).await.0, 204);
    page.post("chats", json!({"name": "Ben", "phone": null})).await;
    assert_eq!(page.post("chats/1/messages", json!({"text": " "})).await.0, 400);
    assert_eq!(page.post("chats/1/messages", json!({"text": "a".repeat(65_537)})).await.0, 400);
    assert_eq!(page.post("chats/1/messages", json!({"text": "a".repeat(2 << 20)})).await.0, 413);
    let (_, state) = fetch(page.http.get(format!("{}/state", page.base))).await;
    assert_eq!((&state["chats"][0]["phone"], &state["chats"][0]["username"]), (&Value::Null, &json!("ben")));
}

/// A program acts as a user: it sends a message, waits for the reply, and taps.
#[tokio::test]
async fn a_program_can_wait_for_messages_and_tap() {
    let (emulator, server, graph) = start().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let post = async |path: &str, body: Value| fetch(http.post(format!("{}{path}", emulator.url())).json(&body)).await;
    let get = async |path: &str| fetch(http.get(format!("{}{path}", emulator.url()))).await;
    let (_, chat) = post("/phone/chats", json!({"name": "Ana", "phone": "+34600000000"})).await;
    let chat = format!("/phone/chats/{}", chat["id"]);
    post(&format!("{chat}/messages"), json!({"text": "hi"})).await;
    assert_eq!(get(&format!("{chat}/messages")).await, (200, json!({"messages": []})));

    let body = json!({"type": "button", "body": {"text": "Tea?"}, "action": {"buttons": [
        {"type": "reply", "reply": {"id": "y", "title": "Yes"}},
    ]}});
    let path = format!("{chat}/messages?wait=10");
    let business = async { graph.post(json!({"to": "34600000000", "type": "interactive", "interactive": body})).await };
    let ((_, came), _) = tokio::join!(get(&path), business);
    let message = &came["messages"][0];
    assert_eq!((&message["text"], &message["options"]), (&json!("Tea?"), &json!(["Yes"])));
    let id = message["id"].as_str().unwrap();
    let after =
        reqwest::Url::parse_with_params(&format!("{}{chat}/messages", emulator.url()), [("after", id)]).unwrap();
    assert_eq!(fetch(http.get(after)).await, (200, json!({"messages": []})));
    assert_eq!(get(&format!("{chat}/messages?after=wamid.none")).await.0, 404);

    let (status, tapped) = post(&format!("{chat}/taps"), json!({"title": "Yes", "message": id})).await;
    assert_eq!(status, 200);
    emulator.expect_idle().await;
    let last = server.messages().pop().unwrap();
    assert_eq!((&last["id"], &last["interactive"]["button_reply"]["id"]), (&tapped["id"], &json!("y")));
    assert_eq!(post(&format!("{chat}/taps"), json!({"title": "Maybe"})).await.0, 404);
    assert_eq!(get("/phone/chats/99/messages").await.0, 404);
}
