//! Sample values of account fields.
//!
//! The samples test that a server accepts these fields. They change nothing in the emulated account.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::account::calling_settings;
use super::group::group_update;
use super::value;
use crate::business::BusinessIdentity;
use crate::clock::unix_seconds;

/// Returns a sample value of a field. Unknown fields get an object of an unknown form.
pub(crate) fn field_sample(field: &str, business: &BusinessIdentity, now: SystemTime) -> Value {
    let number = &business.display_phone_number;
    let seconds = unix_seconds(now);
    if let Some(value) = template_sample(field) {
        return value;
    }
    match field {
        "account_update" => json!({
            "event": "ACCOUNT_RESTRICTION",
            "restriction_info": [{ "restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": seconds + 86_400 }],
        }),
        "account_review_update" => json!({ "decision": "APPROVED" }),
        "account_alerts" => json!({
            "entity_type": "WABA",
            "entity_id": business.waba_id,
            "alert_severity": "INFORMATIONAL",
            "alert_status": "NONE",
            "alert_type": "OBA_APPROVED",
        }),
        "account_settings_update" => calling_settings(&business.phone_number_id, &json!({ "status": "ENABLED" }), now),
        "business_capability_update" => {
            json!({ "max_daily_conversations_per_business": "TIER_2K", "max_phone_numbers_per_business": 25 })
        }
        "phone_number_name_update" => {
            json!({ "display_phone_number": number, "decision": "APPROVED", "requested_verified_name": "Waxwing" })
        }
        "phone_number_quality_update" => json!({
            "display_phone_number": number,
            "event": "THROUGHPUT_UPGRADE",
            "max_daily_conversations_per_business": "TIER_UNLIMITED",
        }),
        "business_username_updates" => {
            json!({ "display_phone_number": number, "username": "waxwing", "status": "approved" })
        }
        "security" => json!({ "display_phone_number": number, "event": "PIN_CHANGED", "requester": "1" }),
        "flows" => {
            json!({ "event": "FLOW_STATUS_CHANGE", "flow_id": "1", "old_status": "DRAFT", "new_status": "PUBLISHED" })
        }
        _ => group_sample(field, business, now)
            .or_else(|| partner_sample(field, business, now))
            .unwrap_or_else(|| json!({ "event": "SOMETHING_NEW", "since": seconds, "details": [{ "nested": true }] })),
    }
}

/// Returns a sample value of a field about groups.
fn group_sample(field: &str, business: &BusinessIdentity, now: SystemTime) -> Option<Value> {
    let (event, with) = match field {
        "group_lifecycle_update" => {
            let link = "https://chat.whatsapp.com/emulated";
            let with = json!({ "subject": "Tea", "invite_link": link, "join_approval_mode": "auto_approve" });
            ("group_create", with)
        }
        "group_participants_update" => {
            let with = json!({ "reason": "invite_link", "added_participants": [{ "wa_id": "34600000000" }] });
            ("group_participants_add", with)
        }
        "group_settings_update" => {
            let with = json!({ "group_subject": { "text": "Coffee", "update_successful": true } });
            ("group_settings_update", with)
        }
        "group_status_update" => ("group_suspend", json!({})),
        _ => return None,
    };
    Some(group_update(business, "1@g.us", event, with, now))
}

/// Returns a sample value of a field about the WhatsApp Business app, partners, payments or detected events.
fn partner_sample(field: &str, business: &BusinessIdentity, now: SystemTime) -> Option<Value> {
    let (seconds, text) = (unix_seconds(now), unix_seconds(now).to_string());
    let user = json!({ "wa_id": "34600000000", "user_id": "ES.1234" });
    Some(match field {
        "user_id_update" => {
            let update = json!({
                "wa_id": "34600000000",
                "detail": "The id of the user has changed.",
                "user_id": { "previous": "ES.1234", "current": "ES.5678" },
                "timestamp": text,
            });
            value(business, json!({ "contacts": [{ "profile": { "name": "Ana" } }], "user_id_update": [update] }))
        }
        "history" => {
            let message = json!({ "from": "34600000000", "id": "wamid.emulated", "timestamp": text, "type": "text", "text": { "body": "hi" } });
            let metadata = json!({ "phase": 0, "chunk_order": 1, "progress": 100 });
            let threads = json!([{ "id": "34600000000", "context": user, "messages": [message] }]);
            value(business, json!({ "history": [{ "metadata": metadata, "threads": threads }] }))
        }
        "smb_app_state_sync" => {
            let contact = json!({ "full_name": "Ana B.", "first_name": "Ana", "phone_number": "34600000000" });
            let state =
                json!({ "type": "contact", "contact": contact, "action": "add", "metadata": { "timestamp": text } });
            value(business, json!({ "state_sync": [state] }))
        }
        "account_offboarded" | "account_reconnected" => {
            json!({ "event": field.to_ascii_uppercase(), "waba_info": { "waba_id": business.waba_id } })
        }
        "partner_solutions" => {
            json!({ "event": "SOLUTION_CREATED", "solution_id": "1", "solution_status": "INITIATED" })
        }
        "payment_configuration_update" => json!({
            "configuration_name": "emulated",
            "provider_name": "razorpay",
            "status": "Needs_Testing",
            "created_timestamp": seconds,
            "updated_timestamp": seconds,
        }),
        "automatic_events" => {
            let event = json!({ "id": "wamid.emulated", "event_name": "LeadSubmitted", "timestamp": seconds });
            value(business, json!({ "automatic_events": [event] }))
        }
        _ => return None,
    })
}

/// Returns a sample value of a field about templates. Meta's template ids are numbers in these fields and strings elsewhere.
fn template_sample(field: &str) -> Option<Value> {
    let with = |more: Value| {
        let mut value = json!({
            "message_template_id": 1_689_556_908_129_832_u64,
            "message_template_name": "hello_world",
            "message_template_language": "en_US",
        });
        if let (Value::Object(value), Value::Object(more)) = (&mut value, more) {
            value.extend(more);
        }
        Some(value)
    };
    match field {
        "message_template_status_update" => {
            with(json!({ "event": "PAUSED", "reason": "NONE", "other_info": { "title": "FIRST_PAUSE" } }))
        }
        "message_template_quality_update" => {
            with(json!({ "previous_quality_score": "GREEN", "new_quality_score": "YELLOW" }))
        }
        "message_template_components_update" => with(json!({ "message_template_element": "Hello" })),
        "template_category_update" => with(json!({ "previous_category": "UTILITY", "new_category": "MARKETING" })),
        _ => None,
    }
}
