//! Use of a phone by its user: reading, playing, going offline.

use crate::message::{ChatContent, ChatMessage, DeliveryState, Party};
use crate::operations::{group_status, status};
use crate::timeline::{EmulatedUserId, TimelineEventKind};
use crate::world::World;
use crate::world::account::NumberIndex;

/// Plays a voice note of the business. Returns false if the message is not a voice note in the user's chat.
pub(crate) fn play(world: &mut World, user: EmulatedUserId, message: &str) -> bool {
    let is_playable = world.users.message(message).is_some_and(|(owner, entry)| {
        let is_voice = matches!(&entry.message.content, ChatContent::Media(media) if media.voice);
        owner.id == user && entry.message.from == Party::Business && is_voice
    });
    if is_playable {
        status::advance(world, message, DeliveryState::Played);
    }
    is_playable
}

/// Reads all messages of the business that are visible on the phone.
pub(crate) fn read_all(world: &mut World, user: EmulatedUserId) {
    let last = world.users.get(user).and_then(|user| user.visible(0).next_back());
    if let Some(last) = last.map(|entry| entry.message.id.clone()) {
        read_up_to(world, user, &last);
    }
}

/// Reads the messages of the business in a group, or in the chat with a business number, up to the newest one on the phone.
pub(crate) fn read_chat(world: &mut World, user: EmulatedUserId, number: NumberIndex, group: Option<&str>) {
    let number = &world.account.number(number).identity.phone_number_id;
    let is_here = |message: &ChatMessage| match group {
        Some(group) => message.group.as_deref() == Some(group),
        None => message.group.is_none() && message.number == *number,
    };
    let Some(reader) = world.users.get(user) else { return };
    let here = reader.visible(0).rev().map(|entry| &entry.message).filter(|message| is_here(message));
    let unread = here.take_while(|message| message.state < DeliveryState::Read).map(|message| message.id.clone());
    for id in unread.collect::<Vec<_>>().into_iter().rev() {
        mark_read(world, user, group, &id);
    }
}

/// Deletes the group's chat, or the chat with a business number, on the phone of a user.
pub(crate) fn delete_chat(world: &mut World, user: EmulatedUserId, number: NumberIndex, group: Option<String>) {
    let number = group.is_none().then(|| world.account.number(number).identity.phone_number_id.clone());
    world.record(TimelineEventKind::ChatDeleted { user, number, group });
}

fn mark_read(world: &mut World, user: EmulatedUserId, group: Option<&str>, message: &str) {
    match group {
        Some(group) => group_status::post(world, group, message, DeliveryState::Read, &[user]),
        None => status::advance(world, message, DeliveryState::Read),
    }
}

/// Reads the messages of the business up to `last`. Returns false if `last` is not visible on the phone.
pub(crate) fn read_up_to(world: &mut World, user: EmulatedUserId, last: &str) -> bool {
    let Some(reader) = world.users.get(user) else { return false };
    let Some(order) = reader.visible(0).find(|entry| entry.message.id == last).map(|entry| entry.order) else {
        return false;
    };
    // Messages before a read message have been read, too.
    let up_to_last = reader.visible(0).rev().filter(|entry| entry.order <= order);
    let unread = up_to_last.take_while(|entry| entry.message.state < DeliveryState::Read);
    let unread = unread.map(|entry| (entry.message.id.clone(), entry.message.group.clone()));
    for (id, group) in unread.collect::<Vec<_>>().into_iter().rev() {
        mark_read(world, user, group.as_deref(), &id);
    }
    true
}

/// Switches the phone on or off. Going online delivers the messages that have waited.
pub(crate) fn set_online(world: &mut World, user: EmulatedUserId, is_online: bool) {
    let Some(owner) = world.users.get_mut(user) else { return };
    owner.is_online = is_online;
    if !is_online {
        return;
    }
    for id in std::mem::take(&mut owner.undelivered) {
        match world.users.message_in_chat(user, &id).and_then(|entry| entry.message.group.clone()) {
            Some(group) => group_status::post(world, &group, &id, DeliveryState::Delivered, &[user]),
            None => status::advance(world, &id, DeliveryState::Delivered),
        }
    }
}
