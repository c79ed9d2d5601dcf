//! Updates of groups.
//!
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/groups/webhooks>

use std::time::SystemTime;

use serde_json::{Map, Value, json};

use super::{insert, value};
use crate::business::BusinessIdentity;
use crate::clock::unix_seconds;
use crate::visible_identity::VisibleIdentity;

/// Returns the value of one of the group fields. `event` is the type of the update, `with` has its further keys.
pub(crate) fn group_update(
    business: &BusinessIdentity,
    group: &str,
    event: &str,
    with: Value,
    now: SystemTime,
) -> Value {
    let mut item = json!({ "timestamp": unix_seconds(now).to_string(), "group_id": group, "type": event });
    if let (Value::Object(item), Value::Object(with)) = (&mut item, with) {
        item.extend(with.into_iter().filter(|(_, value)| !value.is_null()));
    }
    value(business, json!({ "groups": [item] }))
}

/// Returns a participant, as the business sees the user.
pub(crate) fn group_participant(identity: &VisibleIdentity) -> Map<String, Value> {
    let mut participant = Map::new();
    insert(&mut participant, "wa_id", identity.visible_phone());
    insert(&mut participant, "user_id", identity.bsuid.as_deref());
    insert(&mut participant, "parent_user_id", identity.parent_bsuid.as_deref());
    insert(&mut participant, "username", identity.username.as_deref());
    participant
}
