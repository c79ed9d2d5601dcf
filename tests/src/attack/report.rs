//! Result of an attack.

use std::fmt;

/// Result of an attack.
#[derive(Debug, Clone)]
pub struct AttackReport {
    /// Name of the attack.
    pub name: &'static str,
    /// Promises that were tried during the attack: an answer within five seconds, a refused webhook, a clean exit.
    pub tried: usize,
    /// Promises that the server kept.
    pub survived: usize,
    /// Measured figures.
    pub figures: Vec<String>,
}

impl AttackReport {
    /// Heading of a table of reports.
    pub const HEADING: &str = "attack                        tried  survived  figures";

    pub(super) fn new(name: &'static str) -> Self {
        Self { name, tried: 0, survived: 0, figures: Vec::new() }
    }

    /// Counts a promise.
    pub(super) fn count(&mut self, is_kept: bool) {
        self.tried += 1;
        self.survived += usize::from(is_kept);
    }

    /// Returns true if the server kept every promise.
    pub fn is_survived(&self) -> bool {
        self.tried > 0 && self.tried == self.survived
    }
}

impl fmt::Display for AttackReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, tried, survived, figures } = self;
        write!(f, "{name:<28} {tried:>6} {survived:>9}  {}", figures.join("; "))
    }
}
