//! Statuses of messages of the business.

use std::time::SystemTime;

use serde_json::{Map, Value, json};

use super::{contact, insert, value};
use crate::business::BusinessIdentity;
use crate::clock::unix_seconds;
use crate::message::DeliveryState;
use crate::price::Price;
use crate::rules::error::webhook_error;
use crate::visible_identity::VisibleIdentity;

/// Status of a message of the business.
#[derive(Debug)]
pub(crate) struct StatusItem<'a> {
    pub(crate) message: &'a str,
    pub(crate) state: DeliveryState,
    pub(crate) at: SystemTime,
    pub(crate) price: &'a Price,
    pub(crate) callback_data: Option<&'a str>,
    /// Whether the business addressed the phone number instead of the BSUID.
    pub(crate) by_phone: bool,
}

/// Returns the value of a status.
///
/// The address of the message determines how the status identifies the user. A failed status has no `contacts` and identifies the
/// user only by the address. Meta: business-scoped user ids; statuses.
pub(crate) fn status(
    business: &BusinessIdentity,
    identity: &VisibleIdentity,
    status: &StatusItem<'_>,
    with_conversation: bool,
) -> Value {
    let is_failed = matches!(status.state, DeliveryState::Failed { .. });
    let phone = match (is_failed, status.by_phone) {
        (_, true) => identity.phone.as_deref(),
        (false, false) => identity.visible_phone(),
        (true, false) => None,
    };
    let has_bsuid = !(is_failed && status.by_phone);
    let mut item = common_fields(status);
    insert(&mut item, "recipient_id", phone);
    insert(&mut item, "recipient_user_id", identity.bsuid.as_deref().filter(|_| has_bsuid));
    insert(&mut item, "recipient_parent_user_id", identity.parent_bsuid.as_deref().filter(|_| has_bsuid));
    add_pricing(&mut item, status, with_conversation);
    let mut keys = json!({ "statuses": [item] });
    if !is_failed {
        let with_username = status.state >= DeliveryState::Delivered;
        keys["contacts"] = json!([contact(identity, phone, with_username)]);
    }
    value(business, keys)
}

/// Returns the status of a group message for one participant. Meta: groups.
pub(crate) fn group_status(group: &str, identity: &VisibleIdentity, status: &StatusItem<'_>) -> Value {
    let mut item = common_fields(status);
    item.insert("recipient_type".into(), "group".into());
    item.insert("recipient_id".into(), group.into());
    insert(&mut item, "recipient_participant_id", identity.visible_phone());
    insert(&mut item, "recipient_participant_user_id", identity.bsuid.as_deref());
    insert(&mut item, "recipient_participant_parent_user_id", identity.parent_bsuid.as_deref());
    add_pricing(&mut item, status, false);
    item.into()
}

/// Returns the status of a group message that reached no participant.
pub(crate) fn group_failure(group: &str, status: &StatusItem<'_>) -> Value {
    let mut item = common_fields(status);
    item.insert("recipient_type".into(), "group".into());
    item.insert("recipient_id".into(), group.into());
    item.into()
}

fn common_fields(status: &StatusItem<'_>) -> Map<String, Value> {
    let mut item = Map::new();
    item.insert("id".into(), status.message.into());
    item.insert("status".into(), status.state.name().into());
    item.insert("timestamp".into(), unix_seconds(status.at).to_string().into());
    insert(&mut item, "biz_opaque_callback_data", status.callback_data);
    if let DeliveryState::Failed { code } = status.state {
        item.insert("errors".into(), json!([webhook_error(code)]));
    }
    item
}

/// Adds the price. Since October 2026 Meta bills per message, service messages included. Meta: pricing.
fn add_pricing(item: &mut Map<String, Value>, status: &StatusItem<'_>, with_conversation: bool) {
    if matches!(status.state, DeliveryState::Failed { .. }) {
        return;
    }
    let Price { category, is_free_entry, conversation } = status.price;
    let kind = if *is_free_entry { "free_entry_point" } else { "regular" };
    let pricing = json!({ "billable": !is_free_entry, "pricing_model": "PMP", "type": kind, "category": category });
    item.insert("pricing".into(), pricing);
    if let Some(conversation) = conversation.as_ref().filter(|_| with_conversation) {
        let mut object = json!({ "id": conversation.id, "origin": { "type": category } });
        if status.state == DeliveryState::Sent {
            object["expiration_timestamp"] = unix_seconds(conversation.ends).to_string().into();
        }
        item.insert("conversation".into(), object);
    }
}
