//! Webhooks that wait to be posted.
//!
//! Each lane is carried by one task, letter by letter, so what is in one lane arrives in order; lanes overtake each other freely.
//! A user's messages share a lane, and so do the statuses of one message.

use std::collections::{HashMap, VecDeque};
use std::time::SystemTime;

use bytes::Bytes;
use serde_json::Value;

use super::World;
use crate::message::DeliveryState;
use crate::timeline::{EmulatedUserId, TimelineEventKind, WebhookSubject};

/// Letters in one lane from which on a test's users wait before they write more.
pub(crate) const LANE: usize = 1_000;

/// A queue of letters that arrive in order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Lane {
    /// What a user writes.
    User(EmulatedUserId),
    /// The statuses of a message.
    Message(String),
    /// Account-level fields.
    Fields,
    /// Everything, while updates are gathered.
    Batches,
}

/// One thing to tell the webhook: an item of one change.
#[derive(Debug, Clone)]
pub(crate) struct Update {
    /// What it tells; several where one item tells of several people.
    pub(crate) about: Vec<WebhookSubject>,
    pub(crate) lane: Lane,
    /// The webhook field.
    pub(crate) field: String,
    pub(crate) value: Value,
    /// Every object in it bears an unknown key.
    pub(crate) future: bool,
}

/// One webhook.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    pub(crate) about: Vec<WebhookSubject>,
    /// The body, byte for byte the same in each attempt.
    pub(crate) body: Bytes,
    /// When it was put into the post.
    pub(crate) since: SystemTime,
    /// Attempts that do not reach the server.
    pub(crate) dropped: u32,
    /// Attempts whose answers do not reach Meta.
    pub(crate) unheard: u32,
}

/// All lanes that have letters or a task.
#[derive(Debug, Default)]
pub(crate) struct Mail {
    lanes: HashMap<Lane, VecDeque<Letter>>,
}

impl Mail {
    /// True if the lane is new and needs a task.
    pub(crate) fn push(&mut self, lane: Lane, letter: Letter) -> bool {
        let is_new = !self.lanes.contains_key(&lane);
        self.lanes.entry(lane).or_default().push_back(letter);
        is_new
    }

    /// The next letter of a lane; none closes it, and its task must end.
    pub(crate) fn next(&mut self, lane: &Lane) -> Option<Letter> {
        let letter = self.lanes.get_mut(lane)?.pop_front();
        if letter.is_none() {
            self.lanes.remove(lane);
        }
        letter
    }

    pub(crate) fn has_room(&self, lane: &Lane) -> bool {
        self.lanes.get(lane).is_none_or(|letters| letters.len() < LANE)
    }

    /// Nothing is in the lane and nobody carries what was.
    pub(crate) fn is_idle(&self, lane: &Lane) -> bool {
        !self.lanes.contains_key(lane)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }
}

impl World {
    /// Writes down one attempt. An acknowledged message of a user counts as delivered.
    pub(crate) fn attempted(&mut self, letter: &Letter, attempt: u32, status: Option<u16>) {
        for about in letter.about.clone() {
            if let (WebhookSubject::Message { message, .. }, Some(200)) = (&about, status)
                && let Some(entry) = self.message_mut(message)
            {
                entry.message.state = entry.message.state.max(DeliveryState::Delivered);
            }
            self.record(TimelineEventKind::WebhookAttempt { subject: about, attempt, status });
        }
    }

    /// Writes down that a webhook is lost.
    pub(crate) fn gave_up(&mut self, about: Vec<WebhookSubject>) {
        for about in about {
            self.record(TimelineEventKind::WebhookAbandoned { subject: about });
        }
    }
}
