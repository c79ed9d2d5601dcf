//! Human handoffs over time.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::error::Error;

/// Result of [`HandoffStore::record_due_handoffs`].
///
/// ```
/// use waxwing_store::DueHandoffs;
///
/// assert_eq!(DueHandoffs::default().next_in, None);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DueHandoffs {
    /// Number of handoffs that are over, and of those that nobody has answered.
    pub recorded: usize,
    /// Time until the next one is due, as far as it is known now.
    pub next_in: Option<Duration>,
}

/// Records the events of human handoffs that no message causes.
#[async_trait]
pub trait HandoffStore: Send + Sync + fmt::Debug {
    /// Ends the handoffs whose time is over, with the event `handoff.ended`, and records the event `handoff.unanswered` once for each handoff
    /// that the agent or the user asked for at least `reminder` ago, or whose time is over, and that nobody has answered: no operator, nobody in the
    /// Business app, and no other app. `None` records no such event. At most `limit` handoffs of each sort are examined.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn record_due_handoffs(&self, reminder: Option<Duration>, limit: usize) -> Result<DueHandoffs, Error>;
}
