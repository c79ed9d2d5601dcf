//! When and how fast one may write.

use std::time::Duration;

use serde_json::json;
use waxwing_emulator::{Pace, Rule, State};

use crate::support::{Graph, breaks, builder, refused_by, start};

const ANA: &str = "34600000000";

/// cloud-api 8 (Meta: customer service windows).
#[tokio::test]
async fn the_window_is_opened_by_users_only() {
    let (sim, _server, graph) = start().await;
    let text = || json!({"to": ANA, "type": "text", "text": {"body": "hello"}});
    let hello = json!({"name": "hello_world", "language": {"code": "en_US"}});
    let template = || json!({"to": ANA, "type": "template", "template": hello});
    breaks(graph.post(text()).await, Rule::Window, "8");
    assert_eq!(graph.post(template()).await.0, 200);
    breaks(graph.post(text()).await, Rule::Window, "8");
    sim.user("+34600000000").says("hi").await;
    assert_eq!(graph.post(text()).await.0, 200);
    sim.advance(Duration::from_hours(24));
    breaks(graph.post(text()).await, Rule::Window, "8");
    refused_by(&sim, Rule::Window);
}

/// cloud-api 8 (Meta: about the platform).
#[tokio::test]
async fn a_burst_to_one_user_is_paid_back() {
    let (sim, _server, graph) = start().await;
    let (ana, ben) = (sim.user("+34600000000"), sim.user("+34600000001"));
    ana.says("hi").await;
    ben.says("hi").await;
    let text = |to: &str| json!({"to": to, "type": "text", "text": {"body": "hello"}});
    for _ in 0..20 {
        assert_eq!(graph.post(text(ANA)).await.0, 200);
    }
    sim.advance(Duration::from_mins(1));
    breaks(graph.post(text(ANA)).await, Rule::PairLimit, "8");
    assert_eq!(graph.post(text("34600000001")).await.0, 200, "others are not concerned");
    sim.advance(Duration::from_secs(61));
    assert_eq!(graph.post(text(ANA)).await.0, 200, "twenty times six seconds have passed");
}

/// cloud-api 8 (Meta: about the platform).
#[tokio::test]
async fn no_burst_is_longer_than_45() {
    let sim = builder().pace(Pace { throughput: 1_000, ..Pace::default() }).start().await.unwrap();
    let graph = Graph::new(&sim);
    sim.user("+34600000000").says("hi").await;
    let text = || json!({"to": ANA, "type": "text", "text": {"body": "hello"}});
    for _ in 0..45 {
        assert_eq!(graph.post(text()).await.0, 200);
    }
    breaks(graph.post(text()).await, Rule::PairLimit, "8");
    sim.advance(Duration::from_secs(269));
    sim.user("+34600000000").says("still there?").await;
    breaks(graph.post(text()).await, Rule::PairLimit, "8");
    sim.advance(Duration::from_secs(1));
    assert_eq!(graph.post(text()).await.0, 200);
}

/// cloud-api 8 (Meta: throughput).
#[tokio::test]
async fn both_directions_count_for_the_throughput() {
    let sim = builder().pace(Pace { throughput: 5, ..Pace::default() }).start().await.unwrap();
    let graph = Graph::new(&sim);
    let text = || json!({"to": ANA, "type": "text", "text": {"body": "hello"}});
    let ana = sim.user("+34600000000");
    for _ in 0..3 {
        ana.says("hi").await;
    }
    for _ in 0..2 {
        assert_eq!(graph.post(text()).await.0, 200);
    }
    breaks(graph.post(text()).await, Rule::Throughput, "8");
    sim.advance(Duration::from_secs(1));
    assert_eq!(graph.post(text()).await.0, 200);
    assert!(ana.messages().iter().all(|message| message.state != State::Accepted || message.text() == Some("hello")));
}

/// cloud-api 4.4 (Meta: mark messages as read).
#[tokio::test]
async fn receipts() {
    let (sim, _server, graph) = start().await;
    let ana = sim.user("+34600000000");
    let hi = ana.says("hi").await;
    let read = |id: &str| json!({"status": "read", "message_id": id});
    breaks(graph.post(read("wamid.unknown")).await, Rule::ReceiptOf, "4.4");
    refused_by(&sim, Rule::ReceiptOf);
    let answer = graph.text(ANA, "hello").await;
    breaks(graph.post(read(&answer)).await, Rule::ReceiptOf, "4.4");
    sim.advance(Duration::from_hours(30 * 24 - 1));
    assert_eq!(graph.post(read(&hi)).await.0, 200);
    sim.advance(Duration::from_hours(2));
    breaks(graph.post(read(&hi)).await, Rule::ReceiptAge, "4.4");
}
