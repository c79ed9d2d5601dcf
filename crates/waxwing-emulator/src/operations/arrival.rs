//! Arrival of accepted messages on the phone.

use std::time::Duration;

use bytes::Bytes;

use crate::message::{ChatContent, ChatMedia, ChatMessage, DeliveryState, Party};
use crate::operations::{group_status, status};
use crate::rules::message::{MediaDraft, MessageDraft};
use crate::rules::{Rule, media};
use crate::timeline::TimelineEventKind;
use crate::world::World;
use crate::world::accepted_message::AcceptedMessage;
use crate::world::chat::ChatEntry;
use crate::world::delivery_plan::DeliveryPlan;
use crate::world::media_library::{MediaOrigin, NewMedia};
use crate::world::timer::Timer;

/// Media file of a message.
#[derive(Debug)]
pub(crate) struct MediaFile {
    pub(crate) id: String,
    pub(crate) mime_type: String,
    pub(crate) bytes: Bytes,
}

/// Appends an accepted message to the chat, and schedules its statuses. A media message needs its file.
pub(crate) fn arrive(world: &mut World, accepted: AcceptedMessage, file: Option<MediaFile>) {
    let AcceptedMessage { id, number, user, group, draft, reply_to, callback_data, by_phone, price, plan, .. } =
        accepted;
    let content = match (draft, file) {
        (MessageDraft::Text(text), _) => ChatContent::Text(text),
        (MessageDraft::Other { kind, body, .. }, _) if kind == "template" => {
            ChatContent::Template(world.account.templates.render(body))
        }
        (MessageDraft::Other { kind, body, .. }, _) => ChatContent::Other { kind, body },
        (MessageDraft::Media(MediaDraft { kind, caption, filename, voice, .. }), file) => {
            let MediaFile { id, mime_type, bytes } = file.expect("a media message arrives with its file");
            ChatContent::Media(ChatMedia { kind, id, mime_type, bytes, caption, filename, voice })
        }
    };
    let is_voice = matches!(&content, ChatContent::Media(media) if media.voice);
    let message = ChatMessage {
        id: id.clone(),
        from: Party::Business,
        at: world.now(),
        content,
        reply_to,
        number: world.account.number(number).identity.phone_number_id.clone(),
        group: group.clone(),
        state: DeliveryState::Accepted,
        is_direct_send: accepted.is_direct_send,
        request: Some(accepted.body),
    };
    if let Some(group) = &group {
        group_status::deliver(world, group, &message, callback_data.as_deref(), &price);
    } else {
        world.append_to_chat(user, ChatEntry { callback_data, by_phone, price, ..ChatEntry::new(message) });
        world.record(TimelineEventKind::BusinessMessage { user, message: id.clone() });
    }
    schedule_statuses(world, &id, group.as_deref(), plan, is_voice);
}

/// Continues with an accepted message after the download of its linked media file.
pub(crate) fn downloaded(world: &mut World, accepted: AcceptedMessage, mime_type: &str, bytes: Bytes) {
    let MessageDraft::Media(draft) = &accepted.draft else { return };
    if media::check_send(draft.kind, mime_type, &bytes, &world.account.rules).is_err() {
        return download_failed(world, &accepted, Rule::MediaType.code());
    }
    world.runtime.end_transfer();
    let (id, now) = (world.runtime.ids.media(), world.now());
    let file = MediaFile { id: id.clone(), mime_type: mime_type.to_owned(), bytes: bytes.clone() };
    world.media.add(NewMedia { id, bytes, mime_type, origin: MediaOrigin::Link, owner: "" }, now);
    arrive(world, accepted, Some(file));
}

/// Posts the status `failed` of an accepted message whose linked media file is not available.
pub(crate) fn download_failed(world: &mut World, accepted: &AcceptedMessage, code: u32) {
    world.runtime.end_transfer();
    status::post_undelivered(world, accepted, DeliveryState::Failed { code });
}

fn schedule_statuses(world: &mut World, message: &str, group: Option<&str>, plan: DeliveryPlan, is_voice: bool) {
    let usual = world.runtime.behavior.status_delays;
    let delays = if let DeliveryPlan::WithDelays(delays) = plan { delays } else { usual };
    let is_status_first = plan == DeliveryPlan::StatusFirst;
    let sent = if is_status_first { Duration::ZERO } else { delays.sent };
    let delivered = sent + delays.delivered;
    let read = delays.read.map(|read| delivered + read);
    if is_status_first {
        match group {
            Some(group) => group_status::advance(world, group, message, DeliveryState::Sent),
            None => status::advance(world, message, DeliveryState::Sent),
        }
        world.webhooks.flush_batch(&mut world.runtime);
    }
    let mut schedule = |delay, state| {
        let message = message.to_owned();
        let timer = match group {
            Some(group) => Timer::AdvanceInGroup { group: group.to_owned(), message, state },
            None => Timer::Advance { message, state },
        };
        world.runtime.schedule(delay, timer);
    };
    if !is_status_first {
        schedule(sent, DeliveryState::Sent);
    }
    schedule(delivered, DeliveryState::Delivered);
    if let Some(read) = read {
        schedule(read, DeliveryState::Read);
    }
    if let Some(played) = delays.played.filter(|_| is_voice) {
        schedule(read.unwrap_or(delivered) + played, DeliveryState::Played);
    }
}
