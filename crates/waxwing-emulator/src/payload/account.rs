//! Updates of the account that are neither messages nor statuses of users' chats.

use std::time::SystemTime;

use serde_json::{Map, Value, json};

use super::{insert, value};
use crate::business::BusinessIdentity;
use crate::clock::unix_seconds;
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
    value(business, json!({ "user_preferences": [item] }))
}

/// Returns the value of the field `calls` for a call of a user.
pub(crate) fn call(
    business: &BusinessIdentity,
    identity: &VisibleIdentity,
    id: &str,
    event: &str,
    at: SystemTime,
) -> Value {
    let mut item = Map::new();
    item.insert("id".into(), id.into());
    item.insert("to".into(), business.display_phone_number.as_str().into());
    insert(&mut item, "from", identity.visible_phone());
    insert(&mut item, "from_user_id", identity.bsuid.as_deref());
    item.insert("event".into(), event.into());
    item.insert("direction".into(), "USER_INITIATED".into());
    item.insert("timestamp".into(), unix_seconds(at).to_string().into());
    value(business, json!({ "calls": [item] }))
}

/// Returns the value of the field `smb_message_echoes` for a text.
pub(crate) fn message_echo(
    business: &BusinessIdentity,
    identity: &VisibleIdentity,
    id: &str,
    text: &str,
    at: SystemTime,
) -> Value {
    let mut item = Map::new();
    item.insert("id".into(), id.into());
    item.insert("from".into(), business.display_phone_number.as_str().into());
    insert(&mut item, "to", identity.visible_phone());
    insert(&mut item, "to_user_id", identity.bsuid.as_deref());
    insert(&mut item, "to_parent_user_id", identity.parent_bsuid.as_deref());
    item.insert("timestamp".into(), unix_seconds(at).to_string().into());
    item.insert("type".into(), "text".into());
    item.insert("text".into(), json!({ "body": text }));
    value(business, json!({ "message_echoes": [item] }))
}
