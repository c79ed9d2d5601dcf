//! Owner of a conversation.

use serde_json::{Value, json};
use waxwing_emulator::Rule;

use crate::support::{assert_violates, start};

/// Meta: messaging handovers; standby.
#[tokio::test]
async fn a_passed_conversation_is_in_standby_until_the_business_writes() {
    let (emulator, server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    let control = async |action: &str, more: Value| {
        let mut body = json!({"messaging_product": "whatsapp", "to": "34600000000", "action": action});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        graph.post_to("1000001/thread_control", &body).await
    };
    let field = async |text: &str| {
        ana.says(text).await;
        emulator.expect_idle().await;
        let change = server.changes().pop().unwrap();
        let messages = if change["field"] == "standby" { &change["value"]["standby"] } else { &change["value"] };
        assert_eq!(messages["messages"][0]["text"]["body"], text);
        change["field"].as_str().unwrap().to_owned()
    };
    let success = (200, json!({"success": true}));
    assert_eq!(field("one").await, "messages");
    assert_eq!(control("pass", json!({"control_pass": {"target_role": "ai_agent"}})).await, success);
    assert_eq!(field("two").await, "standby");
    graph.text("34600000000", "I am back").await;
    assert_eq!(field("three").await, "messages");
    assert_eq!(control("pass", json!({})).await, success);
    assert_eq!(control("release", json!({"metadata": "a".repeat(2000)})).await, success);
    assert_eq!(field("four").await, "messages");
    let taken = control("take", json!({})).await;
    assert_eq!(taken.1["error"]["error_subcode"], 2_494_191);
    assert_violates(taken, Rule::ThreadTake, "3.2");
    let long = control("pass", json!({"metadata": "a".repeat(2001)})).await;
    assert_violates(long, Rule::ThreadMetadata, "3.2");
    assert_violates(control("keep", json!({})).await, Rule::Form, "12.5");
}
