//! Check of the delivery of one user's messages.

use std::collections::BTreeMap;

use super::NOISE;
use super::observations::{AbandonedReply, ReceivedReply, number};

/// Messages of one user by their numbers, which start at 1.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct DeliveryCheck {
    pub(crate) acknowledged: usize,
    pub(crate) answered: usize,
    /// Acknowledged messages without a reply and without an allowed reason to give it up.
    pub(crate) lost: Vec<usize>,
    /// Messages that were answered again although a status of the first reply arrived in time.
    pub(crate) duplicated: Vec<usize>,
    /// Messages that were answered again because the status of the first reply arrived too late.
    pub(crate) duplicated_late: Vec<usize>,
    /// Messages with a first reply that arrived after a later reply of the outbox.
    pub(crate) out_of_sequence: Vec<usize>,
    /// Messages with a first reply that arrived after the reply to a later message.
    pub(crate) out_of_order: Vec<usize>,
    /// Messages without a reply, for an allowed reason.
    pub(crate) abandoned: Vec<usize>,
    /// Replies to no message.
    pub(crate) unexpected: Vec<String>,
}

impl DeliveryCheck {
    /// Checks the replies to one user. `abandoned` holds the replies that the server was allowed to give up.
    pub(crate) fn on(acknowledged: &[usize], replies: &[ReceivedReply], abandoned: &[AbandonedReply]) -> Self {
        let mut verdict = Self { acknowledged: acknowledged.len(), ..Self::default() };
        // Answered messages, with whether a status of the latest reply arrived in time.
        let mut answered = BTreeMap::new();
        let mut position = None;
        for one in replies {
            let Some(number) = number(&one.text) else {
                if !NOISE.contains(&one.text.as_str()) {
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

    /// Whether all guarantees hold. With `in_order`, replies must have the order of the messages.
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
    use crate::load_test::UNSUPPORTED;

    /// Checks `texts` as replies. The outbox has the replies by their numbers, except for reply 9, which is first.
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
