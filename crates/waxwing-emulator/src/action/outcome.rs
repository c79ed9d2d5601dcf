//! Results of actions.

use serde::Serialize;

use crate::fault::FaultId;
use crate::timeline::EmulatedUserId;

/// Result of an [`Action`](crate::Action).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ActionOutcome {
    /// Id of the new message, group, template, flow or media file; of several messages the first.
    pub id: Option<String>,
    /// Ids of the new messages, of an action that sends several.
    pub ids: Vec<String>,
    /// User whom the action concerned.
    pub user: Option<EmulatedUserId>,
    /// Injected fault.
    pub fault: Option<FaultId>,
}

impl ActionOutcome {
    /// Returns the outcome of an action of a user, with the id of the new message.
    pub(crate) fn of_user(user: EmulatedUserId, id: Option<String>) -> Self {
        Self { user: Some(user), id, ..Self::default() }
    }
}

/// Reason why an [`Action`](crate::Action) is not possible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ActionError(String);

impl ActionError {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}
