//! Actions.

use serde_json::{Map, Value, json};
use waxwing_emulator::{Action, Emulator};

use crate::support::{WebhookServer, start};

/// Performs an action in its JSON form. Returns the last change that was posted.
async fn change(emulator: &Emulator, server: &WebhookServer, action: Value) -> Value {
    let action: Action = serde_json::from_value(action).unwrap();
    emulator.perform(action).unwrap();
    emulator.expect_idle().await;
    server.changes().pop().unwrap()
}

#[tokio::test]
async fn messages_of_unknown_types_can_be_sent() {
    let (emulator, server, _graph) = start().await;
    let sends =
        json!({"sends": {"user": "+34600000000", "type": "hologram", "body": {"depth": 3}, "with": {"mood": "odd"}}});
    let message = change(&emulator, &server, sends).await["value"]["messages"][0].take();
    assert_eq!(
        (&message["type"], &message["hologram"], &message["mood"]),
        (&json!("hologram"), &json!({"depth": 3}), &json!("odd"))
    );

    let bare = json!({"sends": {"user": "Ana", "type": "interactive", "with": {"errors": [{"code": 131_000}]}}});
    let message = change(&emulator, &server, bare).await["value"]["messages"][0].take();
    assert!(message["type"] == "interactive" && message.get("interactive").is_none() && message["errors"].is_array());

    let message =
        change(&emulator, &server, json!({"unsupported": {"user": "Ana", "kind": "poll"}})).await["value"]["messages"]
            [0]
        .take();
    assert_eq!((&message["errors"][0]["code"], &message["unsupported"]), (&json!(131_051), &json!({"type": "poll"})));
    let message =
        change(&emulator, &server, json!({"unsupported": {"user": "Ana"}})).await["value"]["messages"][0].take();
    assert!(message.get("unsupported").is_none());
}

#[tokio::test]
async fn messages_can_be_edited_revoked_and_redelivered() {
    let (emulator, server, _graph) = start().await;
    let ana = emulator.user("+34600000000");
    let first = ana.says("frist").await;
    let second = ana.says("second").await;
    emulator.expect_idle().await;
    let edit = json!({"edits": {"user": "Ana", "message": first, "text": "first"}});
    let message = change(&emulator, &server, edit).await["value"]["messages"][0].take();
    assert_eq!(
        message["edit"],
        json!({"original_message_id": first, "message": {"type": "text", "text": {"body": "first"}}})
    );
    let message = change(&emulator, &server, json!({"revokes": {"user": "Ana"}})).await["value"]["messages"][0].take();
    assert_eq!(message["revoke"], json!({"original_message_id": second}), "the latest, and not the edit");
    let message =
        change(&emulator, &server, json!({"redeliver": {"user": "Ana", "message": first}})).await["value"]["messages"]
            [0]
        .take();
    assert_eq!(message["text"]["body"], "frist");
    let quotes = json!({"says": {"user": "Ana", "text": "that", "quotes": first}});
    assert_eq!(change(&emulator, &server, quotes).await["value"]["messages"][0]["context"]["id"], first);
}

#[tokio::test]
async fn unknown_statuses_and_values_can_be_posted() {
    let (emulator, server, graph) = start().await;
    emulator.user("+34600000000").says("hi").await;
    let id = graph.text("34600000000", "a").await;
    emulator.expect_idle().await;
    let odd = json!({"status": {"user": "Ana", "status": "teleported", "with": {"errors": [{"code": 1}]}}});
    let status = change(&emulator, &server, odd).await["value"]["statuses"][0].take();
    assert_eq!((&status["id"], &status["status"]), (&json!(id), &json!("teleported")));

    let value = change(&emulator, &server, json!({"value": {"parts": {"user_actions": [{"action_type": "x"}]}}})).await
        ["value"]
        .take();
    assert!(
        value["metadata"].is_object()
            && value["user_actions"][0]["action_type"] == "x"
            && value.get("messages").is_none()
    );
}

