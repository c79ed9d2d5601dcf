//! History of messages. Meta: message history.

use serde_json::json;
use waxwing_emulator::Rule;

use crate::support::{assert_violates, start};

#[tokio::test]
async fn the_history_lists_messages_with_their_events() {
    let (emulator, server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    ana.says("hi").await;
    emulator.expect_idle().await;
    server.will_respond(&[200, 500, 200]);
    let first = graph.text("34600000000", "one").await;
    emulator.expect_idle().await;
    let second = graph.text("34600000000", "two").await;
    emulator.expect_idle().await;
    let path = "1000001/message_history";
    let (_, plain) = graph.get(path).await;
    let ids: Vec<_> = plain["data"].as_array().unwrap().iter().map(|entry| entry["message_id"].clone()).collect();
    assert_eq!(ids, [first.as_str(), second.as_str()]);
    let fields = "fields=message_id,events{delivery_status,timestamp,webhook_update_state}";
    let (_, one) = graph.get(&format!("{path}?message_id={}&{fields}", first.replace('+', "%2B"))).await;
    let entry = &one["data"][0];
    let events = entry["events"]["data"].as_array().unwrap();
    let states: Vec<_> =
        events.iter().map(|event| (&event["delivery_status"], &event["webhook_update_state"])).collect();
    let (sent, delivered, done) = (json!("SENT"), json!("DELIVERED"), json!("DELIVERED"));
    assert_eq!(states, [(&sent, &done), (&delivered, &done)]);
    assert_eq!((&events[0]["webhook_uri"], &events[0]["application"]["id"]), (&json!(server.url), &json!("3000003")));
    assert!(events[0]["timestamp"].is_u64());

    let history = entry["id"].as_str().unwrap();
    assert!(history.bytes().all(|byte| byte.is_ascii_digit()), "{history}");
    let (_, all) = graph.get(&format!("{history}/events")).await;
    assert_eq!(all["data"].as_array().map(Vec::len), Some(2));
    let (_, some) = graph.get(&format!("{history}/events?status_filter=DELIVERED")).await;
    assert_eq!(
        (some["data"].as_array().map(Vec::len), &some["data"][0]["node"]["delivery_status"]),
        (Some(1), &delivered)
    );
    assert_violates(graph.get("1/events").await, Rule::UnknownObject, "7.2");
    assert_violates(graph.get(&format!("{path}?fields=colour")).await, Rule::UnknownField, "9.2");
    let (_, page) = graph.get(&format!("{path}?limit=1")).await;
    assert!(page["data"].as_array().unwrap().len() == 1 && page["paging"]["next"].is_string());
}

#[tokio::test]
async fn a_webhook_that_is_not_acknowledged_is_retried() {
    let (emulator, server, graph) = start().await;
    emulator.user("+34600000000").says("hi").await;
    emulator.expect_idle().await;
    server.will_respond(&[500; 40]);
    graph.text("34600000000", "one").await;
    let state = async || {
        let (_, history) = graph.get("1000001/message_history?fields=events").await;
        history["data"][0]["events"]["data"][0]["webhook_update_state"].clone()
    };
    while state().await != "RETRYING" {
        tokio::task::yield_now().await;
    }
}
