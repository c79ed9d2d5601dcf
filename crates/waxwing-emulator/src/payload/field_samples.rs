//! Sample values of account fields.
//!
//! The samples test that a server accepts these fields. They change nothing in the emulated account.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::account::calling_settings;
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
        "group_lifecycle_update" | "group_participants_update" | "group_settings_update" | "group_status_update" => {
            let group = json!({ "timestamp": seconds, "group_id": "1@g.us", "type": "group_create" });
            value(business, json!({ "groups": [group] }))
        }
        _ => json!({ "event": "SOMETHING_NEW", "since": seconds, "details": [{ "nested": true }] }),
    }
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
