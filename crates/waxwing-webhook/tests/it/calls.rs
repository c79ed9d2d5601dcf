//! Events of calls.

use bytes::Bytes;
use serde_json::{Value, json};
use waxwing_webhook::WebhookEvent;
use waxwing_webhook::types::{Bsuid, WaId};

use crate::fixture;

fn events(value: &Value) -> Vec<WebhookEvent> {
    let change = json!({ "field": "calls", "value": value });
    let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [change] }] });
    fixture::events(Bytes::from(body.to_string()))
}

fn value(key: &str, item: &Value) -> Value {
    let mut value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "phone_number_id": "1000001", "display_phone_number": "15550001111" },
        "contacts": [{ "wa_id": "34600000000", "user_id": "ES.1", "profile": { "name": "Ana" } }],
    });
    value[key] = json!([item]);
    value
}

#[test]
fn a_call_of_a_user_rings() {
    let call = json!({
        "id": "wacid.A", "from": "34600000000", "to": "15550001111", "event": "connect", "direction": "USER_INITIATED",
        "timestamp": "1767225601", "session": { "sdp_type": "offer", "sdp": "v=0 secret" },
    });
    let found = events(&value("calls", &call));
    let [WebhookEvent::Call(call)] = &found[..] else { panic!("{found:?}") };
    assert!(call.rings());
    assert_eq!(
        (call.id.as_str(), call.phone_number_id.as_str(), call.timestamp),
        ("wacid.A", "1000001", 1_767_225_601)
    );
    assert_eq!(call.user.wa_id.as_ref().map(WaId::as_str), Some("34600000000"));
    assert_eq!(call.user.bsuid.as_ref().map(Bsuid::as_str), Some("ES.1"));
    assert_eq!(call.session.as_ref().map(|session| session.sdp_type.as_str()), Some("offer"));
    let shown = format!("{call:?}");
    for secret in ["346", "Ana", "ES.1", "secret"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn other_events_of_calls_do_not_ring() {
    let of_business = json!({
        "id": "wacid.A", "to": "34600000000", "from": "15550001111", "event": "connect",
        "direction": "BUSINESS_INITIATED", "timestamp": 7,
    });
    let ended = json!({
        "id": "wacid.A", "from": "34600000000", "event": "terminate", "direction": "USER_INITIATED", "status": "COMPLETED",
        "biz_opaque_callback_data": "c1",
    });
    for (call, status) in [(of_business, None), (ended, Some("COMPLETED"))] {
        let found = events(&value("calls", &call));
        let [WebhookEvent::Call(call)] = &found[..] else { panic!("{found:?}") };
        assert!(!call.rings(), "{call:?}");
        assert_eq!(call.user.wa_id.as_ref().map(WaId::as_str), Some("34600000000"));
        assert_eq!(call.status.as_deref(), status);
    }
}

#[test]
fn calls_of_an_unexpected_form_are_kept() {
    let check = |value: &Value, expected: &str| {
        let found = events(value);
        let [WebhookEvent::Other(other)] = &found[..] else { panic!("{found:?}") };
        assert_eq!(other.reason, expected);
    };
    check(&value("calls", &json!(7)), "call of an odd shape");
    let incomplete = "call without a phone number id, an id or an event";
    check(&value("calls", &json!({ "from": "34600000000", "event": "connect" })), incomplete);
    check(&value("calls", &json!({ "id": "wacid.A", "event": "connect" })), "call without a user");
    check(&value("statuses", &json!({ "id": "wacid.A", "type": "call" })), "status of a call without an id or a name");
    check(&value("statuses", &json!(7)), "status of a call without an id or a name");
}

/// Returns the reason and the JSON of an event of an unexpected form.
fn other(event: &WebhookEvent) -> Option<(&str, Value)> {
    let WebhookEvent::Other(other) = event else { return None };
    Some((&other.reason, serde_json::from_slice(&other.raw).unwrap()))
}

#[test]
fn a_part_that_is_not_usable_is_kept_next_to_usable_parts() {
    let call = json!({ "id": "wacid.A", "from": "34600000000", "event": "connect" });
    let (ringing, unusable) = (json!({ "id": "wacid.B", "status": "RINGING" }), json!({ "id": "wacid.C" }));
    let (transcript, error) = (json!({ "language": "es" }), json!({ "code": 138_006 }));
    let mut whole = value("calls", &call);
    whole["statuses"] = json!([ringing, unusable]);
    whole["transcript"] = transcript.clone();
    whole["nothing"] = json!([]);
    whole["errors"] = json!([error]);
    let found = events(&whole);
    let others: Vec<_> = found.iter().filter_map(other).collect();
    let status = "status of a call without an id or a name";
    for expected in [(status, unusable), ("transcript", transcript), ("value.errors", error)] {
        assert!(others.contains(&expected), "{expected:?}: {others:?}");
    }
    assert_eq!(others.len(), 3, "{others:?}");
    let count = |is: fn(&WebhookEvent) -> bool| found.iter().filter(|event| is(event)).count();
    assert_eq!(count(|event| matches!(event, WebhookEvent::Call(_))), 1);
    assert_eq!(count(|event| matches!(event, WebhookEvent::Account(_))), 1);
}
