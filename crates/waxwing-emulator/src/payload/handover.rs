//! Conversations that several responders share.
//!
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/standby>

use std::time::SystemTime;

use serde_json::{Value, json};

use super::insert;
use crate::business::BusinessIdentity;
use crate::clock::unix_seconds;
use crate::visible_identity::VisibleIdentity;

/// Webhook field of the messages in conversations that another responder owns.
pub(crate) const STANDBY: &str = "standby";

/// Changes a value with messages or echoes into one of the field `standby`.
pub(crate) fn nest_in_standby(value: &mut Value) {
    let Value::Object(keys) = value else { return };
    let lists = ["messages", "message_echoes", "statuses"].into_iter();
    let nested: serde_json::Map<_, _> = lists.filter_map(|key| keys.remove_entry(key)).collect();
    keys.insert(STANDBY.to_owned(), nested.into());
}

/// Returns the value of the field `messaging_handovers`. `event` is `control_passed` or `control_taken`.
pub(crate) fn handover(business: &BusinessIdentity, identity: &VisibleIdentity, event: &str, now: SystemTime) -> Value {
    let mut sender = serde_json::Map::new();
    insert(&mut sender, "phone_number", identity.visible_phone());
    insert(&mut sender, "user_id", identity.bsuid.as_deref());
    let (previous, new) =
        if event == "control_passed" { ("ai_agent", "escalation") } else { ("escalation", "ai_agent") };
    json!({
        "messaging_product": "whatsapp",
        "sender": sender,
        "recipient": {
            "phone_number_id": business.phone_number_id,
            "display_phone_number": business.display_phone_number,
        },
        "type": event,
        "timestamp": unix_seconds(now).to_string(),
        event: { "previous_owner_role": previous, "new_owner_role": new },
    })
}
