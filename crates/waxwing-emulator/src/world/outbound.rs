//! What the business does.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::agenda::Task;
use super::library::Origin;
use super::people::Entry;
use super::{Effect, Lane, NumberId, Update, World};
use crate::conduct::StatusDelays;
use crate::message::{ChatContent, ChatMedia, ChatMessage, DeliveryState, Party};
use crate::rules::address::To;
use crate::rules::message::{Draft, MediaDraft, Receipt, Send, Source};
use crate::rules::{GraphError, Rule, media};
use crate::timeline::{EmulatedUserId, TimelineEventKind, WebhookSubject};
use crate::webhook::payload;

/// What becomes of an accepted message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Arrives,
    /// With delays of its own.
    ArrivesWith(StatusDelays),
    /// `sent` is told before the send is answered.
    StatusFirst,
    /// It never arrives; `failed` comes alone, or this much later than `sent`.
    Fails {
        code: u32,
        after_sent: Option<Duration>,
    },
}

/// An accepted message.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) id: String,
    /// For the answer's `contacts`.
    pub(crate) contact: Value,
}

/// An accepted message on its way to the phone.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) id: String,
    pub(super) number: NumberId,
    pub(crate) user: EmulatedUserId,
    pub(crate) draft: Draft,
    reply_to: Option<String>,
    pub(super) callback_data: Option<String>,
    by_phone: bool,
    fate: Fate,
    /// The group to which it goes; `user` is then one of its participants.
    group: Option<String>,
}

impl World {
    /// Takes a message from the business.
    pub(crate) fn accept(&mut self, number: NumberId, send: Send, fate: Fate) -> Result<Accepted, GraphError> {
        let user = self.admit(number, &send)?;
        let by_phone = matches!(send.address.to, To::Phone(_));
        let Send { address, draft, reply_to, callback_data } = send;
        let file = match &draft {
            Draft::Media(MediaDraft { kind, source: Source::Id(id), .. }) => {
                let file = self.medium(number, id)?;
                media::check_send(*kind, &file.mime_type, &file.bytes, &self.account.rules)?;
                Some((file.id.clone(), file.mime_type.clone(), file.bytes.clone()))
            }
            _ => None,
        };
        let link = match &draft {
            Draft::Media(MediaDraft { source: Source::Link(link), .. }) => Some(link.clone()),
            _ => None,
        };
        let (id, now) = (self.ids.message("outbound"), self.now());
        let group = if let To::Group(group) = &address.to { Some(group.clone()) } else { None };
        match &address.to {
            To::Phone(_) => self.meet_by_phone(user, now),
            To::Bsuid(_) => self.meet(user, now),
            To::Group(_) => {}
        }
        self.account.went(number, Some(user).filter(|_| group.is_none()), now);
        let prepared = Prepared { id: id.clone(), number, user, draft, reply_to, callback_data, by_phone, fate, group };
        match (fate, link) {
            (Fate::Fails { code, after_sent }, _) => self.fail(prepared, code, after_sent),
            (_, Some(link)) => {
                self.fetching += 1;
                let prepared = Box::new(prepared);
                self.effects.push(Effect::Fetch { prepared, link });
            }
            (_, None) => self.arrive(prepared, file),
        }
        let contact = match address.to {
            To::Phone(phone) => json!({ "input": address.input, "wa_id": phone }),
            To::Bsuid(bsuid) => json!({ "input": address.input, "user_id": bsuid }),
            To::Group(group) => json!({ "input": group }),
        };
        Ok(Accepted { id, contact })
    }

    /// Takes a file from the business and gives its id.
    pub(crate) fn upload(&mut self, number: NumberId, bytes: Bytes, mime_type: &str) -> String {
        let (id, now) = (self.ids.media(), self.now());
        let owner = &self.account.number(number).business.phone_number_id;
        self.library.add(id.clone(), bytes, mime_type, Origin::Upload, owner, now);
        id
    }

    /// The bytes of a linked medium are there: the message reaches the phone, if they may be sent.
    pub(crate) fn fetched(&mut self, prepared: Prepared, mime_type: &str, bytes: Bytes) {
        let Draft::Media(draft) = &prepared.draft else { return };
        if let Err(error) = media::check_send(draft.kind, mime_type, &bytes, &self.account.rules) {
            self.lost(&prepared, error.code);
            return;
        }
        self.fetching = self.fetching.saturating_sub(1);
        let (id, now) = (self.ids.media(), self.now());
        self.library.add(id.clone(), bytes.clone(), mime_type, Origin::Link, "", now);
        self.arrive(prepared, Some((id, mime_type.to_owned(), bytes)));
    }