#[tokio::test]
async fn account_fields_have_sample_values() {
    let (emulator, server, _graph) = start().await;
    for field in [
        "message_template_status_update",
        "message_template_quality_update",
        "message_template_components_update",
        "template_category_update",
        "account_update",
        "account_review_update",
        "account_alerts",
        "account_settings_update",
        "business_capability_update",
        "phone_number_name_update",
        "phone_number_quality_update",
        "business_username_updates",
        "security",
        "flows",
        "a_field_of_tomorrow",
    ] {
        let change = change(&emulator, &server, json!({"notify": {"field": field}})).await;
        assert_eq!(change["field"], field);
        assert!(change["value"].get("metadata").is_none() && change["value"].is_object(), "{change}");
        let body: Value = serde_json::from_slice(&server.posts().pop().unwrap().body).unwrap();
        assert!(body["entry"][0]["time"].is_u64(), "entries of account fields have a time");
    }
    let template = change(&emulator, &server, json!({"notify": {"field": "message_template_status_update"}})).await;
    assert!(template["value"]["message_template_id"].is_u64(), "a number, not a string");
    let given = change(&emulator, &server, json!({"notify": {"field": "x", "value": {"y": 1}}})).await;
    assert_eq!(given["value"], json!({"y": 1}));
    let group = change(&emulator, &server, json!({"notify": {"field": "group_lifecycle_update"}})).await;
    assert!(group["value"]["metadata"].is_object());
}

#[tokio::test]
async fn message_echoes_preferences_and_calls_are_posted() {
    let (emulator, server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    let echo = change(&emulator, &server, json!({"message_echo": {"user": "Ana", "text": "by hand"}})).await;
    let item = &echo["value"]["message_echoes"][0];
    assert_eq!(
        (&echo["field"], &item["to"], &item["text"]["body"]),
        (&json!("smb_message_echoes"), &json!("34600000000"), &json!("by hand"))
    );
    ana.expect_text("by hand").await;
    ana.reads_all();
    emulator.expect_idle().await;
    assert_eq!(server.changes().pop().unwrap(), echo, "a message echo has no status");
    let id = ana.business_app_says("again").await;
    emulator.expect_idle().await;
    assert_eq!(server.changes().pop().unwrap()["value"]["message_echoes"][0]["id"], id);
    let text = || json!({"to": "34600000000", "type": "text", "text": {"body": "a"}});
    assert_eq!(graph.post(text()).await.0, 400, "a message echo does not open the window");

    let stop = change(&emulator, &server, json!({"preference": {"user": "Ana", "value": "stop"}})).await;
    let item = &stop["value"]["user_preferences"][0];
    assert_eq!((&stop["field"], &item["value"]), (&json!("user_preferences"), &json!("stop")));
    assert!(item["timestamp"].is_u64());

    let call = change(&emulator, &server, json!({"calls": {"user": "Ana", "event": "connect"}})).await;
    let item = &call["value"]["calls"][0];
    assert!(
        call["field"] == "calls" && item["id"].as_str().unwrap().starts_with("wacid.") && item["event"] == "connect"
    );
    assert_eq!(graph.post(text()).await.0, 200, "a call opens the window");
}

#[tokio::test]
async fn impossible_actions_are_refused() {
    let (emulator, _server, _graph) = start().await;
    for action in [
        json!({"says": {"user": "Nobody", "text": "hi"}}),
        json!({"says": {"user": "+34600000000", "text": "hi", "number": "1"}}),
        json!({"reads": {"user": "ES.404"}}),
        json!({"edits": {"user": "+34600000000", "text": "hi"}}),
        json!({"plays": {"user": "+34600000000"}}),
        json!({"join": {"name": "Nobody"}}),
        json!({"join": {"phone": "12"}}),
        json!({"join": {"bsuid": "es.1"}}),
        json!({"recycle": {"phone": "12"}}),
        json!({"rotate": {"user": "+34600000000", "signal": "silent", "bsuid": "12"}}),
        json!({"status": {"user": "+34600000000", "status": "sent"}}),
    ] {
        let text = action.to_string();
        let action: Action = serde_json::from_value(action).unwrap();
        assert!(emulator.perform(action).is_err(), "{text}");
    }
    let joined = json!({"join": {"phone": "+34600000009", "bsuid": "ES.9", "name": "Zoe", "username": "zoe"}});
    let done = emulator.perform(serde_json::from_value(joined).unwrap()).unwrap();
    assert_eq!(emulator.user_by_id(done.user.unwrap()).unwrap().bsuid().as_deref(), Some("ES.9"));
    emulator.perform(Action::Value { parts: Map::new() }).unwrap();
}
