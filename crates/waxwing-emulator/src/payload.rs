//! Bodies of webhooks.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components>

mod account;
mod call;
mod entries;
mod fault_edits;
mod field_samples;
mod flow;
mod group;
mod handover;
mod identity_change;
mod inbound;
mod status;
mod template;

use serde_json::{Map, Value, json};

use crate::business::BusinessIdentity;
use crate::visible_identity::VisibleIdentity;

pub(crate) use account::{calling_settings, custom_status, marketing_preference, message_echo};
pub(crate) use call::{CallItem, call, call_status};
pub(crate) use entries::Entries;
pub(crate) use fault_edits::{append_to_text, remove_recipient};
pub(crate) use field_samples::field_sample;
pub(crate) use flow::flow_status;
pub(crate) use group::{group_participant, group_update};
pub(crate) use handover::{STANDBY, handover, nest_in_standby};
pub(crate) use identity_change::{IdentityChange, security_identity, system_message, user_id_update};
pub(crate) use inbound::{MediaLink, content, inbound};
pub(crate) use status::{StatusItem, group_failure, group_status, status};
pub(crate) use template::{TemplateItem, template_category, template_quality, template_status};

/// Webhook field of messages and statuses.
pub(crate) const MESSAGES: &str = "messages";

/// Returns a value of the field `messages` with these keys.
pub(crate) fn value(business: &BusinessIdentity, mut keys: Value) -> Value {
    keys["messaging_product"] = "whatsapp".into();
    keys["metadata"] =
        json!({ "display_phone_number": business.display_phone_number, "phone_number_id": business.phone_number_id });
    keys
}

/// Returns an item of `contacts`.
pub(crate) fn contact(identity: &VisibleIdentity, phone: Option<&str>, with_username: bool) -> Value {
    let mut profile = json!({ "name": identity.name });
    if let Some(username) = identity.username.as_ref().filter(|_| with_username) {
        profile["username"] = username.as_str().into();
    }
    let mut contact = Map::from_iter([("profile".to_owned(), profile)]);
    insert(&mut contact, "wa_id", phone);
    insert(&mut contact, "user_id", identity.bsuid.as_deref());
    insert(&mut contact, "parent_user_id", identity.parent_bsuid.as_deref());
    contact.into()
}

/// Inserts an optional string.
fn insert(object: &mut Map<String, Value>, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        object.insert(key.to_owned(), value.into());
    }
}
