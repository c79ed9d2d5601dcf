//! Collection of the problems of a file.

use crate::position::{KeyPositions, Position};
use crate::problem::{ConfigProblem, InvalidConfig};
use crate::substitution::Substitutions;

/// Collects errors and warnings with their positions.
pub(crate) struct ProblemReport<'a> {
    positions: &'a KeyPositions,
    substitutions: &'a Substitutions,
    errors: Vec<(Position, ConfigProblem)>,
    warnings: Vec<(Position, ConfigProblem)>,
}

impl<'a> ProblemReport<'a> {
    /// Creates a report with an error for each missing environment variable.
    pub(crate) fn new(positions: &'a KeyPositions, substitutions: &'a Substitutions) -> Self {
        let mut report = Self { positions, substitutions, errors: Vec::new(), warnings: Vec::new() };
        for (path, reason) in substitutions.failures() {
            report.error(path, reason);
        }
        for (path, reason) in substitutions.warnings() {
            report.warning(path, reason);
        }
        report
    }

    /// Returns the number of errors so far.
    pub(crate) fn errors(&self) -> usize {
        self.errors.len()
    }

    /// Adds an error of a value. A missing key is reported at the table around it.
    pub(crate) fn error(&mut self, path: &str, message: impl Into<String>) {
        self.errors.push(self.problem(self.positions.value(path), path, message.into()));
    }

    /// Adds an error of a key.
    pub(crate) fn key_error(&mut self, path: &str, message: impl Into<String>) {
        self.errors.push(self.problem(self.positions.key(path), path, message.into()));
    }

    /// Adds a warning about a key.
    pub(crate) fn warning(&mut self, path: &str, message: impl Into<String>) {
        self.warnings.push(self.problem(self.positions.key(path), path, message.into()));
    }

    fn problem(&self, position: Position, path: &str, message: String) -> (Position, ConfigProblem) {
        let message = self.substitutions.masked(message);
        (position, ConfigProblem { place: self.positions.place(position), path: path.to_owned(), message })
    }

    /// Returns the warnings, or the errors if there are any.
    pub(crate) fn finish(self) -> Result<Vec<ConfigProblem>, InvalidConfig> {
        let sorted = |mut problems: Vec<(Position, ConfigProblem)>| {
            problems.sort_by_key(|(position, _)| *position);
            problems.into_iter().map(|(_, problem)| problem).collect()
        };
        if self.errors.is_empty() { Ok(sorted(self.warnings)) } else { Err(InvalidConfig::new(sorted(self.errors))) }
    }
}
