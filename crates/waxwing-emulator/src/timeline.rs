//! What happened, in order.
//!
//! The timeline is the one record of the emulated world: tests read it, expectations wait on it, and the phone page is drawn from
//! it. It is append-only; the oldest events go when it is full.

use std::collections::VecDeque;
use std::fmt;
use std::time::SystemTime;

use serde::{Serialize, Serializer};

use crate::message::DeliveryState;
use crate::rules::Rule;

/// Most events that are kept.
pub(crate) const CAPACITY: usize = 20_000;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TimelineEvent {
    /// Its number, counted from 1.
    pub seq: u64,
    /// When, by the emulator's clock.
    pub at: SystemTime,
    /// What.
    pub kind: TimelineEventKind,
}

/// An emulated user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct EmulatedUserId(pub(crate) u32);

impl fmt::Display for EmulatedUserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TimelineEventKind {
    /// An emulated user came into being.
    Joined {
        /// Who.
        user: EmulatedUserId,
    },
    /// A user wrote to the business.
    UserMessage {
        /// Who.
        user: EmulatedUserId,
        /// The message's id.
        message: String,
    },
    /// The business's message is on the user's phone.
    BusinessMessage {
        /// To whom.
        user: EmulatedUserId,
        /// The message's id.
        message: String,
    },
    /// A send was refused, by a rule or by an [`FaultEffect`](crate::Outcome).
    Refused {
        /// Meta's code; 0 where the answer carried none.
        code: u32,
        /// The HTTP status; 0 where the connection was dropped.
        http: u16,
        /// The rule that it broke; none for a fault.
        #[serde(serialize_with = "rule_name")]
        rule: Option<Rule>,
    },
    /// The business has read a user's messages up to this one.
    BusinessRead {
        /// Whose.
        user: EmulatedUserId,
        /// The last message read.
        message: String,
    },
    /// The business shows that it is typing.
    BusinessTyping {
        /// To whom.
        user: EmulatedUserId,
    },
    /// A message of the business has come further; the status webhook is queued.
    Status {
        /// Whose chat.
        user: EmulatedUserId,
        /// The message's id.
        message: String,
        /// The new state.
        state: DeliveryState,
    },
    /// A webhook was posted once.
    WebhookAttempt {
        /// What it tells.
        subject: WebhookSubject,
        /// 1 for the first time.
        attempt: u32,
        /// The HTTP status; none where there was no answer.
        status: Option<u16>,
    },
    /// A webhook was not acknowledged in time and is lost, as Meta does after seven days.
    WebhookAbandoned {
        /// What it told.
        subject: WebhookSubject,
    },
}

/// What a webhook tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WebhookSubject {
    /// A user's message.
    Message {
        /// Whose.
        user: EmulatedUserId,
        /// The message's id.
        message: String,
    },
    /// A status of a message of the business.
    Status {
        /// Whose chat.
        user: EmulatedUserId,
        /// The message's id.
        message: String,
        /// What it says.
        state: DeliveryState,
    },
    /// Anything else: an account-level field, an echo, a call.
    Field {
        /// The webhook field.
        field: String,
        /// Its number among all of this kind, counted from 1.
        number: u64,
    },
}

/// A rule by its name.
#[expect(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
fn rule_name<S: Serializer>(rule: &Option<Rule>, serializer: S) -> Result<S::Ok, S::Error> {
    rule.map(Rule::name).serialize(serializer)
}

impl WebhookSubject {
    /// Names it among all others, the same in each run under one seed.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Message { message, .. } => message.clone(),
            Self::Status { user, message, state } => format!("{message} {user} {}", state.name()),
            Self::Field { field, number } => format!("{field} {number}"),
        }
    }
}

/// The events that are still kept.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    events: VecDeque<TimelineEvent>,
    last: u64,
}

impl Timeline {
    pub(crate) fn push(&mut self, at: SystemTime, kind: TimelineEventKind) {
        if self.events.len() == CAPACITY {
            self.events.pop_front();
        }
        self.last += 1;
        self.events.push_back(TimelineEvent { seq: self.last, at, kind });
    }

    /// The number of the newest event; 0 before the first.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// The events after number `seq`, oldest first.
    pub(crate) fn after(&self, seq: u64) -> impl DoubleEndedIterator<Item = &TimelineEvent> {
        let skip = self.events.partition_point(|event| event.seq <= seq);
        self.events.range(skip..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_newest_and_counts_on() {
        let mut timeline = Timeline::default();
        for _ in 0..CAPACITY + 5 {
            timeline.push(SystemTime::UNIX_EPOCH, TimelineEventKind::Joined { user: EmulatedUserId(1) });
        }
        let last = timeline.last();
        assert_eq!(last, CAPACITY as u64 + 5);
        assert_eq!(timeline.after(0).next().map(|event| event.seq), Some(6));
        assert_eq!(timeline.after(last - 2).count(), 2);
        assert_eq!(timeline.after(last).count(), 0);
    }
}
