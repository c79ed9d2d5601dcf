//! Conversations that several responders share.

use bytes::Bytes;
use serde_json::{Value, json};
use waxwing_webhook::types::WaId;
use waxwing_webhook::{InboundContent, InboundMessage, WebhookEvent};

use crate::fixture;

fn events(field: &str, value: &Value) -> Vec<WebhookEvent> {
    let change = json!({ "field": field, "value": value });
    let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [change] }] });
    fixture::events(Bytes::from(body.to_string()))
}

fn standby(nested: &Value) -> Value {
    json!({
        "messaging_product": "whatsapp",
        "metadata": { "phone_number_id": "1000001" },
        "contacts": [{ "wa_id": "34600000000", "profile": { "name": "Ana" } }],
        "standby": nested,
    })
}

#[test]
fn messages_in_standby_say_who_wrote_them() {
    let text = |body: &str| json!({ "body": body });
    let message =
        json!({ "id": "wamid.A", "from": "34600000000", "timestamp": "5", "type": "text", "text": text("hi") });
    let echo = json!({
        "id": "wamid.B", "from": "15550001111", "to": "34600000000", "timestamp": "6", "type": "text", "text": text("Hello!"),
    });
    let found = events("standby", &standby(&json!({ "messages": [message], "message_echoes": [echo] })));
    // The events have the order of the body.
    let ([WebhookEvent::StandbyMessage(message), WebhookEvent::StandbyEcho(echo)]
    | [WebhookEvent::StandbyEcho(echo), WebhookEvent::StandbyMessage(message)]) = &found[..]
    else {
        panic!("{found:?}")
    };
    assert_eq!((message.timestamp, message.sender.name.as_deref()), (5, Some("Ana")));
    assert_eq!(echo.recipient.wa_id.as_ref().map(WaId::as_str), Some("34600000000"));
    let parsed = InboundMessage::parse(&echo.raw).unwrap();
    assert!(matches!(parsed.content, InboundContent::Text { body } if body == "Hello!"));
}

#[test]
fn a_changed_owner_has_a_user_and_roles() {
    let handover = json!({
        "messaging_product": "whatsapp",
        "sender": { "phone_number": "+34600000000", "user_id": "ES.1" },
        "recipient": { "phone_number_id": "1000001", "display_phone_number": "15550001111" },
        "type": "control_passed",
        "timestamp": "1767225601",
        "control_passed": { "previous_owner_role": "ai_agent", "new_owner_role": "escalation", "metadata": "wants a refund" },
    });
    let found = events("messaging_handovers", &handover);
    let [WebhookEvent::Handover(change)] = &found[..] else { panic!("{found:?}") };
    assert_eq!((change.change.as_str(), change.phone_number_id.as_str()), ("control_passed", "1000001"));
    assert_eq!(change.user.wa_id.as_ref().map(WaId::as_str), Some("34600000000"));
    assert_eq!((change.previous_owner.as_deref(), change.new_owner.as_deref()), (Some("ai_agent"), Some("escalation")));
    assert_eq!(change.metadata.as_deref(), Some("wants a refund"));
    let shown = format!("{change:?}");
    assert!(!shown.contains("346") && !shown.contains("refund"), "{shown}");
}

#[test]
fn an_unexpected_form_is_kept() {
    let check = |field: &str, value: &Value, expected: &str| {
        let found = events(field, value);
        let [WebhookEvent::Other(other)] = &found[..] else { panic!("{found:?}") };
        assert_eq!(other.reason, expected);
    };
    check("standby", &standby(&json!({ "statuses": [{ "id": "wamid.A" }] })), "standby.statuses");
    check("standby", &standby(&json!({})), "field:standby");
    check("standby", &standby(&json!([7])), "standby");
    check("standby", &standby(&json!({ "messages": [{ "from": "1" }] })), "message without an id");
    check("standby", &standby(&json!({ "message_echoes": [7] })), "echo of an odd shape");
    let nobody = json!({ "sender": {}, "recipient": { "phone_number_id": "1" }, "type": "control_taken" });
    check("messaging_handovers", &nobody, "handover without a phone number id, a user or a type");
}

#[test]
fn unknown_parts_are_kept_next_to_messages() {
    let message = json!({ "id": "wamid.A", "from": "34600000000", "type": "text", "text": { "body": "hi" } });
    let statuses = json!([{ "id": "wamid.B", "status": "read" }]);
    let mut value = standby(&json!({ "messages": [message, 7], "statuses": statuses, "nothing": {} }));
    value["next_owner"] = json!({ "role": "ai_agent" });
    let found = events("standby", &value);
    let others: Vec<(&str, Value)> = found
        .iter()
        .filter_map(|event| match event {
            WebhookEvent::Other(other) => Some((other.reason.as_str(), serde_json::from_slice(&other.raw).unwrap())),
            _ => None,
        })
        .collect();
    for expected in [
        ("message of an odd shape", json!(7)),
        ("standby.statuses", statuses),
        ("next_owner", value["next_owner"].clone()),
    ] {
        assert!(others.contains(&expected), "{expected:?}: {others:?}");
    }
    assert_eq!((found.len(), others.len()), (4, 3), "{found:?}");
    assert!(found.iter().any(|event| matches!(event, WebhookEvent::StandbyMessage(_))));
}
