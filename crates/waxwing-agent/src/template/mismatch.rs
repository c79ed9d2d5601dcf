//! Reasons for which the channel would refuse a template.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Reasons for which the channel would refuse a template. Neither `Display` nor `Debug` output contains a value.
///
/// `Display` says in plain words what to change, for people and for models.
///
/// ```
/// use waxwing_agent::{AgentError, TemplateMismatch, TemplateProblem};
///
/// let problem = TemplateProblem::new("unusable", "cannot be sent: its status is PAUSED");
/// let mismatch = TemplateMismatch::new("order_ready", "en", [problem]);
/// assert_eq!(mismatch.to_string(), "template order_ready (en) cannot be sent: its status is PAUSED");
///
/// let error = AgentError::from(mismatch.clone());
/// assert_eq!(error.template_mismatch(), Some(&mismatch));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TemplateMismatch {
    /// Name of the template.
    pub name: String,
    /// Language code of the template.
    pub language: String,
    /// The reasons, at least one.
    pub problems: Vec<TemplateProblem>,
}

/// Reason for which the channel would refuse a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TemplateProblem {
    /// Kind of the reason for programs, such as `value_count`, `missing_value`, `wrong_value` or `unusable`.
    pub kind: String,
    /// The reason in plain words. It continues a sentence about the template, such as "needs 2 body values, 1 was given".
    pub detail: String,
}

impl TemplateMismatch {
    /// Creates a mismatch of a template with these reasons.
    pub fn new(
        name: impl Into<String>,
        language: impl Into<String>,
        problems: impl IntoIterator<Item = TemplateProblem>,
    ) -> Self {
        Self { name: name.into(), language: language.into(), problems: problems.into_iter().collect() }
    }
}

impl TemplateProblem {
    /// Creates a reason from its kind and the sentence about it.
    pub fn new(kind: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { kind: kind.into(), detail: detail.into() }
    }
}

impl std::error::Error for TemplateMismatch {}

impl fmt::Display for TemplateMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problems: Vec<_> = self.problems.iter().map(|problem| problem.detail.as_str()).collect();
        write!(f, "template {} ({}) {}", self.name, self.language, problems.join("; it "))
    }
}
