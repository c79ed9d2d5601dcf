//! What came of everything, in numbers.

use std::fmt;
use std::ops::AddAssign;

use super::evidence::{Evidence, Sends};
use super::verdict::Verdict;

/// What came of a trial. Messages are those of all users together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Messages whose webhook was answered with 200.
    pub acknowledged: usize,
    /// Those that were answered.
    pub answered: usize,
    /// Those that never were, for no good reason.
    pub lost: usize,
    /// Those that were answered more than once, although a status told of the first answer inside the doubt window.
    pub doubled: usize,
    /// Those that were answered more than once because that status came too late, or never.
    pub late: usize,
    /// Answers that overtook another one of their conversation, on the way from the outbox to the user.
    pub out_of_sequence: usize,
    /// Answers that came after the answer to a later message of the same user.
    pub out_of_turn: usize,
    /// What users got that answers none of their messages.
    pub strange: usize,
    /// Sends that Meta refused.
    pub refused: usize,
    /// Sends whose fate was unknown and was told by a status.
    pub settled_by_status: usize,
    /// Sends whose fate stayed unknown and that were made again.
    pub sent_again: usize,
    /// Messages that were never answered because Meta refused the answer for good.
    pub given_up: usize,
    /// Messages that no agent could answer and that the server gave up, with a reason.
    pub dead_letters: usize,
}

impl Report {
    pub(crate) fn new(evidence: &Evidence) -> Self {
        let Sends { refused, settled_by_status, sent_again } = evidence.sends();
        let dead_letters = evidence.dead_letters();
        Self { refused, settled_by_status, sent_again, dead_letters, ..Self::default() }
    }

    pub(crate) fn add(&mut self, verdict: &Verdict) {
        self.acknowledged += verdict.acknowledged;
        self.answered += verdict.answered;
        self.lost += verdict.lost.len();
        self.doubled += verdict.doubled.len();
        self.late += verdict.late.len();
        self.out_of_sequence += verdict.out_of_sequence.len();
        self.out_of_turn += verdict.out_of_turn.len();
        self.strange += verdict.strange.len();
        self.given_up += verdict.given_up.len();
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
            ("doubled", &mut self.doubled),
            ("doubled, status too late", &mut self.late),
            ("out of sequence", &mut self.out_of_sequence),
            ("out of turn", &mut self.out_of_turn),
            ("strange", &mut self.strange),
            ("refused", &mut self.refused),
            ("settled by status", &mut self.settled_by_status),
            ("sent again after the window", &mut self.sent_again),
            ("given up", &mut self.given_up),
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
