//! Counts of a load test.

use std::fmt;
use std::ops::AddAssign;

use super::delivery_check::DeliveryCheck;
use super::observations::{Observations, Sends};

/// Counts of a load test, over all users.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Messages with a webhook that the server answered with status 200.
    pub acknowledged: usize,
    /// Messages that were answered.
    pub answered: usize,
    /// Messages without a reply and without an allowed reason.
    pub lost: usize,
    /// Messages that were answered more than once although a status of the first reply arrived within the in-doubt window.
    pub duplicated: usize,
    /// Messages that were answered more than once because the status arrived too late or never.
    pub duplicated_late: usize,
    /// Replies that arrived before an earlier reply of the outbox.
    pub out_of_sequence: usize,
    /// Replies that arrived after the reply to a later message of the same user.
    pub out_of_order: usize,
    /// Messages to users that answer none of their messages.
    pub unexpected: usize,
    /// Sends that Meta refused.
    pub refused: usize,
    /// Sends with an unknown outcome that a status resolved.
    pub reconciled: usize,
    /// Sends with an unknown outcome that were repeated.
    pub resent: usize,
    /// Messages without a reply because Meta refused the reply permanently.
    pub abandoned: usize,
    /// Messages that the server dead-lettered with a reason.
    pub dead_letters: usize,
}

impl Report {
    pub(crate) fn new(evidence: &Observations) -> Self {
        let Sends { refused, reconciled, resent } = evidence.sends();
        let dead_letters = evidence.dead_letters();
        Self { refused, reconciled, resent, dead_letters, ..Self::default() }
    }

    pub(crate) fn add(&mut self, verdict: &DeliveryCheck) {
        self.acknowledged += verdict.acknowledged;
        self.answered += verdict.answered;
        self.lost += verdict.lost.len();
        self.duplicated += verdict.duplicated.len();
        self.duplicated_late += verdict.duplicated_late.len();
        self.out_of_sequence += verdict.out_of_sequence.len();
        self.out_of_order += verdict.out_of_order.len();
        self.unexpected += verdict.unexpected.len();
        self.abandoned += verdict.abandoned.len();
    }
}

impl Report {
    /// Returns the counts with their names, in the order of the report.
    fn counts(mut self) -> [(&'static str, usize); 13] {
        self.counts_mut().map(|(what, count)| (what, *count))
    }

    fn counts_mut(&mut self) -> [(&'static str, &mut usize); 13] {
        [
            ("acknowledged", &mut self.acknowledged),
            ("answered", &mut self.answered),
            ("lost", &mut self.lost),
            ("doubled", &mut self.duplicated),
            ("duplicated, status too late", &mut self.duplicated_late),
            ("out of sequence", &mut self.out_of_sequence),
            ("out of turn", &mut self.out_of_order),
            ("strange", &mut self.unexpected),
            ("refused", &mut self.refused),
            ("reconciled by status", &mut self.reconciled),
            ("sent again after the window", &mut self.resent),
            ("given up", &mut self.abandoned),
            ("dead letters", &mut self.dead_letters),
        ]
    }
}

impl AddAssign for Report {
    fn add_assign(&mut self, other: Self) {
        for ((_, count), (_, more)) in self.counts_mut().into_iter().zip(other.counts()) {
            *count += more;
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.counts().map(|(what, count)| format!("{what:<28}{count:>7}"));
        f.write_str(&lines.join("\n"))
    }
}
