//! Handoff of a conversation to an operator.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Hands the conversation over to an operator, a person of the business.
///
/// The engine does not run the agent until the handoff ends. Messages that arrive meanwhile are in the history of the next run. The user sees
/// neither the reason nor the summary. `Debug` output contains neither.
///
/// ```
/// use std::time::Duration;
/// use waxwing_agent::{HumanHandoff, Reply};
///
/// let handoff = HumanHandoff::for_duration(Duration::from_hours(4))
///     .with_reason("refund above 100 EUR")
///     .with_summary("Ana returned order 17 and waits for 120 EUR.");
/// let reply = Reply::text("Bea will help you.").with_handoff(handoff);
/// assert_eq!(reply.handoff().and_then(|handoff| handoff.duration), Some(Duration::from_hours(4)));
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HumanHandoff {
    /// Longest duration of the handoff. An operator or the user can end the handoff earlier. `None` means that it lasts until then.
    pub duration: Option<Duration>,
    /// Reason for the operators, in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Summary of the conversation for the operators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

impl HumanHandoff {
    /// Creates a handoff that lasts until an operator or the user resumes the agent.
    pub const fn until_resumed() -> Self {
        Self { duration: None, reason: None, summary: None }
    }

    /// Creates a handoff that ends after this duration at the latest.
    pub const fn for_duration(duration: Duration) -> Self {
        Self { duration: Some(duration), reason: None, summary: None }
    }

    /// Sets the reason. An empty text is no reason.
    pub fn with_reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into()).filter(|reason| !reason.trim().is_empty());
        self
    }

    /// Sets the summary. An empty text is no summary.
    pub fn with_summary(mut self, summary: impl Into<String>) -> Self {
        self.summary = Some(summary.into()).filter(|summary| !summary.trim().is_empty());
        self
    }
}

impl fmt::Debug for HumanHandoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HumanHandoff")
            .field("duration", &self.duration)
            .field("has_reason", &self.reason.is_some())
            .field("has_summary", &self.summary.is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_kept_and_not_shown() {
        let handoff = HumanHandoff::until_resumed().with_reason("secret").with_summary(" ");
        assert_eq!((handoff.reason.as_deref(), handoff.summary.as_deref()), (Some("secret"), None));
        assert!(!format!("{handoff:?}").contains("secret"), "{handoff:?}");
        let stored = serde_json::to_string(&handoff).unwrap();
        assert_eq!(serde_json::from_str::<HumanHandoff>(&stored).unwrap(), handoff);
        assert_eq!(serde_json::from_str::<HumanHandoff>("{\"duration\":null}").unwrap(), HumanHandoff::until_resumed());
    }
}
