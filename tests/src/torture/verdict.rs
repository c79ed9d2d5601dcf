//! What has become of one user's messages.

use std::collections::BTreeMap;

/// One user's messages, which are numbered from 1, and their answers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) acknowledged: usize,
    pub(super) answered: usize,
    /// Acknowledged, never answered.
    pub(super) lost: Vec<usize>,
    /// Answered once more, although a status told of the first answer in time.
    pub(super) doubled: Vec<usize>,
    /// Answered once more, because the first answer's status came too late.
    pub(super) late: Vec<usize>,
    /// Answered for the first time after a later one.
    pub(super) out_of_sequence: Vec<usize>,
    /// Answers to nothing.
    pub(super) strange: Vec<String>,
}

/// What a user got.
#[derive(Debug, Clone)]
pub(super) struct Heard {
    pub(super) text: String,
    /// A status told of it before the doubt window could close.
    pub(super) is_told_in_time: bool,
}

impl Verdict {
    pub(super) fn on(acknowledged: &[usize], heard: &[Heard]) -> Self {
        let mut verdict = Self { acknowledged: acknowledged.len(), ..Self::default() };
        // Each with whether its latest answer was told in time.
        let mut answered = BTreeMap::new();
        for Heard { text, is_told_in_time } in heard {
            let Some(number) = number(text) else {
                verdict.strange.push(text.clone());
                continue;
            };
            let is_overtaken = answered.last_key_value().is_some_and(|(last, _)| *last > number);
            match answered.insert(number, *is_told_in_time) {
                Some(true) => verdict.doubled.push(number),
                Some(false) => verdict.late.push(number),
                None if is_overtaken => verdict.out_of_sequence.push(number),
                None => {}
            }
        }
        verdict.answered = answered.len();
        verdict.lost = acknowledged.iter().copied().filter(|number| !answered.contains_key(number)).collect();
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
    fn check(texts: &[&str], expected: &Verdict) {
        let heard = |text: &&str| match text.strip_suffix(" (late)") {
            Some(text) => Heard { text: text.to_owned(), is_told_in_time: false },
            None => Heard { text: (*text).to_owned(), is_told_in_time: true },
        };
        let heard: Vec<_> = texts.iter().map(heard).collect();
        assert_eq!(Verdict::on(&[1, 2, 3], &heard), *expected);
    }

    #[test]
    fn every_wrong_is_seen() {
        let all = || Verdict { acknowledged: 3, answered: 3, ..Verdict::default() };
        check(&["echo 1", "echo 2", "echo 3"], &all());
        check(&["echo 1", "echo 3"], &Verdict { answered: 2, lost: vec![2], ..all() });
        check(&["echo 1", "echo 3", "echo 2"], &Verdict { out_of_sequence: vec![2], ..all() });
        check(&["echo 1", "echo 2", "echo 3", "echo 2"], &Verdict { doubled: vec![2], ..all() });
        check(&["echo 1", "echo 2 (late)", "echo 2", "echo 3"], &Verdict { late: vec![2], ..all() });
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