    /// The linked medium of an accepted message cannot be had: it will never arrive.
    pub(crate) fn lost(&mut self, prepared: &Prepared, code: u32) {
        self.fetching = self.fetching.saturating_sub(1);
        self.report(prepared, DeliveryState::Failed { code });
    }

    /// Plans the statuses of a message that never arrives.
    fn fail(&mut self, prepared: Prepared, code: u32, after_sent: Option<Duration>) {
        let sent = self.behavior.status_delays.sent;
        let prepared = Box::new(prepared);
        if let Some(after) = after_sent {
            self.plan_in(sent, Task::Report { prepared: prepared.clone(), state: DeliveryState::Sent });
            self.plan_in(sent + after, Task::Report { prepared, state: DeliveryState::Failed { code } });
        } else {
            self.plan_in(sent, Task::Report { prepared, state: DeliveryState::Failed { code } });
        }
    }

    /// Tells a status of a message that is in no chat.
    pub(super) fn report(&mut self, prepared: &Prepared, state: DeliveryState) {
        if let Some(group) = &prepared.group {
            return self.fail_in_group(group, prepared, state);
        }
        let Prepared { id, number, user, draft, callback_data, by_phone, .. } = prepared;
        let kind = draft.kind().to_owned();
        let told = Told {
            number: *number,
            user: *user,
            message: id,
            state,
            kind: &kind,
            callback_data: callback_data.as_deref(),
            by_phone: *by_phone,
        };
        self.tell(&told);
    }

    /// Brings a message of the business to `target`, through all states between. Does nothing if it is there already.
    pub(crate) fn raise(&mut self, id: &str, target: DeliveryState) {
        while let Some((person, entry)) = self.message(id) {
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
            let (user, by_phone, number) = (person.id, entry.by_phone, self.number_of(&entry.message));
            let by_hand = entry.by_hand;
            let (callback_data, kind) = (entry.callback_data.clone(), entry.message.content.kind().to_owned());
            if next == DeliveryState::Delivered && self.waits(user, id) {
                return;
            }
            // A reaction gets no status after `sent`. cloud-api 3.4.
            let is_silent = by_hand || kind == "reaction" && next > DeliveryState::Sent;
            if let Some(entry) = self.message_mut(id) {
                entry.message.state = next;
            }
            if !is_silent {
                let callback_data = callback_data.as_deref();
                self.tell(&Told { number, user, message: id, state: next, kind: &kind, callback_data, by_phone });
            }
        }
    }

    /// Whether a message has to wait until its user's phone is on.
    pub(super) fn waits(&mut self, user: EmulatedUserId, id: &str) -> bool {
        let Some(person) = self.person_mut(user).filter(|person| !person.is_online) else { return false };
        if !person.undelivered.iter().any(|waiting| waiting == id) {
            person.undelivered.push(id.to_owned());
        }
        true
    }

    /// The business has read a message and all before it, and perhaps is typing.
    pub(crate) fn receipt(&mut self, number: NumberId, receipt: &Receipt) -> Result<(), GraphError> {
        let unknown = || GraphError::because(Rule::ReceiptOf, "message_id: no such message of a user");
        let now = self.now();
        let (person, entry) = self.message(&receipt.message_id).ok_or_else(unknown)?;
        if entry.message.from != Party::User || self.number_of(&entry.message) != number {
            return Err(unknown());
        }
        if entry.message.group.is_some() {
            return Err(GraphError::because(Rule::ReceiptInGroup, "message_id: is of a group"));
        }
        let days = self.account.rules.limit(Rule::ReceiptAge) as u64;
        if now.duration_since(entry.message.at).unwrap_or_default() > Duration::from_hours(24 * days) {
            return Err(GraphError::because(Rule::ReceiptAge, "message_id: the message is older than 30 days"));
        }
        let (user, order) = (person.id, entry.order);
        let person = self.person_mut(user).ok_or_else(unknown)?;
        // What stands before a message that was read before was read with it.
        for entry in
            person.chat.sent_up_to_mut(order).rev().take_while(|entry| entry.message.state < DeliveryState::Read)
        {
            entry.message.state = DeliveryState::Read;
        }
        if receipt.typing {
            person.typing += 1;
        }
        self.record(TimelineEventKind::BusinessRead { user, message: receipt.message_id.clone() });
        if receipt.typing {
            self.record(TimelineEventKind::BusinessTyping { user });
        }
        Ok(())
    }

