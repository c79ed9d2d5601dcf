//! Handoff of a conversation to an operator.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Hands the conversation over to an operator, a person of the business.
///
/// The engine does not run the agent until the handoff ends. Messages that arrive meanwhile are in the history of the next run.
///
/// ```
/// use std::time::Duration;
/// use waxwing_agent::{HumanHandoff, Reply};
///
/// let reply = Reply::text("Bea will help you.").with_handoff(HumanHandoff::for_duration(Duration::from_hours(4)));
/// assert_eq!(reply.handoff().and_then(|handoff| handoff.duration), Some(Duration::from_hours(4)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HumanHandoff {
    /// Longest duration of the handoff. An operator or the user can end the handoff earlier. `None` means that it lasts until then.
    pub duration: Option<Duration>,
}

impl HumanHandoff {
    /// Creates a handoff that lasts until an operator or the user resumes the agent.
    pub const fn until_resumed() -> Self {
        Self { duration: None }
    }

    /// Creates a handoff that ends after this duration at the latest.
    pub const fn for_duration(duration: Duration) -> Self {
        Self { duration: Some(duration) }
    }
}
