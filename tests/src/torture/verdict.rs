//! What has become of one user's messages.

use std::collections::BTreeSet;

/// One user's messages, which are numbered from 1, and their answers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) acknowledged: usize,
    pub(super) answered: usize,
    /// Acknowledged, never answered.
    pub(super) lost: Vec<usize>,
    /// Answered once more; each as often as it was.
    pub(super) doubled: Vec<usize>,
    /// Answered for the first time after a later one.
    pub(super) out_of_sequence: Vec<usize>,
    /// Answers to nothing.
    pub(super) strange: Vec<String>,
}

impl Verdict {
    pub(super) fn on(acknowledged: &[usize], heard: &[String]) -> Self {
        let mut verdict = Self { acknowledged: acknowledged.len(), ..Self::default() };
        let mut answered = BTreeSet::new();
        for text in heard {
            let Some(number) = number(text) else {
                verdict.strange.push(text.clone());
                continue;
            };
            let is_overtaken = answered.last().is_some_and(|last| *last > number);
            if !answered.insert(number) {
                verdict.doubled.push(number);
            } else if is_overtaken {
                verdict.out_of_sequence.push(number);
            }
        }
        verdict.answered = answered.len();
        verdict.lost = acknowledged.iter().copied().filter(|number| !answered.contains(number)).collect();
        verdict
    }

    pub(super) fn is_innocent(&self) -> bool {
        self.lost.is_empty() && self.doubled.is_empty() && self.out_of_sequence.is_empty() && self.strange.is_empty()
    }
}

/// Which message a text answers.
pub(super) fn number(text: &str) -> Option<usize> {
    text.strip_prefix("echo ")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(heard: &[&str], expected: &Verdict) {
        let heard: Vec<_> = heard.iter().map(|text| (*text).to_owned()).collect();
        assert_eq!(Verdict::on(&[1, 2, 3], &heard), *expected);
    }

    #[test]
    fn every_wrong_is_seen() {
        let all = || Verdict { acknowledged: 3, answered: 3, ..Verdict::default() };
        check(&["echo 1", "echo 2", "echo 3"], &all());
        check(&["echo 1", "echo 3"], &Verdict { answered: 2, lost: vec![2], ..all() });
        check(&["echo 1", "echo 3", "echo 2"], &Verdict { out_of_sequence: vec![2], ..all() });
        check(&["echo 1", "echo 2", "echo 3", "echo 2"], &Verdict { doubled: vec![2], ..all() });
        check(&["echo 1", "Sorry", "echo 2", "echo 3"], &Verdict { strange: vec!["Sorry".to_owned()], ..all() });
    }

    #[test]
    fn an_answer_before_its_acknowledgement_is_an_answer() {
        check(
            &["echo 1", "echo 2", "echo 3", "echo 4"],
            &Verdict { acknowledged: 3, answered: 4, ..Verdict::default() },
        );
    }
}
