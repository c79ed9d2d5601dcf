//! Receipt of a message, for the trace of its turn.

use std::time::SystemTime;

use waxwing_store::Origin;

/// The wait of a message in the inbox.
pub(super) struct Receipt {
    /// Meta's `type` of the message.
    pub(super) kind: String,
    pub(super) origin: Origin,
    pub(super) received_at: SystemTime,
    /// Time at which the turn began to handle the message.
    pub(super) taken_at: SystemTime,
}
