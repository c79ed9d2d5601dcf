//! Decision of a guardrail.

use crate::reply::Reply;

/// The decision of a guardrail on a turn or a reply.
///
/// `Debug` output does not contain the text of a refusal.
///
/// ```
/// use waxwing_agent::guardrail::GuardrailDecision;
///
/// assert_ne!(GuardrailDecision::refuse("Not here."), GuardrailDecision::refuse_silently());
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum GuardrailDecision {
    /// Lets the turn or the reply pass.
    Pass,
    /// Lets the turn or the reply pass, and raises a flag with this reason. The reason is logged and must not contain personal data.
    Flag(String),
    /// Stops the turn or the reply. The user gets this reply instead, or no message if the reply is empty. A refused turn does not reach
    /// the agent.
    Refuse(Reply),
}

impl GuardrailDecision {
    /// Creates a refusal. The user gets `reply`.
    pub fn refuse(reply: impl Into<Reply>) -> Self {
        Self::Refuse(reply.into())
    }

    /// Creates a refusal without a message to the user.
    pub fn refuse_silently() -> Self {
        Self::Refuse(Reply::none())
    }
}
