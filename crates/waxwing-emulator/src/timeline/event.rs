//! Events of the timeline.

use std::fmt;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::message::DeliveryState;
use crate::rules::Rule;
use crate::unix_time;

/// Event of the timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TimelineEvent {
    /// Sequence number, starting at 1.
    pub seq: u64,
    /// Time of the event, by the emulator's clock.
    #[serde(with = "unix_time")]
    pub at: SystemTime,
    /// Kind of event.
    #[serde(rename = "event")]
    pub kind: TimelineEventKind,
}

/// Id of an emulated user within one run of the emulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EmulatedUserId(pub(crate) u32);

impl fmt::Display for EmulatedUserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Kind of a [`TimelineEvent`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TimelineEventKind {
    /// An emulated user was created.
    Joined {
        /// New user.
        user: EmulatedUserId,
    },
    /// A user sent a message to the business.
    UserMessage {
        /// Sender.
        user: EmulatedUserId,
        /// Message id.
        message: String,
    },
    /// A message of the business appeared in the user's chat.
    BusinessMessage {
        /// Recipient.
        user: EmulatedUserId,
        /// Message id.
        message: String,
    },
    /// A call of the business was refused, by a rule or by a [`FaultEffect`](crate::FaultEffect).
    Refused {
        /// Known user whom the message should have reached; `None` for other calls.
        user: Option<EmulatedUserId>,
        /// Id of the group that the message should have reached.
        group: Option<String>,
        /// Meta's error code; 0 if the response had none.
        code: u32,
        /// HTTP status; 0 if the connection was dropped.
        http: u16,
        /// Violated rule; `None` for a fault.
        rule: Option<Rule>,
        /// Details of the error, if the response had some.
        details: Option<String>,
    },
    /// The business marked a user's messages as read.
    BusinessRead {
        /// Sender of the messages.
        user: EmulatedUserId,
        /// Id of the newest message that was marked as read.
        message: String,
    },
    /// The business showed a typing indicator.
    BusinessTyping {
        /// User who sees the indicator.
        user: EmulatedUserId,
    },
    /// A user deleted a chat on the phone. The messages that arrived before are no longer shown.
    ChatDeleted {
        /// User.
        user: EmulatedUserId,
        /// `phone_number_id` of the business number in the chat. `None` for a group.
        number: Option<String>,
        /// Id of the group, for the chat of a group.
        group: Option<String>,
    },
    /// A message of the business reached a new delivery state. The status webhook is queued.
    Status {
        /// User in whose chat the message is.
        user: EmulatedUserId,
        /// Message id.
        message: String,
        /// New delivery state.
        state: DeliveryState,
    },
    /// A flow on the phone of a user shows a screen or an error, or is completed.
    Flow {
        /// User who has opened the flow.
        user: EmulatedUserId,
        /// Message that opened the flow.
        message: String,
        /// Id of the screen that the user sees.
        screen: Option<String>,
        /// `open`, `completed` or `failed`.
        state: String,
    },
    /// A webhook was posted.
    WebhookAttempt {
        /// Subject of the webhook.
        subject: WebhookSubject,
        /// Number of the attempt, starting at 1.
        attempt: u32,
        /// HTTP status of the response; `None` if there was no response.
        status: Option<u16>,
    },
    /// A webhook was abandoned without an acknowledgement, as Meta does after seven days.
    WebhookAbandoned {
        /// Subject of the webhook.
        subject: WebhookSubject,
    },
}

/// Subject of a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WebhookSubject {
    /// Message of a user.
    Message {
        /// Sender.
        user: EmulatedUserId,
        /// Message id.
        message: String,
    },
    /// Status of a message of the business.
    Status {
        /// User in whose chat the message is.
        user: EmulatedUserId,
        /// Message id.
        message: String,
        /// Delivery state that the status reports.
        state: DeliveryState,
    },
    /// Any other webhook field, such as an account field, a message echo or a call.
    Field {
        /// Name of the webhook field.
        field: String,
        /// Sequence number among all subjects of this kind, starting at 1.
        number: u64,
    },
}

impl WebhookSubject {
    /// Returns the user whom the webhook concerns.
    pub(crate) fn user(&self) -> Option<EmulatedUserId> {
        match self {
            Self::Message { user, .. } | Self::Status { user, .. } => Some(*user),
            Self::Field { .. } => None,
        }
    }

    /// Returns the id of the message that the webhook concerns.
    pub(crate) fn message(&self) -> Option<&str> {
        match self {
            Self::Message { message, .. } | Self::Status { message, .. } => Some(message),
            Self::Field { .. } => None,
        }
    }

    /// Returns a unique key, which is the same in each run with the same seed.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Message { message, .. } => message.clone(),
            Self::Status { user, message, state } => format!("{message} {user} {}", state.name()),
            Self::Field { field, number } => format!("{field} {number}"),
        }
    }
}
