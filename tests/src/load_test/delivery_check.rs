//! Judges the messages of one user.

use std::collections::BTreeMap;

use super::UNSUPPORTED;
use super::observations::{AbandonedReply, ReceivedReply, number};

/// One user's messages, which are numbered from 1, and their answers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct DeliveryCheck {
    pub(crate) acknowledged: usize,
    pub(crate) answered: usize,
    /// Acknowledged, neither answered nor given up for a reason that is known.
    pub(crate) lost: Vec<usize>,
    /// Answered once more, although a status of the first answer arrived in time.
    pub(crate) duplicated: Vec<usize>,
    /// Answered once more, because the first answer's status came too late.
    pub(crate) duplicated_late: Vec<usize>,
    /// Answered for the first time after an answer that stands behind it in the outbox.
    pub(crate) out_of_sequence: Vec<usize>,
    /// Answered for the first time after the answer to a message that was written later.
    pub(crate) out_of_order: Vec<usize>,
    /// Never answered, for a reason that is known.
    pub(crate) abandoned: Vec<usize>,
    /// Answers to nothing.
    pub(crate) unexpected: Vec<String>,
}

impl DeliveryCheck {
    /// Judges what a user replies. `abandoned` has the answers that the server gave up and was free to.
    pub(crate) fn on(acknowledged: &[usize], replies: &[ReceivedReply], abandoned: &[AbandonedReply]) -> Self {
        let mut verdict = Self { acknowledged: acknowledged.len(), ..Self::default() };
        // Each with whether its latest answer was told in time.
        let mut answered = BTreeMap::new();
        let mut position = None;
        for one in replies {
            let Some(number) = number(&one.text) else {
                if one.text != UNSUPPORTED {
                    verdict.unexpected.push(one.text.clone());
                }
                continue;
            };
            let is_out_of_turn = answered.last_key_value().is_some_and(|(last, _)| *last > number);
            match answered.insert(number, one.is_told_in_time) {
                Some(true) => verdict.duplicated.push(number),
                Some(false) => verdict.duplicated_late.push(number),
                None => {
                    if is_out_of_turn {
                        verdict.out_of_order.push(number);
                    }
                    if one.position < position {
                        verdict.out_of_sequence.push(number);
                    }
                }
            }
            position = position.max(one.position);
        }
        verdict.answered = answered.len();
        let unanswered = acknowledged.iter().copied().filter(|number| !answered.contains_key(number));
        let is_given_up = |number: &usize| abandoned.iter().any(|answer| answer.number == *number);
        (verdict.abandoned, verdict.lost) = unanswered.partition(is_given_up);
        verdict
    }

    /// Whether every promise was kept. That answers come in the order of the messages is promised `in_order`, where the messages come
    /// in their own order.
    pub(crate) fn is_ok(&self, in_order: bool) -> bool {
        self.lost.is_empty()
            && self.duplicated.is_empty()
            && self.out_of_sequence.is_empty()
            && self.unexpected.is_empty()
            && (self.out_of_order.is_empty() || !in_order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers stand in the outbox by their numbers, but for 9, which stands first.
    #[track_caller]
    fn check(texts: &[&str], expected: &DeliveryCheck) {
        let replies = |text: &&str| {
            let (text, is_told_in_time) = text.strip_suffix(" (late)").map_or((*text, true), |text| (text, false));
            let position = number(text).map(|number| if number == 9 { 0 } else { i64::try_from(number).unwrap() });
            ReceivedReply { text: text.to_owned(), position, is_told_in_time }
        };
        let replies: Vec<_> = texts.iter().map(replies).collect();
        assert_eq!(DeliveryCheck::on(&[1, 2, 3], &replies, &[]), *expected);
    }

    fn all() -> DeliveryCheck {
        DeliveryCheck { acknowledged: 3, answered: 3, ..DeliveryCheck::default() }
    }

    #[test]
    fn every_wrong_is_seen() {
        check(&["echo 1", "echo 2", "echo 3"], &all());
        check(&["echo 1", "echo 3"], &DeliveryCheck { answered: 2, lost: vec![2], ..all() });
        check(
            &["echo 1", "echo 3", "echo 2"],
            &DeliveryCheck { out_of_sequence: vec![2], out_of_order: vec![2], ..all() },
        );
        check(&["echo 1", "echo 2", "echo 3", "echo 2"], &DeliveryCheck { duplicated: vec![2], ..all() });
        check(&["echo 1", "echo 2 (late)", "echo 2", "echo 3"], &DeliveryCheck { duplicated_late: vec![2], ..all() });
        check(&["echo 1", UNSUPPORTED, "echo 2", "echo 3"], &all());
        check(
            &["echo 1", "Sorry", "echo 2", "echo 3"],
            &DeliveryCheck { unexpected: vec!["Sorry".to_owned()], ..all() },
        );
    }

    #[test]
    fn the_order_of_the_outbox_is_not_the_order_of_the_messages() {
        let answered = DeliveryCheck { answered: 4, ..all() };
        check(&["echo 9", "echo 1", "echo 2", "echo 3"], &DeliveryCheck { out_of_order: vec![1, 2, 3], ..answered });
    }

    #[test]
    fn an_answer_before_its_acknowledgement_is_an_answer() {
        check(&["echo 1", "echo 2", "echo 3", "echo 4"], &DeliveryCheck { answered: 4, ..all() });
    }

    #[test]
    fn what_was_given_up_is_not_lost() {
        let abandoned = |number, code| AbandonedReply { number, code };
        let verdict = DeliveryCheck::on(&[1, 2], &[], &[abandoned(1, Some(131_047)), abandoned(7, None)]);
        assert_eq!((verdict.lost, verdict.abandoned), (vec![2], vec![1]));
    }
}
