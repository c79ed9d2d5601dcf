//! Updates that webhooks deliver.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::webhook_queues::QueueKey;
use crate::fault::FaultId;
use crate::message::DeliveryState;
use crate::payload;
use crate::timeline::{EmulatedUserId, WebhookSubject};

/// Update for the webhook: an item of one change.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookUpdate {
    /// Subjects of the update. The status of a group message has one subject for each participant.
    pub(crate) subjects: Vec<WebhookSubject>,
    pub(crate) queue: QueueKey,
    /// Webhook field.
    pub(crate) field: String,
    pub(crate) value: Value,
    /// Status, message type or field, by which a fault selects updates.
    pub(crate) kind: String,
    /// Whether every object gets an unknown field.
    pub(crate) has_unknown_fields: bool,
}

impl WebhookUpdate {
    /// Returns the update for a message of a user. `kind` is the message type.
    pub(crate) fn message(user: EmulatedUserId, message: &str, kind: &str, value: Value) -> Self {
        Self {
            subjects: vec![WebhookSubject::Message { user, message: message.to_owned() }],
            queue: QueueKey::User(user),
            field: payload::MESSAGES.to_owned(),
            value,
            kind: kind.to_owned(),
            has_unknown_fields: false,
        }
    }

    /// Returns the update for a status of a message of the business, for one or several users.
    pub(crate) fn status(users: &[EmulatedUserId], message: &str, state: DeliveryState, value: Value) -> Self {
        let subject =
            |user: &EmulatedUserId| WebhookSubject::Status { user: *user, message: message.to_owned(), state };
        Self {
            subjects: users.iter().map(subject).collect(),
            queue: QueueKey::Message(message.to_owned()),
            field: payload::MESSAGES.to_owned(),
            value,
            kind: state.name().to_owned(),
            has_unknown_fields: false,
        }
    }
}

/// Faults on the delivery of an update.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct DeliveryFaults {
    /// Last fault that took effect.
    pub(super) fault: Option<FaultId>,
    pub(super) copies: u32,
    /// Number of the latest updates that are posted again in one webhook.
    pub(super) regroup: usize,
    pub(super) dropped_attempts: u32,
    pub(super) lost_responses: u32,
}
