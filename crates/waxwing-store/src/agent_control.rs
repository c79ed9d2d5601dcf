//! Control over whether agents run.

use std::fmt;

use async_trait::async_trait;

use crate::{Error, Timestamp};

/// Pauses all agents, and reports the costs that can stop them.
#[async_trait]
pub trait AgentControlStore: Send + Sync + fmt::Debug {
    /// Pauses or resumes all agents. The pause outlives the process. A repeated pause keeps the time of the first one.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn set_agents_paused(&self, is_paused: bool) -> Result<(), Error>;

    /// Returns the time since which all agents are paused. `None` if they run.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn agents_paused_since(&self) -> Result<Option<Timestamp>, Error>;

    /// Returns the sum of the costs of this day (UTC) over all conversations; see [`TurnCost`].
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn cost_today(&self) -> Result<f64, Error>;
}

/// Cost of a turn, which a commit adds to the cost of its conversation on this day (UTC).
///
/// ```
/// use waxwing_store::TurnCost;
///
/// let cost = TurnCost { amount: 0.02, ..TurnCost::default() };
/// assert!(!cost.tells_limit);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct TurnCost {
    /// Amount in the currency of the caller, not negative.
    pub amount: f64,
    /// True if the turn tells the user that the limit of the day is reached.
    pub tells_limit: bool,
}

/// Cost of a conversation on one day (UTC).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ConversationCost {
    /// Sum of the committed amounts.
    pub today: f64,
    /// True if a turn of this day has told the user that the limit of the day is reached.
    pub is_limit_told: bool,
}
