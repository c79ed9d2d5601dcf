//! Control API: rules, limits, behavior, templates, health.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};
use waxwing_emulator::{Rule, TemplateStatus};

use crate::support::{Control, Graph, WebhookServer, assert_error, builder, start};

fn rule<'a>(rules: &'a Value, name: &str) -> &'a Value {
    rules["rules"].as_array().unwrap().iter().find(|rule| rule["name"] == name).unwrap()
}

#[tokio::test]
async fn rules_are_listed_and_their_readings_change() {
    let (emulator, _server, graph) = start().await;
    let control = Control::new(&emulator);
    emulator.user("+34600000000").says("hi").await;
    let rules = control.get("/rules").await;
    assert_eq!(rules["rules"].as_array().unwrap().len(), Rule::ALL.len());
    let listed = rule(&rules, "list-body");
    assert_eq!(
        (&listed["lenient"], &listed["can_be_lenient"], &listed["limit"]),
        (&json!(false), &json!(true), &json!(1024))
    );
    assert_eq!((listed["code"].as_u64(), listed["status"].as_u64()), (Some(131_009), Some(400)));
    assert!(listed["source"].as_str().unwrap().starts_with("cloud-api "));

    let list = json!({"to": "34600000000", "type": "interactive", "interactive": {
        "type": "list", "body": {"text": "x".repeat(2_000)},
        "action": {"button": "Open", "sections": [{"rows": [{"id": "1", "title": "A"}]}]},
    }});
    assert_error(graph.post(list.clone()).await, 400, 131_009);
    assert_eq!(control.post("/rules", json!({"lenient": ["list-body"]})).await.0, 204);
    assert_eq!(graph.post(list.clone()).await.0, 200, "the new reading applies at once");
    assert_eq!(rule(&control.get("/rules").await, "list-body")["lenient"], true);
    assert_eq!(
        control.post("/rules", json!({"lenient": ["all"], "strict": ["list-body", "media-bytes"]})).await.0,
        204
    );
    assert_error(graph.post(list).await, 400, 131_009);
    let rules = control.get("/rules").await;
    assert_eq!(rule(&rules, "media-bytes")["lenient"], false, "an optional rule applies");

    for (request, why) in [
        (json!({"lenient": ["list-bod"]}), "list-bod"),
        (json!({"strict": ["list-body"], "lenient": ["commands"]}), "only one reading"),
    ] {
        let (status, refused) = control.post("/rules", request).await;
        assert!(status == 400 && refused["error"].as_str().unwrap().contains(why), "{refused}");
    }
    assert_eq!(control.get("/rules").await, rules, "a refused change changes nothing");
}

#[tokio::test]
async fn behavior_and_templates_are_shown() {
    let (emulator, _server, graph) = start().await;
    let control = Control::new(&emulator);
    let change = json!({"status_delays": {"read": "1m 30s"}, "unknown_fields": 0.5});
    assert_eq!(control.post("/behavior", change).await.0, 204);
    let behavior = control.get("/behavior").await;
    assert_eq!((&behavior["status_delays"]["read"], &behavior["unknown_fields"]), (&json!("1m 30s"), &json!(0.5)));
    assert_eq!(control.post("/behavior", behavior.clone()).await.0, 204, "what is shown can be set again");
    assert_eq!(control.get("/behavior").await, behavior);

    let body = json!({"name": "order", "language": "en", "category": "UTILITY", "components": [{"type": "BODY", "text": "Ready"}]});
    graph.post_to("2000002/message_templates", &body).await;
    let names = |templates: &Value| {
        let templates = templates["templates"].as_array().unwrap();
        templates.iter().map(|it| (it["name"].clone(), it["status"].clone())).collect::<Vec<_>>()
    };
    let expected = [("hello_world", TemplateStatus::Approved), ("order", TemplateStatus::Pending)];
    let expected: Vec<_> = expected.iter().map(|(name, status)| (json!(name), json!(status.name()))).collect();
    assert_eq!(names(&control.get("/templates").await), expected);
}

#[tokio::test]
async fn health_counts_the_waiting_webhooks_and_waits_for_the_last_one() {
    let emulator = builder().start().await.unwrap();
    let control = Control::new(&emulator);
    let health = control.get("/health").await;
    assert_eq!((&health["idle"], &health["waiting_webhooks"]), (&json!(true), &json!(0)));
    assert!(health["version"].is_string());

    control.act(json!({"says_in_pieces": {"user": "+34600000000", "pieces": ["a", "b"]}})).await;
    control.act(json!({"says": {"user": "+34600000001", "text": "c"}})).await;
    let health = control.get("/health?wait=1ms").await;
    assert_eq!((&health["idle"], &health["waiting_webhooks"]), (&json!(false), &json!(3)), "no server takes webhooks");
    let waiting = tokio::spawn({
        let control = Control::new(&emulator);
        async move { control.get("/health?wait=1m").await }
    });
    let server = WebhookServer::start(&emulator).await;
    let health = tokio::time::timeout(Duration::from_secs(30), waiting).await.unwrap().unwrap();
    assert_eq!((&health["idle"], &health["waiting_webhooks"]), (&json!(true), &json!(0)));
    assert_eq!(server.messages().len(), 3);
}

/// More than a thousand tests may wait at the same time; the next one learns why it may not.
#[tokio::test]
async fn many_requests_can_wait() {
    let emulator = builder().without_port().start().await.unwrap();
    let waiting = |path: &'static str| {
        let mut service = emulator.service();
        let request =
            axum::http::Request::get(path).header("host", "localhost").body(axum::body::Body::empty()).unwrap();
        async move { tower::Service::call(&mut service, request).await.unwrap() }
    };
    emulator.user("+34600000000").says("hi").await;
    let mut requests: Vec<_> = (0..1_024).map(|_| Box::pin(waiting("/control/health?wait=1m"))).collect();
    for request in &mut requests {
        assert!(futures_util::FutureExt::now_or_never(request.as_mut()).is_none());
    }
    let refused = waiting("/phone/chats/1/messages?wait=60").await;
    assert_eq!(refused.status(), 503);
    let body = axum::body::to_bytes(refused.into_body(), 1_000).await.unwrap();
    assert!(String::from_utf8_lossy(&body).contains("1024"), "{body:?}");
    assert_eq!(waiting("/phone/events").await.status(), 503);
    requests.pop();
    let page = waiting("/phone/events").await;
    assert_eq!(
        (page.status(), waiting("/control/health?wait=1ms").await.status()),
        (StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE)
    );
    drop(page);
    assert_eq!(waiting("/control/health?wait=1ms").await.status(), 200);
}

#[tokio::test]
async fn the_overview_states_the_ids() {
    let emulator = builder().number("1000002", "15550002222").start().await.unwrap();
    let overview = Control::new(&emulator).get("").await;
    assert_eq!(
        (&overview["waba_id"], &overview["app_id"], &overview["seed"]),
        (&json!("2000002"), &json!("3000003"), &json!(1))
    );
    let numbers = json!([{"id": "1000001", "phone": "15550001111"}, {"id": "1000002", "phone": "15550002222"}]);
    assert_eq!(overview["numbers"], numbers);
    assert_eq!(overview["graph_url"], emulator.url());
    assert_eq!(Graph::new(&emulator).get("2000002").await.0, 200);
}
