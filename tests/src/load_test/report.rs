//! The report of a trial, in numbers.

use std::fmt;
use std::ops::AddAssign;

use super::delivery_check::DeliveryCheck;
use super::observations::{Observations, Sends};

/// The result of a trial. Messages are those of all users together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Messages whose webhook was answered with 200.
    pub acknowledged: usize,
    /// Those that were answered.
    pub answered: usize,
    /// Those that never were, for no good reason.
    pub lost: usize,
    /// Those that were answered more than once, although a status of the first answer arrived inside the in-doubt window.
    pub duplicated: usize,
    /// Those that were answered more than once because that status came too late, or never.
    pub duplicated_late: usize,
    /// Answers that overtook another one of their conversation, on the way from the outbox to the user.
    pub out_of_sequence: usize,
    /// Answers that came after the answer to a later message of the same user.
    pub out_of_order: usize,
    /// Messages to users that answer none of their messages.
    pub unexpected: usize,
    /// Sends that Meta refused.
    pub refused: usize,
    /// Sends whose fate was unknown and was told by a status.
    pub reconciled: usize,
    /// Sends whose fate stayed unknown and that were made again.
    pub resent: usize,
    /// Messages that were never answered because Meta refused the answer for good.
    pub abandoned: usize,
    /// Messages that no agent could answer and that the server gave up, with a reason.
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
    /// The counts with their names, in the order in which they are read.
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
