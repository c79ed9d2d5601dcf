//! What the business does.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::library::Origin;
use super::people::Entry;
use super::{Effect, Lane, Letter, NumberId, World};
use crate::escape;
use crate::message::{Content, Media, Message, Party, State};
use crate::rules::address::To;
use crate::rules::message::{Draft, MediaDraft, Receipt, Send, Source};
use crate::rules::{GraphError, Rule, media};
use crate::timeline::{EventKind, Subject, UserId};
use crate::webhook::payload;

/// What becomes of an accepted message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Arrives,
    Fails { code: u32 },
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
    pub(crate) user: UserId,
    pub(crate) draft: Draft,
    reply_to: Option<String>,
    callback_data: Option<String>,
    by_phone: bool,
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
        self.account.went(number, user, now);
        let prepared = Prepared { id: id.clone(), user, draft, reply_to, callback_data, by_phone };
        self.on_their_way += 1;
        match (fate, link) {
            (Fate::Fails { code }, _) => self.effects.push(Effect::Lose { prepared, code }),
            (Fate::Arrives, Some(link)) => self.effects.push(Effect::Fetch { prepared, link }),
            (Fate::Arrives, None) => self.arrive(prepared, file),
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
            self.effects.push(Effect::Lose { prepared, code: error.code });
            return;
        }
        let (id, now) = (self.ids.media(), self.now());
        self.library.add(id.clone(), bytes.clone(), mime_type, Origin::Link, "", now);
        self.arrive(prepared, Some((id, mime_type.to_owned(), bytes)));
    }

    /// An accepted message will never arrive.
    pub(crate) fn lose(&mut self, prepared: Prepared, code: u32) {
        self.on_their_way = self.on_their_way.saturating_sub(1);
        let state = State::Failed { code };
        let Prepared { id, user, callback_data, by_phone, .. } = prepared;
        self.mail_status(user, id, state, callback_data.as_deref(), by_phone);
    }

    /// The message has gone through its usual states.
    pub(crate) fn arrived(&mut self) {
        self.on_their_way = self.on_their_way.saturating_sub(1);
    }

    /// Brings a message of the business to `target`, through all states between. Does nothing if it is there already.
    pub(crate) fn raise(&mut self, id: &str, target: State) {
        while let Some((person, entry)) = self.message(id) {
            let next = match entry.message.state {
                State::Accepted => State::Sent,
                State::Sent => State::Delivered,
                State::Delivered => State::Read,
                State::Read | State::Failed { .. } => return,
            };
            if next > target || entry.message.from == Party::User {
                return;
            }
            let (user, callback_data, by_phone) = (person.id, entry.callback_data.clone(), entry.by_phone);
            if next == State::Delivered && self.waits(user, id) {
                return;
            }
            if let Some(entry) = self.message_mut(id) {
                entry.message.state = next;
            }
            self.mail_status(user, id.to_owned(), next, callback_data.as_deref(), by_phone);
        }
    }

    /// Whether a message has to wait until its user's phone is on.
    fn waits(&mut self, user: UserId, id: &str) -> bool {
        let Some(person) = self.person_mut(user).filter(|person| !person.is_online) else { return false };
        if !person.undelivered.iter().any(|waiting| waiting == id) {
            person.undelivered.push(id.to_owned());
        }
        true
    }

    /// The business has read a message and all before it, and perhaps is typing.
    pub(crate) fn receipt(&mut self, receipt: &Receipt) -> Result<(), GraphError> {
        let unknown = || GraphError::because(Rule::ReceiptOf, "message_id: no such message of a user");
        let now = self.now();
        let (person, entry) = self.message(&receipt.message_id).ok_or_else(unknown)?;
        if entry.message.from != Party::User {
            return Err(unknown());
        }
        let days = self.account.rules.limit(Rule::ReceiptAge) as u64;
        if now.duration_since(entry.message.at).unwrap_or_default() > Duration::from_hours(24 * days) {
            return Err(GraphError::because(Rule::ReceiptAge, "message_id: the message is older than 30 days"));
        }
        let (user, order) = (person.id, entry.order);
        let person = self.person_mut(user).ok_or_else(unknown)?;
        // What stands before a message that was read before was read with it.
        for entry in person.chat.sent_up_to_mut(order).rev().take_while(|entry| entry.message.state < State::Read) {
            entry.message.state = State::Read;
        }
        if receipt.typing {
            person.typing += 1;
        }
        self.record(EventKind::BusinessRead { user, message: receipt.message_id.clone() });
        if receipt.typing {
            self.record(EventKind::BusinessTyping { user });
        }
        Ok(())
    }

    fn arrive(&mut self, prepared: Prepared, file: Option<(String, String, Bytes)>) {
        let Prepared { id, user, draft, reply_to, callback_data, by_phone } = prepared;
        let content = match (draft, file) {
            (Draft::Text(text), _) => Content::Text(text),
            (Draft::Other { kind, body, .. }, _) => Content::Other { kind, body },
            (Draft::Media(MediaDraft { kind, caption, filename, voice, .. }), file) => {
                let (id, mime_type, bytes) = file.expect("a medium arrives with its bytes");
                Content::Media(Media { kind, id, mime_type, bytes, caption, filename, voice })
            }
        };
        let message = Message {
            id: id.clone(),
            from: Party::Business,
            at: self.now(),
            content,
            reply_to,
            state: State::Accepted,
        };
        self.append(user, Entry { order: 0, message, callback_data, by_phone, webhook: None });
        self.record(EventKind::BusinessSaid { user, message: id.clone() });
        self.effects.push(Effect::Progress { message: id });
    }

    fn mail_status(
        &mut self,
        user: UserId,
        message: String,
        state: State,
        callback_data: Option<&str>,
        by_phone: bool,
    ) {
        let now = self.now();
        self.record(EventKind::Status { user, message: message.clone(), state });
        let Some(person) = self.person(user) else { return };
        let value = payload::status(&self.business, person, &message, state, now, callback_data, by_phone);
        let body = Bytes::from(escape::to_bytes(&value));
        let about = Subject::Status { user, message: message.clone(), state };
        self.post(Lane::Message(message), Letter { about, body, since: now });
    }
}
