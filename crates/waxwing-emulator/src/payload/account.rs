//! Updates of the account that are neither messages nor statuses of users' chats.

use std::time::SystemTime;

use serde_json::{Map, Value, json};

use super::inbound::{MediaLink, content};
use super::{contact, insert, value};
use crate::business::BusinessIdentity;
use crate::clock::unix_seconds;
use crate::message::ChatMessage;
use crate::visible_identity::VisibleIdentity;

/// Returns the value of a status with any name. `with` overrides the usual fields.
pub(crate) fn custom_status(
    business: &BusinessIdentity,
    identity: &VisibleIdentity,
    message: &str,
    status: &str,
    with: Map<String, Value>,
    at: SystemTime,
) -> Value {
    let mut item = Map::new();
    item.insert("id".into(), message.into());
    item.insert("status".into(), status.into());
    item.insert("timestamp".into(), unix_seconds(at).to_string().into());
    insert(&mut item, "recipient_id", identity.visible_phone());
    insert(&mut item, "recipient_user_id", identity.bsuid.as_deref());
    item.extend(with);
    value(business, json!({ "statuses": [item] }))
}

/// Returns the value of the field `user_preferences`. Its time stamp is a number, unlike that of a message.
pub(crate) fn marketing_preference(
    business: &BusinessIdentity,
    identity: &VisibleIdentity,
    choice: &str,
    at: SystemTime,
) -> Value {
    let mut item = Map::new();
    insert(&mut item, "wa_id", identity.visible_phone());
    insert(&mut item, "user_id", identity.bsuid.as_deref());
    insert(&mut item, "parent_user_id", identity.parent_bsuid.as_deref());
    item.insert("category".into(), "marketing_messages".into());
    item.insert("value".into(), choice.into());
    item.insert("detail".into(), format!("User requested to {choice} marketing messages").into());
    item.insert("timestamp".into(), unix_seconds(at).into());
    let contacts = json!([contact(identity, identity.visible_phone(), true)]);
    value(business, json!({ "contacts": contacts, "user_preferences": [item] }))
}

/// Returns the value of the field `smb_message_echoes`.
pub(crate) fn message_echo(
    business: &BusinessIdentity,
    identity: &VisibleIdentity,
    message: &ChatMessage,
    link: &MediaLink,
) -> Value {
    let mut item = Map::new();
    item.insert("id".into(), message.id.as_str().into());
    item.insert("from".into(), business.display_phone_number.as_str().into());
    insert(&mut item, "to", identity.visible_phone());
    insert(&mut item, "to_user_id", identity.bsuid.as_deref());
    insert(&mut item, "to_parent_user_id", identity.parent_bsuid.as_deref());
    item.insert("timestamp".into(), unix_seconds(message.at).to_string().into());
    let (kind, body) = content(&message.content, link);
    item.insert("type".into(), kind.into());
    item.insert(kind.to_owned(), body);
    value(business, json!({ "message_echoes": [item] }))
}

/// Returns the value of `account_settings_update` for a changed setting of calls.
pub(crate) fn calling_settings(phone_number_id: &str, calling: &Value, now: SystemTime) -> Value {
    json!({
        "messaging_product": "whatsapp",
        "timestamp": unix_seconds(now).to_string(),
        "type": "phone_number_settings",
        "phone_number_settings": { "phone_number_id": phone_number_id, "calling": calling },
    })
}
