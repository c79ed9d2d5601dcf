//! Results of checks.

use serde::Serialize;

use crate::output::print_line;

/// Result of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// Subject of the check.
    pub(crate) check: &'static str,
    pub(crate) level: Level,
    /// Facts that the check found.
    pub(crate) found: String,
    /// Command or click that repairs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fix: Option<String>,
}

/// Weight of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Level {
    /// All is well.
    Ok,
    /// Messages are answered, and something needs attention.
    Warning,
    /// Messages are not answered, or not sent.
    Error,
}

impl Finding {
    /// Creates a finding without a fault.
    pub(crate) fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, level: Level::Ok, found: found.into(), fix: None }
    }

    /// Creates a finding that needs attention.
    pub(crate) fn warning(check: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { check, level: Level::Warning, found: found.into(), fix: Some(fix.into()) }
    }

    /// Creates a finding because of which messages are not answered.
    pub(crate) fn error(check: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { level: Level::Error, ..Self::warning(check, found, fix) }
    }
}

/// Prints a finding, with its repair in a second line.
pub(crate) fn print(finding: &Finding) {
    for (nth, line) in finding.found.lines().enumerate() {
        match nth {
            0 => print_line!("{}  {}: {line}", finding.level.mark(), finding.check),
            _ => print_line!("         {line}"),
        }
    }
    if let Some(fix) = &finding.fix {
        print_line!("         To do: {fix}");
    }
}

impl Level {
    /// Returns the mark of a line.
    fn mark(self) -> &'static str {
        match self {
            Self::Ok => "ok     ",
            Self::Warning => "warning",
            Self::Error => "ERROR  ",
        }
    }
}
