//! Signals of changed identities.
//!
//! <https://developers.facebook.com/docs/whatsapp/business-scoped-user-ids>

use std::time::SystemTime;

use serde_json::{Map, Value, json};

use super::{insert, value};
use crate::action::RotationSignal;
use crate::business::BusinessIdentity;
use crate::clock::unix_seconds;
use crate::ids;
use crate::visible_identity::VisibleIdentity;

/// Identity of a user before and after a change.
#[derive(Debug)]
pub(crate) struct IdentityChange {
    pub(crate) old: VisibleIdentity,
    pub(crate) new: VisibleIdentity,
    pub(crate) at: SystemTime,
}

/// Returns the value of a system message, or `None` for a signal that is not a system message.
pub(crate) fn system_message(
    business: &BusinessIdentity,
    signal: RotationSignal,
    change: &IdentityChange,
    id: &str,
) -> Option<Value> {
    let IdentityChange { old, new, at } = change;
    let mut item = Map::new();
    let system = match signal {
        RotationSignal::UserChangedNumber => {
            insert(&mut item, "from", old.visible_phone());
            with_previous_ids(changed_number("user_changed_number", change), old)
        }
        RotationSignal::CustomerChangedNumber => {
            insert(&mut item, "from", old.visible_phone());
            changed_number("customer_changed_number", change)
        }
        RotationSignal::ChangedNumberLegacy => {
            insert(&mut item, "from", old.visible_phone());
            let mut system = changed_number("user_changed_number", change);
            system.remove("wa_id");
            system.remove("user_id");
            insert(&mut system, "new_wa_id", new.visible_phone());
            insert(&mut system, "customer", old.visible_phone());
            system
        }
        RotationSignal::UserChangedUserId => {
            insert(&mut item, "from_user_id", old.bsuid.as_deref());
            with_previous_ids(changed_user_id(change), old)
        }
        RotationSignal::UserChangedUserIdPrevious => with_previous_ids(changed_user_id(change), old),
        RotationSignal::UserChangedUserIdBare => changed_user_id(change),
        RotationSignal::CustomerIdentityChanged => {
            insert(&mut item, "from", new.visible_phone());
            insert(&mut item, "from_user_id", new.bsuid.as_deref());
            let mut system = Map::new();
            system.insert("type".into(), "customer_identity_changed".into());
            system.insert("body".into(), format!("The security code of {} changed", new.name).into());
            system.insert("identity".into(), security_identity(new, *at)["hash"].clone());
            insert(&mut system, "customer", new.visible_phone());
            system
        }
        RotationSignal::UserIdUpdate | RotationSignal::MessageIdentity | RotationSignal::Silent => return None,
    };
    item.insert("id".into(), id.into());
    item.insert("timestamp".into(), unix_seconds(*at).to_string().into());
    item.insert("type".into(), "system".into());
    item.insert("system".into(), system.into());
    Some(value(business, json!({ "messages": [item] })))
}

/// Returns the value of the field `user_id_update`. Its contacts may contain nothing but the profile.
pub(crate) fn user_id_update(business: &BusinessIdentity, change: &IdentityChange) -> Value {
    let IdentityChange { old, new, at } = change;
    let mut item = Map::new();
    insert(&mut item, "wa_id", new.visible_phone());
    item.insert("detail".into(), "The user id has changed".into());
    item.insert("user_id".into(), json!({ "previous": old.bsuid, "current": new.bsuid }));
    if new.parent_bsuid.is_some() {
        item.insert("parent_user_id".into(), json!({ "previous": old.parent_bsuid, "current": new.parent_bsuid }));
    }
    item.insert("timestamp".into(), unix_seconds(*at).to_string().into());
    let contacts = json!([{ "profile": { "name": new.name } }]);
    value(business, json!({ "user_id_update": [item], "contacts": contacts }))
}

/// Returns the object `identity`, the state of a user's security code.
pub(crate) fn security_identity(identity: &VisibleIdentity, at: SystemTime) -> Value {
    let seconds = unix_seconds(at);
    let bsuid = identity.bsuid.as_deref().unwrap_or_default();
    let hash = ids::digest(&[b"identity", bsuid.as_bytes(), &seconds.to_be_bytes()]);
    json!({ "acknowledged": true, "created_timestamp": seconds.to_string(), "hash": hex::encode(&hash[..16]) })
}

fn changed_number(kind: &str, IdentityChange { old, new, .. }: &IdentityChange) -> Map<String, Value> {
    let mut system = new_ids(new);
    system.insert("type".into(), kind.into());
    let from = old.visible_phone().unwrap_or_else(|| bsuid(old));
    let to = new.visible_phone().unwrap_or_else(|| bsuid(new));
    system.insert("body".into(), format!("User {} changed from {from} to {to}", new.name).into());
    system
}

fn changed_user_id(IdentityChange { old, new, .. }: &IdentityChange) -> Map<String, Value> {
    let mut system = new_ids(new);
    system.remove("wa_id");
    system.insert("type".into(), "user_changed_user_id".into());
    let body = format!("User {} changed from {} to {}", new.name, bsuid(old), bsuid(new));
    system.insert("body".into(), body.into());
    system
}

fn new_ids(new: &VisibleIdentity) -> Map<String, Value> {
    let mut system = Map::new();
    insert(&mut system, "wa_id", new.visible_phone());
    insert(&mut system, "user_id", new.bsuid.as_deref());
    insert(&mut system, "parent_user_id", new.parent_bsuid.as_deref());
    system
}

/// Adds the ids before the change, which Meta states since August 2026.
fn with_previous_ids(mut system: Map<String, Value>, old: &VisibleIdentity) -> Map<String, Value> {
    insert(&mut system, "previous_user_id", old.bsuid.as_deref());
    insert(&mut system, "previous_parent_user_id", old.parent_bsuid.as_deref());
    system
}

fn bsuid(identity: &VisibleIdentity) -> &str {
    identity.bsuid.as_deref().unwrap_or_default()
}
