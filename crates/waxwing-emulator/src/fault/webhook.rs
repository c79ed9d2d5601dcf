//! Faults of the webhook side.

use std::time::Duration;

use serde::Deserialize;

use crate::span;
use crate::timeline::WebhookSubject;

/// What a webhook tells, as far as faults tell it apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UpdateFilter {
    /// Messages of users.
    Messages,
    /// Statuses of the business's messages.
    Statuses,
    /// Everything else: account-level fields, echoes, preferences, calls.
    Fields,
    /// All of them.
    All,
}

impl UpdateFilter {
    pub(crate) fn includes(self, subject: &WebhookSubject) -> bool {
        match self {
            Self::All => true,
            Self::Messages => matches!(subject, WebhookSubject::Message { .. }),
            Self::Statuses => matches!(subject, WebhookSubject::Status { .. }),
            Self::Fields => matches!(subject, WebhookSubject::Field { .. }),
        }
    }
}

/// What happens to a webhook on its way.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum WebhookFault {
    /// It is never posted.
    Lose,
    /// The first attempts do not reach the server; a later one, after the usual pauses, does.
    Drop {
        /// How many attempts are dropped.
        attempts: u32,
    },
    /// The first attempts reach the server, but its answers do not reach Meta, which posts again.
    LoseResponse {
        /// How many answers are lost.
        attempts: u32,
    },
    /// It is posted again after it was acknowledged, byte for byte.
    Duplicate {
        /// How many times.
        copies: u32,
    },
    /// It is posted this much later by the emulator's clock, overtaken by what comes meanwhile.
    Delay(#[serde(deserialize_with = "span::read")] Duration),
    /// The next one of its lane (the same user's messages, the same message's statuses) is posted first; when none comes within a
    /// second, it goes by itself.
    Reorder,
    /// After it was acknowledged, it comes once more in one webhook together with the ones posted before it, of all lanes.
    Regroup {
        /// How many there are in that webhook, 2 to 16.
        last: usize,
    },
    /// Of statuses: without any `recipient…` and without `contacts`.
    Anonymous,
    /// Every object in it bears a key that nobody knows.
    UnknownFields,
    /// A text in it ends in half of an emoji: an escape that is a lone surrogate.
    LoneSurrogate,
}
