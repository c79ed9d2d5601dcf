//! Marketing messages to users who have stopped them.

use serde_json::{Value, json};
use waxwing_emulator::{Emulator, RateLimits, Rule};

use crate::support::{Control, Graph, WebhookServer, assert_refused_by, assert_violates, builder};

async fn start() -> (Emulator, Graph, Control) {
    let emulator = builder().rate_limits(RateLimits::unlimited()).start().await.unwrap();
    for (name, category) in [("offer", "MARKETING"), ("order", "UTILITY")] {
        let body = json!({"type": "BODY", "text": format!("This is an {name}.")});
        emulator.add_template(&json!({"name": name, "language": "en", "category": category, "components": [body]}));
    }
    let (graph, control) = (Graph::new(&emulator), Control::new(&emulator));
    (emulator, graph, control)
}

fn template(to: &str, name: &str) -> Value {
    json!({
        "messaging_product": "whatsapp", "to": to, "type": "template",
        "template": {"name": name, "language": {"code": "en"}},
    })
}

/// Meta: error codes. A choice concerns marketing messages only.
#[tokio::test]
async fn a_user_who_has_stopped_marketing_gets_none() {
    let (emulator, graph, control) = start().await;
    let offer = || template("34600000000", "offer");
    assert_eq!(graph.post(offer()).await.0, 200);
    control.act(json!({"preference": {"user": "+34600000000", "value": "stop"}})).await;
    assert_violates(graph.post(offer()).await, Rule::MarketingStopped, "7.2");
    assert_refused_by(&emulator, Rule::MarketingStopped);
    assert_violates(graph.post_to("1000001/marketing_messages", &offer()).await, Rule::MarketingStopped, "7.2");
    assert_eq!(graph.post(template("34600000000", "order")).await.0, 200, "news about an order is no marketing");
    assert_eq!(graph.post(template("34600000001", "offer")).await.0, 200, "others have not stopped it");

    // The choice is part of the state.
    let _server = WebhookServer::start(&emulator).await;
    emulator.expect_idle().await;
    let state = emulator.export_state().unwrap();
    control.act(json!({"preference": {"user": "+34600000000", "value": "resume"}})).await;
    assert_eq!(graph.post(offer()).await.0, 200);
    emulator.import_state(&state).unwrap();
    assert_violates(graph.post(offer()).await, Rule::MarketingStopped, "7.2");
}

#[tokio::test]
async fn a_choice_is_stop_or_resume() {
    let (_emulator, _graph, control) = start().await;
    let choice = json!({"preference": {"user": "+34600000000", "value": "maybe"}});
    let (status, body) = control.post("/actions", choice).await;
    assert!(status == 400 && body.to_string().contains("stop or resume"), "{status} {body}");
}
