//! Groups.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/groups>

use std::collections::BTreeMap;

use serde_json::json;

use super::mail::{Lane, Update};
use super::people::Entry;
use super::{Prepared, World};
use crate::action::{ActionError, ActionOutcome};
use crate::message::{ChatMessage, DeliveryState};
use crate::rules::{GraphError, Rule};
use crate::timeline::{EmulatedUserId, TimelineEventKind, WebhookSubject};
use crate::webhook::payload;

/// Most participants besides the business. cloud-api 4.6 (Meta: groups).
const PARTICIPANTS: usize = 8;
/// Most groups of a number. cloud-api 4.6 (Meta: groups).
const GROUPS: usize = 10_000;

/// A group chat with the business in it.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) subject: String,
    pub(crate) participants: Vec<EmulatedUserId>,
}

/// All groups by their ids.
pub(crate) type Groups = BTreeMap<String, Group>;

impl World {
    pub(super) fn create_group(
        &mut self,
        id: Option<String>,
        subject: String,
        participants: Vec<EmulatedUserId>,
    ) -> Result<ActionOutcome, ActionError> {
        let id = id.unwrap_or_else(|| self.ids.group());
        let refuse = |why: &str| Err(ActionError(why.to_owned()));
        if participants.is_empty() || participants.len() > PARTICIPANTS {
            return refuse("a group has 1 to 8 participants");
        }
        if self.groups.len() >= GROUPS {
            return refuse("there are too many groups");
        }
        if self.groups.contains_key(&id) {
            return refuse("there is such a group");
        }
        self.groups.insert(id.clone(), Group { subject, participants });
        Ok(ActionOutcome { id: Some(id), ..ActionOutcome::default() })
    }

    pub(super) fn is_participant(&self, group: &str, user: EmulatedUserId) -> bool {
        self.groups.get(group).is_some_and(|group| group.participants.contains(&user))
    }

    /// The first participant of a group, if there is such a group.
    pub(super) fn check_group(&self, group: &str) -> Result<EmulatedUserId, GraphError> {
        let participants = self.groups.get(group).map(|group| &group.participants);
        let first = participants.and_then(|users| users.first());
        first.copied().ok_or_else(|| GraphError::broken(Rule::UnknownGroup))
    }

    /// A message reaches all participants.
    pub(super) fn arrive_in_group(&mut self, group: &str, message: &ChatMessage, callback_data: Option<&str>) {
        let participants = self.groups.get(group).map(|group| group.participants.clone()).unwrap_or_default();
        for user in participants {
            let entry = Entry { callback_data: callback_data.map(str::to_owned), ..Entry::new(message.clone()) };
            self.append(user, entry);
            self.record(TimelineEventKind::BusinessMessage { user, message: message.id.clone() });
        }
    }

    /// Brings a message of a group to a state for all participants who have not reached it, and tells so in one webhook.
    pub(super) fn raise_in_group(&mut self, group: &str, message: &str, state: DeliveryState) {
        let participants = self.groups.get(group).map(|group| group.participants.clone()).unwrap_or_default();
        let mut ready = Vec::new();
        for user in participants {
            let is_behind = self.in_chat(user, message).is_some_and(|entry| entry.message.state < state);
            if is_behind && (state < DeliveryState::Delivered || !self.waits(user, message)) {
                ready.push(user);
            }
        }
        self.tell_group(group, message, state, &ready);
    }

    /// A message in the chat of one of those who have it.
    pub(super) fn in_chat(&self, user: EmulatedUserId, message: &str) -> Option<&Entry> {
        self.person(user)?.chat.entries().rev().find(|entry| entry.message.id == message)
    }

    /// One status per participant, several in one payload. cloud-api 3.4 (Meta: statuses).
    pub(super) fn tell_group(&mut self, group: &str, message: &str, state: DeliveryState, users: &[EmulatedUserId]) {
        let now = self.now();
        let (mut items, mut contacts, mut about) = (Vec::new(), Vec::new(), Vec::new());
        for user in users {
            let Some(person) = self.sighting(*user, now) else { continue };
            let Some(entry) = self.person_mut(*user).and_then(|person| person.chat.find_mut(message)) else { continue };
            entry.message.state = state;
            let status = payload::Status {
                id: message,
                state,
                at: now,
                kind: entry.message.content.kind(),
                callback_data: entry.callback_data.as_deref(),
                by_phone: false,
            };
            items.push(payload::group_status(group, &person, &status));
            contacts.push(payload::contact(&person, person.visible_phone(), state >= DeliveryState::Delivered));
            about.push(WebhookSubject::Status { user: *user, message: message.to_owned(), state });
            self.record(TimelineEventKind::Status { user: *user, message: message.to_owned(), state });
        }
        if items.is_empty() {
            return;
        }
        let value = payload::value(&self.business, json!({ "statuses": items, "contacts": contacts }));
        let (lane, field) = (Lane::Message(message.to_owned()), payload::MESSAGES.to_owned());
        self.publish(Update { about, lane, field, value, future: false });
    }

    /// A message to a group that never arrives.
    pub(super) fn fail_in_group(&mut self, group: &str, prepared: &Prepared, state: DeliveryState) {
        let Prepared { id, user, draft, callback_data, .. } = prepared;
        let status = payload::Status {
            id,
            state,
            at: self.now(),
            kind: draft.kind(),
            callback_data: callback_data.as_deref(),
            by_phone: false,
        };
        let value = payload::value(&self.business, json!({ "statuses": [payload::group_failure(group, &status)] }));
        let about = vec![WebhookSubject::Status { user: *user, message: id.clone(), state }];
        self.record(TimelineEventKind::Status { user: *user, message: id.clone(), state });
        let (lane, field) = (Lane::Message(id.clone()), payload::MESSAGES.to_owned());
        self.publish(Update { about, lane, field, value, future: false });
    }
}
