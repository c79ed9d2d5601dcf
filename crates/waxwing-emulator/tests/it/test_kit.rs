//! Expectations.

use std::time::Duration;

use serde_json::json;
use waxwing_emulator::{ChatContent, DeliveryState, Emulator};

use crate::support::{Graph, PNG, WebhookServer, builder, panic_of, start};

/// Starts an emulator with a short deadline.
async fn with_short_deadline() -> (Emulator, WebhookServer, Graph) {
    let emulator = builder().deadline(Duration::from_millis(20)).start().await.unwrap();
    let server = WebhookServer::start(&emulator).await;
    let graph = Graph::new(&emulator);
    (emulator, server, graph)
}

#[tokio::test]
async fn expectations_consume_in_order_and_wait() {
    let (emulator, _server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    ana.says("hi").await;
    let business = async {
        for text in ["one", "two", "three"] {
            graph.text("34600000000", text).await;
        }
    };
    let expectations = async {
        ana.expect_text("one").await;
        emulator.user("+34 600 000 000").expect_text_where(|text| text.starts_with("tw")).await;
        assert_eq!(ana.expect_message().await.text(), Some("three"));
    };
    tokio::join!(expectations, business);
    assert_eq!(ana.messages().len(), 3);
    ana.expect_nothing_more_than(3);
}

#[tokio::test]
async fn a_timed_out_expectation_prints_the_conversation() {
    let (emulator, server, graph) = with_short_deadline().await;
    server.will_respond(&[500]);
    let ana = emulator.user("+34600000000");
    let id = ana.says("what's up?").await;
    ana.sends_image(PNG, "image/png", Some("my cat")).await;
    graph.text("34600000000", "not much").await;
    ana.expect_text("not much").await;
    let expectation = {
        let ana = ana.clone();
        panic_of(async move { ana.expect_text("bye").await })
    };
    let panic = expectation.await;
    for part in [
        "tests/it/test_kit.rs:",
        r#"Ana (+34600000000) expected the text "bye", nothing came within 20ms"#,
        r#"Ana: the text "what's up?""#,
        r#"Ana: image (image/png, 14 bytes, caption "my cat")"#,
        r#"business: the text "not much""#,
        "consumed]",
        &format!("webhook of {id}, attempt 1: 500"),
    ] {
        assert!(panic.contains(part), "{part:?} in\n{panic}");
    }
}

#[tokio::test]
async fn an_unexpected_message_fails_at_once() {
    let (emulator, _server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    ana.says("hi").await;
    graph.text("34600000000", "hello").await;
    let other = ana.clone();
    let panic = panic_of(async move { other.expect_text("bye").await }).await;
    assert!(panic.contains(r#"expected the text "bye", got the text "hello""#), "{panic}");
    let other = ana.clone();
    let panic = panic_of(async move { other.expect_image().await }).await;
    assert!(panic.contains(r#"expected an image, got the text "hello""#), "{panic}");
    let other = ana.clone();
    let panic = panic_of(async move { other.expect_text_where(str::is_empty).await }).await;
    assert!(panic.contains("expected a text that satisfies the predicate, got"), "{panic}");
    ana.expect_text("hello").await;
    let panic = panic_of(async move { ana.expect_nothing_more_than(0) }).await;
    assert!(panic.contains("no more than 0 messages, got 1"), "{panic}");
}

#[tokio::test]
async fn reads_and_typing_indicators_can_be_expected() {
    let (emulator, _server, graph) = with_short_deadline().await;
    let ana = emulator.user("+34600000000");
    let hi = ana.says("hi").await;
    let late = ana.clone();
    let id = hi.clone();
    assert!(panic_of(async move { late.expect_read(&id).await }).await.contains("to be read"));
    let receipt = json!({"status": "read", "message_id": hi, "typing_indicator": {"type": "text"}});
    graph.post(receipt.clone()).await;
    graph.post(receipt).await;
    ana.expect_read(&hi).await;
    ana.expect_typing().await;
    ana.expect_typing().await;
    let late = ana.clone();
    assert!(panic_of(async move { late.expect_typing().await }).await.contains("expected a typing indicator"));
    let stranger = emulator.user("+34600000001");
    assert!(panic_of(async move { stranger.expect_read(&hi).await }).await.contains("there is no such message"));
}

#[tokio::test]
async fn reads_all_reads_the_messages_so_far() {
    let (emulator, _server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    ana.says("hi").await;
    graph.text("34600000000", "one").await;
    ana.reads_all();
    graph.text("34600000000", "two").await;
    emulator.expect_idle().await;
    let states: Vec<_> = ana.messages().iter().map(|message| message.state).collect();
    assert_eq!(states, [DeliveryState::Read, DeliveryState::Delivered]);
}

#[tokio::test]
async fn redelivery_posts_the_same_bytes() {
    let (emulator, server, _graph) = start().await;
    let ana = emulator.user("+34600000000");
    let first = ana.says("one").await;
    ana.says("two").await;
    ana.redeliver(&first).await;
    emulator.expect_idle().await;
    let posts = server.posts();
    assert_eq!(posts.len(), 3);
    assert_eq!(posts[0].body, posts[2].body);
    let ben = emulator.user("+34600000001");
    assert!(panic_of(async move { ben.redeliver(&first).await }).await.contains("has not written"));
}

#[tokio::test]
async fn unknown_message_types_can_be_sent() {
    let (emulator, server, _graph) = start().await;
    let ana = emulator.user("+34600000000");
    ana.sends_other("hologram", json!({"depth": 3})).await;
    emulator.expect_idle().await;
    assert_eq!(
        (&server.messages()[0]["type"], &server.messages()[0]["hologram"]),
        (&json!("hologram"), &json!({"depth": 3}))
    );
    assert!(ana.transcript().contains("hologram"));
}

#[tokio::test]
async fn the_same_persona_returns_the_same_user() {
    let (emulator, _server, _graph) = start().await;
    let ana = emulator.user("+34600000000");
    assert_eq!(emulator.user("34 600-000-000").id(), ana.id());
    assert_eq!((ana.phone().as_deref(), ana.name().as_str()), (Some("34600000000"), "Ana"));
    let ben = emulator.user_without_phone("ES.123", "Ben");
    assert_eq!(emulator.user_without_phone("ES.123", "Ben").id(), ben.id());
    assert_eq!((ben.phone(), ben.bsuid().as_deref()), (None, Some("ES.123")));
    assert_ne!(ana.id(), ben.id());
    assert_eq!(emulator.user_by_id(ben.id()).unwrap().name(), "Ben");
}

#[tokio::test]
async fn shutdown_ends_all_tasks_and_connections() {
    let (emulator, server, _graph) = start().await;
    server.will_respond(&[500; 1000]);
    emulator.user("+34600000000").says("never taken").await;
    let url = emulator.url();
    let mut page = reqwest::get(format!("{url}/phone/events")).await.unwrap();
    emulator.shutdown().await;
    while let Ok(Some(_)) = page.chunk().await {}
    assert!(reqwest::get(url).await.unwrap_err().is_connect());
}

#[tokio::test]
async fn dropping_stops_listening() {
    let (emulator, _server, _graph) = start().await;
    let url = emulator.url();
    let mut page = reqwest::get(format!("{url}/phone/events")).await.unwrap();
    drop(emulator);
    while let Ok(Some(_)) = page.chunk().await {}
}

#[tokio::test]
async fn debug_output_contains_no_secret() {
    let emulator = builder().access_token("token-1").app_secret(Some("secret-1".into())).start().await.unwrap();
    let ana = emulator.user("+34600000000");
    let shown =
        format!("{emulator:?} {ana:?} {:?}", builder().access_token("token-1").app_secret(Some("secret-1".into())));
    assert!(!shown.contains("token-1") && !shown.contains("secret-1") && !shown.contains("34600000000"), "{shown}");
    assert!(!matches!(ana.messages().first().map(|message| &message.content), Some(ChatContent::Text(_))));
}
