//! Faults of webhooks.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::duration_text;
use crate::timeline::WebhookSubject;

/// Group of webhook updates to which a fault applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UpdateFilter {
    /// Messages of users.
    Messages,
    /// Statuses of messages of the business.
    Statuses,
    /// All other fields: account fields, message echoes, preferences, calls.
    Fields,
    /// All updates.
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

/// Effect of a fault on a webhook.
///
/// Updates that must arrive in order share a queue: the messages of one user, or the statuses of one message.
///
/// ```
/// use waxwing_emulator::{Fault, UpdateFilter, WebhookFault};
///
/// let fault = Fault::webhook(UpdateFilter::Messages, WebhookFault::Duplicate { copies: 2 });
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum WebhookFault {
    /// Never posts the webhook.
    Lose,
    /// Drops the first attempts before they reach the server. The redelivery policy repeats them.
    Drop {
        /// Number of dropped attempts.
        attempts: u32,
    },
    /// Loses the responses to the first attempts, so that the redelivery policy repeats an acknowledged webhook.
    LoseResponse {
        /// Number of lost responses.
        attempts: u32,
    },
    /// Posts the webhook again after its acknowledgement, byte for byte.
    Duplicate {
        /// Number of additional posts, at most 16.
        copies: u32,
    },
    /// Delays the webhook by the emulator's clock. Later updates overtake it.
    Delay(#[serde(with = "duration_text")] Duration),
    /// Posts the next update of the same queue first. The webhook is posted after one second if no such update follows.
    Reorder,
    /// Posts the update again in one webhook together with the updates before it, of all queues.
    Regroup {
        /// Number of updates in that webhook, from 2 to 16.
        last: usize,
    },
    /// Removes the recipient and `contacts` from a status.
    Anonymous,
    /// Adds an unknown field to every object of the update.
    UnknownFields,
    /// Ends a text of the update with half of an emoji, which is escaped as a lone surrogate.
    LoneSurrogate,
}
