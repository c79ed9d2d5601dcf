//! What users do.

use bytes::Bytes;
use serde_json::Value;

use super::library::Origin;
use super::people::Entry;
use super::{Extras, Lane, Letter, NumberId, Update, World};
use crate::message::{ChatContent, ChatMedia, ChatMessage, DeliveryState, MediaKind, Party};
use crate::timeline::{EmulatedUserId, TimelineEventKind, WebhookSubject};
use crate::webhook::payload;

/// What a user writes.
#[derive(Debug)]
pub(crate) enum Utterance {
    Text(String),
    Media {
        kind: MediaKind,
        bytes: Bytes,
        mime_type: String,
        caption: Option<String>,
        filename: Option<String>,
        /// Recorded on the phone, as a voice note.
        voice: bool,
    },
    /// Any other type; `body` is the object of that name.
    Other {
        kind: String,
        body: Value,
    },
}

impl World {
    /// A user writes to the business. Gives the id of the message; none if there is no such user.
    pub(crate) fn say(
        &mut self,
        user: EmulatedUserId,
        utterance: Utterance,
        reply_to: Option<String>,
    ) -> Option<String> {
        self.say_to(NumberId::default(), user, utterance, reply_to)
    }

    /// A user writes to one of the numbers of the business.
    pub(crate) fn say_to(
        &mut self,
        number: NumberId,
        user: EmulatedUserId,
        utterance: Utterance,
        reply_to: Option<String>,
    ) -> Option<String> {
        self.say_with(user, utterance, &Extras { reply_to, number, ..Extras::default() })
    }

    /// As [`say`](Self::say), with all that a message may have besides its content.
    pub(super) fn say_with(&mut self, user: EmulatedUserId, utterance: Utterance, extras: &Extras) -> Option<String> {
        self.person(user)?;
        let (now, number) = (self.now(), extras.number);
        let business = self.account.number(number).business.clone();
        let id = self.ids.message("inbound");
        let content = match utterance {
            Utterance::Text(text) => ChatContent::Text(text),
            Utterance::Other { kind, body } => ChatContent::Other { kind, body },
            Utterance::Media { kind, bytes, mime_type, caption, filename, voice } => {
                let media_id = self.ids.media();
                let owner = &business.phone_number_id;
                self.library.add(media_id.clone(), bytes.clone(), &mime_type, Origin::User, owner, now);
                ChatContent::Media(ChatMedia { kind, id: media_id, mime_type, bytes, caption, filename, voice })
            }
        };
        let message = ChatMessage {
            id: id.clone(),
            from: Party::User,
            at: now,
            content,
            reply_to: extras.reply_to.clone(),
            number: business.phone_number_id.clone(),
            group: extras.group.clone(),
            state: DeliveryState::Accepted,
        };
        self.meet(user, now);
        let identity = self.person_mut(user)?.identity.take();
        let mut value = payload::inbound(&business, &self.sighting(user, now)?, &message, &self.library);
        extras.apply(&mut value["messages"][0], identity);
        self.append(user, Entry::new(message));
        // What is written in a group opens no window to the one who wrote it.
        self.account.came(number, Some(user).filter(|_| extras.group.is_none()), now);
        self.record(TimelineEventKind::UserMessage { user, message: id.clone() });
        // Meta keeps from the business what a blocked user writes.
        if self.account.is_blocked(number, user) {
            return Some(id);
        }
        self.publish(Update {
            about: vec![WebhookSubject::Message { user, message: id.clone() }],
            lane: Lane::User(user),
            field: payload::MESSAGES.to_owned(),
            value,
            future: false,
        });
        Some(id)
    }

    /// Posts the webhook of a message once more, byte for byte. False if the message is not known.
    pub(crate) fn say_again(&mut self, id: &str) -> bool {
        let Some((person, entry)) = self.message(id) else { return false };
        let Some(webhook) = entry.webhook.clone() else { return false };
        let user = person.id;
        let about = vec![WebhookSubject::Message { user, message: id.to_owned() }];
        let letter = Letter { about, body: webhook, since: self.now(), dropped: 0, unheard: 0 };
        self.post(Lane::User(user), letter);
        true
    }

    /// The user listens to a voice note of the business.
    pub(crate) fn play(&mut self, user: EmulatedUserId, id: &str) -> bool {
        let mine = self.message(id).is_some_and(|(person, entry)| {
            let is_voice = matches!(&entry.message.content, ChatContent::Media(media) if media.voice);
            person.id == user && entry.message.from == Party::Business && is_voice
        });
        if mine {
            self.raise(id, DeliveryState::Played);
        }
        mine
    }

    /// The user has seen every message of the business that has reached the phone.
    pub(crate) fn read_all(&mut self, user: EmulatedUserId) {
        let Some(person) = self.person(user) else { return };
        let last = person.visible(0).next_back().map(|entry| entry.message.id.clone());
        if let Some(last) = last {
            self.read_up_to(user, &last);
        }
    }

    /// The user has seen a message of the business and those before it. False if it is not on the phone.
    pub(crate) fn read_up_to(&mut self, user: EmulatedUserId, last: &str) -> bool {
        let Some(person) = self.person(user) else { return false };
        let Some(order) = person.visible(0).find(|entry| entry.message.id == last).map(|entry| entry.order) else {
            return false;
        };
        // What stands before a message that was read before was read with it.
        let seen = person.visible(0).rev().filter(|entry| entry.order <= order);
        let unread = seen.take_while(|entry| entry.message.state < DeliveryState::Read);
        let unread = unread.map(|entry| (entry.message.id.clone(), entry.message.group.clone()));
        for (id, group) in unread.collect::<Vec<_>>().into_iter().rev() {
            match group {
                Some(group) => self.tell_group(&group, &id, DeliveryState::Read, &[user]),
                None => self.raise(&id, DeliveryState::Read),
            }
        }
        true
    }

    /// Switches the user's phone on or off. What has waited for it is delivered.
    pub(crate) fn set_online(&mut self, user: EmulatedUserId, online: bool) {
        let Some(person) = self.person_mut(user) else { return };
        person.is_online = online;
        if online {
            for id in std::mem::take(&mut person.undelivered) {
                match self.in_chat(user, &id).and_then(|entry| entry.message.group.clone()) {
                    Some(group) => self.tell_group(&group, &id, DeliveryState::Delivered, &[user]),
                    None => self.raise(&id, DeliveryState::Delivered),
                }
            }
        }
    }
}
