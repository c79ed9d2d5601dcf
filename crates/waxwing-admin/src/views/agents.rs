//! State of all agents.

use serde::{Deserialize, Serialize};

/// Whether agents answer, and what they have cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AgentsView {
    /// Time since which all agents are paused, in milliseconds since the Unix epoch. `None` if they answer.
    pub paused_since: Option<i64>,
    /// Cost of all conversations on this day (UTC), in the currency of the prices.
    pub cost_today: f64,
}