    /// The business number that sent or got a message.
    pub(super) fn number_of(&self, message: &ChatMessage) -> NumberId {
        self.account.find(&message.number).unwrap_or_default()
    }

    fn arrive(&mut self, prepared: Prepared, file: Option<(String, String, Bytes)>) {
        let Prepared { id, number, user, draft, reply_to, callback_data, by_phone, fate, group } = prepared;
        let content = match (draft, file) {
            (Draft::Text(text), _) => ChatContent::Text(text),
            (Draft::Other { kind, body, .. }, _) if kind == "template" => {
                ChatContent::Template(self.account.templates.shown(body))
            }
            (Draft::Other { kind, body, .. }, _) => ChatContent::Other { kind, body },
            (Draft::Media(MediaDraft { kind, caption, filename, voice, .. }), file) => {
                let (id, mime_type, bytes) = file.expect("a medium arrives with its bytes");
                ChatContent::Media(ChatMedia { kind, id, mime_type, bytes, caption, filename, voice })
            }
        };
        let is_voice = matches!(&content, ChatContent::Media(media) if media.voice);
        let message = ChatMessage {
            id: id.clone(),
            from: Party::Business,
            at: self.now(),
            content,
            reply_to,
            number: self.account.number(number).business.phone_number_id.clone(),
            group: group.clone(),
            state: DeliveryState::Accepted,
        };
        if let Some(group) = &group {
            self.arrive_in_group(group, &message, callback_data.as_deref());
        } else {
            self.append(user, Entry { callback_data, by_phone, ..Entry::new(message) });
            self.record(TimelineEventKind::BusinessMessage { user, message: id.clone() });
        }
        self.progress(&id, group.as_deref(), fate, is_voice);
    }

    /// Plans the statuses of a message that has arrived.
    fn progress(&mut self, id: &str, group: Option<&str>, fate: Fate, is_voice: bool) {
        let usual = self.behavior.status_delays;
        let delays = if let Fate::ArrivesWith(delays) = fate { delays } else { usual };
        let raise = |state| match group {
            Some(group) => Task::RaiseInGroup { group: group.to_owned(), message: id.to_owned(), state },
            None => Task::Raise { message: id.to_owned(), state },
        };
        let sent = if fate == Fate::StatusFirst { Duration::ZERO } else { delays.sent };
        let delivered = sent + delays.delivered;
        let read = delays.read.map(|read| delivered + read);
        if fate == Fate::StatusFirst {
            self.carry_out(raise(DeliveryState::Sent));
            self.flush();
        } else {
            self.plan_in(sent, raise(DeliveryState::Sent));
        }
        self.plan_in(delivered, raise(DeliveryState::Delivered));
        if let Some(read) = read {
            self.plan_in(read, raise(DeliveryState::Read));
        }
        if let Some(played) = delays.played.filter(|_| is_voice) {
            self.plan_in(read.unwrap_or(delivered) + played, raise(DeliveryState::Played));
        }
    }

    /// Tells the webhook of a status.
    fn tell(&mut self, told: &Told<'_>) {
        let now = self.now();
        let Told { number, user, message, state, kind, callback_data, by_phone } = *told;
        self.record(TimelineEventKind::Status { user, message: message.to_owned(), state });
        let Some(person) = self.sighting(user, now) else { return };
        let status = payload::Status { id: message, state, at: now, kind, callback_data, by_phone };
        let business = &self.account.number(number).business;
        let value = payload::status(business, &person, &status, self.behavior.conversations);
        self.publish(Update {
            about: vec![WebhookSubject::Status { user, message: message.to_owned(), state }],
            lane: Lane::Message(message.to_owned()),
            field: payload::MESSAGES.to_owned(),
            value,
            future: false,
        });
    }
}

/// A status to be told.
#[derive(Debug)]
struct Told<'a> {
    number: NumberId,
    user: EmulatedUserId,
    message: &'a str,
    state: DeliveryState,
    /// The message's type.
    kind: &'a str,
    callback_data: Option<&'a str>,
    by_phone: bool,
}
