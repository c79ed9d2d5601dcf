//! Customer service window, rate limits.

use std::time::Duration;

use serde_json::json;
use waxwing_emulator::{DeliveryState, Pace, RateLimits, Rule};

use crate::support::{assert_refused_by, assert_violates, fetch, start, start_frozen};

const ANA: &str = "34600000000";

/// Meta: customer service windows.
#[tokio::test]
async fn only_users_open_the_service_window() {
    let (emulator, _server, graph) = start().await;
    let text = || json!({"to": ANA, "type": "text", "text": {"body": "hello"}});
    let hello = json!({"name": "hello_world", "language": {"code": "en_US"}});
    let template = || json!({"to": ANA, "type": "template", "template": hello});
    assert_violates(graph.post(text()).await, Rule::Window, "8");
    assert_eq!(graph.post(template()).await.0, 200);
    assert_violates(graph.post(text()).await, Rule::Window, "8");
    emulator.user("+34600000000").says("hi").await;
    assert_eq!(graph.post(text()).await.0, 200);
    emulator.advance(Duration::from_hours(24));
    assert_violates(graph.post(text()).await, Rule::Window, "8");
    assert_refused_by(&emulator, Rule::Window);
}

/// Meta: about the platform.
#[tokio::test]
async fn a_burst_to_one_user_uses_up_the_following_intervals() {
    let (emulator, _server, graph) = start_frozen(RateLimits::default()).await;
    let (ana, ben) = (emulator.user("+34600000000"), emulator.user("+34600000001"));
    ana.says("hi").await;
    ben.says("hi").await;
    let text = |to: &str| json!({"to": to, "type": "text", "text": {"body": "hello"}});
    for _ in 0..20 {
        assert_eq!(graph.post(text(ANA)).await.0, 200);
    }
    emulator.advance(Duration::from_mins(1));
    assert_violates(graph.post(text(ANA)).await, Rule::PairLimit, "8");
    assert_eq!(graph.post(text("34600000001")).await.0, 200, "others are not concerned");
    emulator.advance(Duration::from_secs(61));
    assert_eq!(graph.post(text(ANA)).await.0, 200, "twenty times six seconds have passed");
}

/// Meta: about the platform.
#[tokio::test]
async fn no_burst_is_longer_than_45() {
    let (emulator, _server, graph) = start_frozen(RateLimits::default().with_messages_per_second(1_000)).await;
    emulator.user("+34600000000").says("hi").await;
    let text = || json!({"to": ANA, "type": "text", "text": {"body": "hello"}});
    for _ in 0..45 {
        assert_eq!(graph.post(text()).await.0, 200);
    }
    assert_violates(graph.post(text()).await, Rule::PairLimit, "8");
    emulator.advance(Duration::from_secs(269));
    emulator.user("+34600000000").says("still there?").await;
    assert_violates(graph.post(text()).await, Rule::PairLimit, "8");
    emulator.advance(Duration::from_secs(1));
    assert_eq!(graph.post(text()).await.0, 200);
}

/// Meta: throughput.
#[tokio::test]
async fn both_directions_count_toward_the_throughput() {
    let (emulator, _server, graph) = start_frozen(RateLimits::default().with_messages_per_second(5)).await;
    let text = || json!({"to": ANA, "type": "text", "text": {"body": "hello"}});
    let ana = emulator.user("+34600000000");
    for _ in 0..3 {
        ana.says("hi").await;
    }
    for _ in 0..2 {
        assert_eq!(graph.post(text()).await.0, 200);
    }
    assert_violates(graph.post(text()).await, Rule::Throughput, "8");
    emulator.advance(Duration::from_secs(1));
    assert_eq!(graph.post(text()).await.0, 200);
    assert!(
        ana.messages()
            .iter()
            .all(|message| message.state != DeliveryState::Accepted || message.text() == Some("hello"))
    );
}

/// Meta: mark messages as read.
#[tokio::test]
async fn receipts() {
    let (emulator, _server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    let hi = ana.says("hi").await;
    let read = |id: &str| json!({"status": "read", "message_id": id});
    assert_violates(graph.post(read("wamid.unknown")).await, Rule::ReceiptOf, "4.4");
    assert_refused_by(&emulator, Rule::ReceiptOf);
    let answer = graph.text(ANA, "hello").await;
    assert_violates(graph.post(read(&answer)).await, Rule::ReceiptOf, "4.4");
    emulator.advance(Duration::from_hours(30 * 24 - 1));
    assert_eq!(graph.post(read(&hi)).await.0, 200);
    emulator.advance(Duration::from_hours(2));
    assert_violates(graph.post(read(&hi)).await, Rule::ReceiptAge, "4.4");
}

#[tokio::test]
async fn the_pace_can_be_changed() {
    let (emulator, _server, graph) = start_frozen(Pace::Burst.limits()).await;
    emulator.user("+34600000000").says("hi").await;
    let text = || json!({"to": ANA, "type": "text", "text": {"body": "hello"}});
    let burst = async || {
        for _ in 0..45 {
            assert_eq!(graph.post(text()).await.0, 200);
        }
    };
    burst().await;
    assert_violates(graph.post(text()).await, Rule::PairLimit, "8");
    emulator.advance(Duration::from_secs(6));
    burst().await;
    let set = async |pace: &str| {
        let request = graph.http.post(format!("{}/control/pace", emulator.url())).json(&json!({ "pace": pace }));
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(set("off").await, 204);
    burst().await;
    assert_eq!(set("meta").await, 204);
    emulator.advance(Duration::from_secs(7));
    burst().await;
    emulator.advance(Duration::from_secs(7));
    assert_violates(graph.post(text()).await, Rule::PairLimit, "8");
    let overview = fetch(graph.http.get(format!("{}/control", emulator.url()))).await.1;
    assert_eq!(overview["pace"], "meta");
    assert_eq!(set("fast").await, 422);
    emulator.set_pace(Pace::Off);
    assert_eq!(graph.post(text()).await.0, 200);
}
