//! Planned delivery of an accepted message.

use std::time::Duration;

use crate::behavior::StatusDelays;

/// Planned delivery of an accepted message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeliveryPlan {
    /// Delivers the message with the delays of the behavior.
    Normal,
    /// Delivers the message with other delays.
    WithDelays(StatusDelays),
    /// Delivers the message and posts `sent` before the response to the send.
    StatusFirst,
    /// Never delivers the message.
    Fail {
        code: u32,
        /// Delay from `sent` to `failed`. `None` posts `failed` without `sent`.
        after_sent: Option<Duration>,
    },
}
