//! Graph API.

use std::time::Duration;

use serde_json::{Value, json};
use waxwing_emulator::Rule;

use crate::support::{assert_error, assert_violates, fetch, start};

const DAY: Duration = Duration::from_hours(24);

/// Meta: messages.
#[tokio::test]
async fn the_response_to_a_send_contains_the_message_id() {
    let (emulator, _server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    ana.says("hi").await;
    let body = json!({"to": "+34 600 000 000", "type": "text", "text": {"body": "hello"}});
    let (status, body) = graph.post(body).await;
    assert_eq!(status, 200);
    assert_eq!(body["messaging_product"], "whatsapp");
    assert_eq!(body["contacts"], json!([{"input": "+34 600 000 000", "wa_id": "34600000000"}]));
    assert_eq!(body["messages"][0]["message_status"], "accepted");
    let id = body["messages"][0]["id"].as_str().unwrap();
    assert!(id.starts_with("wamid."));
    assert_eq!(ana.expect_text("hello").await.id, id);
}

/// Meta: business-scoped user ids.
#[tokio::test]
async fn a_bsuid_is_addressed_in_recipient() {
    let (emulator, _server, graph) = start().await;
    let ben = emulator.user_without_phone("ES.123", "Ben");
    let ana = emulator.user("+34600000000");
    ben.says("hi").await;
    ana.says("hi").await;
    let text = |key: &str, id: &str| json!({key: id, "type": "text", "text": {"body": "hello"}});

    let (_, body) = graph.post(text("recipient", "ES.123")).await;
    assert_eq!(body["contacts"], json!([{"input": "ES.123", "user_id": "ES.123"}]));
    ben.expect_text("hello").await;

    assert_error(graph.post(text("to", "ES.123")).await, 400, 131_009);

    let mut both = text("to", "34600000000");
    both["recipient"] = "ES.123".into();
    assert_eq!(graph.post(both).await.0, 200);
    ana.expect_text("hello").await;
    ben.expect_nothing_more_than(1);
}

/// Meta: access tokens.
#[tokio::test]
async fn a_call_needs_the_access_token() {
    let (_sim, _server, graph) = start().await;
    let request = |token: Option<&str>| {
        let request = graph.http.post(&graph.messages).json(&json!({}));
        token.map_or_else(|| request.try_clone().unwrap(), |token| request.try_clone().unwrap().bearer_auth(token))
    };
    assert_violates(fetch(request(None)).await, Rule::Token, "7.2");
    assert_violates(fetch(request(Some("wrong"))).await, Rule::Token, "7.2");
    assert_error(fetch(request(Some(&graph.token))).await, 400, 100);
}

/// Meta: error codes.
#[tokio::test]
async fn unknown_objects_and_paths_are_errors() {
    let (_sim, _server, graph) = start().await;
    let url = graph.messages.replace("1000001", "1000002");
    let (status, body) = fetch(graph.http.post(url).bearer_auth(&graph.token).json(&json!({}))).await;
    assert_eq!((status, &body["error"]["error_subcode"]), (400, &json!(33)));
    assert_error((status, body), 400, 100);
    assert_violates(graph.get("1000001/nothing").await, Rule::UnknownPath, "9.1");
    let no_version = graph.http.get(graph.base.replace("/v25.0", "/latest/1000001")).bearer_auth(&graph.token);
    assert_error(fetch(no_version).await, 404, 2500);
}

/// Meta: error codes.
#[tokio::test]
async fn malformed_bodies_are_errors() {
    let (emulator, _server, graph) = start().await;
    let raw = |body: &'static str| graph.http.post(&graph.messages).bearer_auth(&graph.token).body(body);
    assert_error(fetch(raw("{")).await, 400, 1);
    assert_error(fetch(raw("[]")).await, 400, 1);
    assert_error(graph.post(json!({"to": "34600000000"})).await, 400, 100);
    assert_error(graph.post(json!({"to": "34600000000", "type": "fax"})).await, 400, 131_051);
    let long = json!({"to": "34600000000", "type": "text", "text": {"body": "a".repeat(4097)}});
    assert_error(graph.post(long).await, 400, 131_009);
    assert_error(
        graph.post(json!({"to": emulator.display_phone_number(), "type": "text", "text": {"body": "a"}})).await,
        400,
        131_021,
    );
}

/// Meta: customer service windows.
#[tokio::test]
async fn free_text_needs_an_open_window() {
    let (emulator, _server, graph) = start().await;
    let text = || json!({"to": "34600000000", "type": "text", "text": {"body": "hello"}});
    let template = || json!({"to": "34600000000", "type": "template", "template": {"name": "hello_world", "language": {"code": "en_US"}}});
    assert_error(graph.post(text()).await, 400, 131_047);
    assert_eq!(graph.post(template()).await.0, 200);

    let ana = emulator.user("+34600000000");
    ana.says("hi").await;
    assert_eq!(graph.post(text()).await.0, 200);
    emulator.advance(Duration::from_mins(24 * 60 - 1));
    assert_eq!(graph.post(text()).await.0, 200);
    emulator.advance(Duration::from_mins(1));
    assert_error(graph.post(text()).await, 400, 131_047);
    assert_eq!(graph.post(template()).await.0, 200);
    ana.says("hi again").await;
    assert_eq!(graph.post(text()).await.0, 200);
}

/// Meta: mark messages as read; typing indicators.
#[tokio::test]
async fn a_read_receipt_must_refer_to_a_message_of_the_user() {
    let (emulator, _server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    let first = ana.says("one").await;
    let second = ana.says("two").await;
    let third = ana.says("three").await;
    let read = |id: &str| json!({"status": "read", "message_id": id});
    assert_eq!(graph.post(read(&second)).await, (200, json!({"success": true})));
    ana.expect_read(&first).await;
    ana.expect_read(&second).await;
    let states = || emulator.timeline().iter().filter(|event| format!("{event:?}").contains("BusinessRead")).count();
    assert_eq!(states(), 1);

    let answer = graph.text("34600000000", "hello").await;
    assert_error(graph.post(read(&answer)).await, 400, 131_009);
    assert_error(graph.post(read("wamid.unknown")).await, 400, 131_009);
    emulator.advance(31 * DAY);
    assert_error(graph.post(read(&third)).await, 400, 131_009);
}

/// Meta: phone numbers.
#[tokio::test]
async fn the_fields_of_a_number_can_be_read() {
    let (_sim, _server, graph) = start().await;
    let (_, body) = graph.get("1000001?fields=display_phone_number,throughput").await;
    assert_eq!(
        body,
        json!({"id": "1000001", "display_phone_number": "+1 555-000-1111", "throughput": {"level": "STANDARD"}})
    );
    assert_error(graph.get("1000001?fields=colour").await, 400, 100);
    assert!(graph.get("1000001").await.1["verified_name"].is_string());
}

/// Meta: Graph API versions.
#[tokio::test]
async fn responses_contain_the_version() {
    let (_sim, _server, graph) = start().await;
    let response = graph.http.get(format!("{}/1000001", graph.base)).bearer_auth(&graph.token).send().await.unwrap();
    assert_eq!(response.headers()["facebook-api-version"], "v25.0");
}

/// Meta: messages.
#[tokio::test]
async fn other_message_types_keep_their_body() {
    let (emulator, _server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    ana.says("hi").await;
    let body: Value = json!({"latitude": 1.5, "longitude": 2.5});
    assert_eq!(graph.post(json!({"to": "34600000000", "type": "location", "location": body})).await.0, 200);
    match ana.expect_message().await.content {
        waxwing_emulator::ChatContent::Other { kind, body: got } => {
            assert_eq!((kind.as_str(), got), ("location", body));
        }
        content => panic!("{content}"),
    }
}
