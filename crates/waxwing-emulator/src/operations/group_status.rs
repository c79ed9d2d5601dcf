//! Statuses of group messages.

use serde_json::json;

use crate::message::{ChatMessage, DeliveryState};
use crate::payload::{self, StatusItem};
use crate::price::Price;
use crate::timeline::{EmulatedUserId, TimelineEventKind};
use crate::world::World;
use crate::world::accepted_message::AcceptedMessage;
use crate::world::chat::ChatEntry;
use crate::world::webhook_update::WebhookUpdate;

/// Appends a message of the business to the chats of all participants.
pub(crate) fn deliver(
    world: &mut World,
    group: &str,
    message: &ChatMessage,
    callback_data: Option<&str>,
    price: &Price,
) {
    for user in world.groups.participants(group).to_vec() {
        let callback_data = callback_data.map(str::to_owned);
        world
            .append_to_chat(user, ChatEntry { callback_data, price: price.clone(), ..ChatEntry::new(message.clone()) });
        world.record(TimelineEventKind::BusinessMessage { user, message: message.id.clone() });
    }
}

/// Advances the delivery state of a group message for all participants who have not reached it.
pub(crate) fn advance(world: &mut World, group: &str, message: &str, state: DeliveryState) {
    let mut ready = Vec::new();
    for user in world.groups.participants(group).to_vec() {
        let is_behind = world.users.message_in_chat(user, message).is_some_and(|entry| entry.message.state < state);
        let mut is_held_back = || world.users.get_mut(user).is_some_and(|recipient| recipient.holds_back(message));
        if is_behind && (state < DeliveryState::Delivered || !is_held_back()) {
            ready.push(user);
        }
    }
    post(world, group, message, state, &ready);
}

/// Posts one webhook with a status for each of these participants.
pub(crate) fn post(world: &mut World, group: &str, message: &str, state: DeliveryState, users: &[EmulatedUserId]) {
    let now = world.now();
    let (mut items, mut contacts, mut notified) = (Vec::new(), Vec::new(), Vec::new());
    for user in users {
        let Some(identity) = world.users.visible_identity(*user, &world.runtime) else { continue };
        let entry = world.users.get_mut(*user).and_then(|user| user.chat.find_mut(message));
        let Some(entry) = entry else { continue };
        entry.message.state = state;
        let item = StatusItem {
            message,
            state,
            at: now,
            price: &entry.price,
            callback_data: entry.callback_data.as_deref(),
            by_phone: false,
        };
        items.push(payload::group_status(group, &identity, &item));
        contacts.push(payload::contact(&identity, identity.visible_phone(), state >= DeliveryState::Delivered));
        notified.push(*user);
        world.record(TimelineEventKind::Status { user: *user, message: message.to_owned(), state });
    }
    if items.is_empty() {
        return;
    }
    let number = world.groups.get(group).map(|group| group.number).unwrap_or_default();
    let business = &world.account.number(number).identity;
    let value = payload::value(business, json!({ "statuses": items, "contacts": contacts }));
    let update = WebhookUpdate::status(&notified, message, state, value);
    world.webhooks.publish(&mut world.runtime, update);
}

/// Posts a status of a group message that is in no chat.
pub(crate) fn post_undelivered(world: &mut World, group: &str, message: &AcceptedMessage, state: DeliveryState) {
    let item = StatusItem {
        message: &message.id,
        state,
        at: world.now(),
        price: &message.price,
        callback_data: message.callback_data.as_deref(),
        by_phone: false,
    };
    let statuses = json!({ "statuses": [payload::group_failure(group, &item)] });
    let value = payload::value(&world.account.number(message.number).identity, statuses);
    let user = message.user;
    world.record(TimelineEventKind::Status { user, message: message.id.clone(), state });
    let update = WebhookUpdate::status(&[user], &message.id, state, value);
    world.webhooks.publish(&mut world.runtime, update);
}
