//! Flag of a guardrail.

/// A flag: a guardrail let a turn or a reply pass and reports a reason. See [`GuardedAgent::on_flag`](super::GuardedAgent::on_flag).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GuardrailFlag {
    /// Name of the guarded agent.
    pub agent: String,
    /// Name of the guardrail.
    pub guardrail: String,
    /// Reason, without personal data.
    pub reason: String,
    /// True for a turn of the user, false for a reply of the agent.
    pub is_input: bool,
}
