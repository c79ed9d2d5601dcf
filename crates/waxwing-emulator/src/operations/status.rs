//! Statuses of messages of the business.

use crate::message::{DeliveryState, Party};
use crate::operations::group_status;
use crate::payload::{self, StatusItem};
use crate::price::Price;
use crate::timeline::{EmulatedUserId, TimelineEventKind};
use crate::world::World;
use crate::world::accepted_message::AcceptedMessage;
use crate::world::account::NumberIndex;
use crate::world::webhook_update::WebhookUpdate;

/// Status to post.
#[derive(Debug)]
struct Status<'a> {
    number: NumberIndex,
    user: EmulatedUserId,
    message: &'a str,
    state: DeliveryState,
    price: &'a Price,
    callback_data: Option<&'a str>,
    by_phone: bool,
}

/// Advances the delivery state of a message of the business to `target`, through all states between.
pub(crate) fn advance(world: &mut World, message: &str, target: DeliveryState) {
    while let Some((user, entry)) = world.users.message(message) {
        let next = match entry.message.state {
            DeliveryState::Accepted => DeliveryState::Sent,
            DeliveryState::Sent => DeliveryState::Delivered,
            DeliveryState::Delivered => DeliveryState::Read,
            DeliveryState::Read => DeliveryState::Played,
            DeliveryState::Played | DeliveryState::Failed { .. } => return,
        };
        if next > target || entry.message.from == Party::User {
            return;
        }
        let (user, by_phone, number) = (user.id, entry.by_phone, world.number_of(&entry.message));
        let (callback_data, price) = (entry.callback_data.clone(), entry.price.clone());
        // A reaction gets no status after `sent`.
        let is_silent =
            entry.from_business_app || entry.message.content.kind() == "reaction" && next > DeliveryState::Sent;
        let recipient = world.users.get_mut(user);
        if next == DeliveryState::Delivered && recipient.is_some_and(|recipient| recipient.holds_back(message)) {
            return;
        }
        if let Some(entry) = world.users.message_mut(message) {
            entry.message.state = next;
        }
        if !is_silent {
            let callback_data = callback_data.as_deref();
            let status = Status { number, user, message, state: next, price: &price, callback_data, by_phone };
            post(world, &status);
        }
    }
}

/// Posts a status of an accepted message that is in no chat.
pub(crate) fn post_undelivered(world: &mut World, message: &AcceptedMessage, state: DeliveryState) {
    if let Some(group) = &message.group {
        return group_status::post_undelivered(world, group, message, state);
    }
    let status = Status {
        number: message.number,
        user: message.user,
        message: &message.id,
        state,
        price: &message.price,
        callback_data: message.callback_data.as_deref(),
        by_phone: message.by_phone,
    };
    post(world, &status);
}

fn post(world: &mut World, status: &Status<'_>) {
    let Status { number, user, message, state, price, callback_data, by_phone } = *status;
    world.record(TimelineEventKind::Status { user, message: message.to_owned(), state });
    let Some(identity) = world.users.visible_identity(user, &world.runtime) else { return };
    let item = StatusItem { message, state, at: world.now(), price, callback_data, by_phone };
    let business = &world.account.number(number).identity;
    let value = payload::status(business, &identity, &item, world.runtime.behavior.conversations);
    let update = WebhookUpdate::status(&[user], message, state, value);
    world.webhooks.publish(&mut world.runtime, update);
}
