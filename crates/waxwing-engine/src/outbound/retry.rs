//! What to do with a send that failed.

use std::time::Duration;

use waxwing_backoff::{Backoff, full_jitter};
use waxwing_store::{SendAttempt, SendError, SendOutcome};

use crate::graph::{FailureKind, GraphError};
use crate::rate_limit::SendBlock;
use crate::settings::RetrySettings;

/// How long a failure is left alone that only the business or Meta can mend.
const WAIT: Duration = Duration::from_hours(1);

/// How an attempt ends that failed when its row had this age. `random` lies in `0.0..=1.0`.
pub(crate) fn outcome(
    send: &SendAttempt,
    error: &GraphError,
    block: SendBlock,
    settings: &RetrySettings,
    age: Duration,
    random: f64,
) -> SendOutcome {
    let told = SendError { code: error.code, message: error.message.clone() };
    let wait = match error.kind {
        // The store gives a message in doubt up at the same limits, since it sees the attempts of processes that died, too.
        FailureKind::InDoubt => return SendOutcome::InDoubt(told),
        FailureKind::Permanent if block == SendBlock::Message => return SendOutcome::DeadLetter(told),
        FailureKind::Transient => full_jitter(backoff(send.attempts_since_queued, settings), random),
        FailureKind::Blocked | FailureKind::Permanent => WAIT,
    };
    let no_earlier = |wait: Duration| wait.max(error.retry_after.unwrap_or_default());
    let (after, counts) = match block {
        SendBlock::Message => (no_earlier(wait), true),
        SendBlock::Recipient(closed) => (no_earlier(closed), true),
        SendBlock::Number(shut) if error.kind == FailureKind::Transient => (no_earlier(shut), false),
        // Another message finds out first whether the number is well again, should this one be the cause after all.
        SendBlock::Number(shut) => (no_earlier(shut.max(backoff(send.attempt, settings))), false),
    };
    let tried_enough = counts && send.attempts_since_queued >= settings.attempts;
    if tried_enough || age.saturating_add(after) > settings.max_age {
        return SendOutcome::DeadLetter(SendError { message: format!("{} (given up)", told.message), ..told });
    }
    if counts { SendOutcome::Retry { after, error: told } } else { SendOutcome::RetryUncounted { after, error: told } }
}

fn backoff(attempt: u32, settings: &RetrySettings) -> Duration {
    Backoff::new(settings.base, settings.cap).delay(attempt)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::FailureScope;
    use waxwing_store::{ConversationId, OutboxId, SendLease};
    use waxwing_types::{PhoneNumberId, Text, WaId};

    /// An attempt on a message that was queued now, earlier ones before a requeue not counted.
    fn send(tries: u32) -> SendAttempt {
        SendAttempt {
            lease: SendLease { conversation: ConversationId(1), epoch: 1 },
            id: OutboxId(1),
            number: PhoneNumberId::new("1"),
            to: WaId::new("34600000000").into(),
            content: Text::new("hi").into(),
            reply_to: None,
            token: String::new(),
            upload: None,
            attempt: tries + 20,
            attempts_since_queued: tries,
            age: Duration::ZERO,
        }
    }

    #[track_caller]
    fn check(tries: u32, kind: FailureKind, block: SendBlock, retry_after: Option<u64>, expected: Expected) {
        let error = GraphError { retry_after: retry_after.map(Duration::from_secs), ..refusal(kind) };
        let outcome = outcome(&send(tries), &error, block, &RetrySettings::default(), Duration::ZERO, 1.0);
        let found = match outcome {
            SendOutcome::Retry { after, .. } => Expected::After(after.as_secs()),
            SendOutcome::RetryUncounted { after, .. } => Expected::Held(after.as_secs()),
            SendOutcome::DeadLetter(_) => Expected::Dead,
            SendOutcome::InDoubt(_) => Expected::InDoubt,
            other => panic!("{other:?}"),
        };
        assert_eq!(found, expected);
    }

    fn refusal(kind: FailureKind) -> GraphError {
        GraphError { kind, scope: FailureScope::Message, code: None, message: "refused".into(), retry_after: None }
    }

    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Expected {
        After(u64),
        Held(u64),
        Dead,
        InDoubt,
    }

    #[test]
    fn each_failure_has_its_consequence() {
        use Expected::{After, Dead, InDoubt};
        check(1, FailureKind::Transient, SendBlock::Message, None, After(1));
        check(4, FailureKind::Transient, SendBlock::Message, None, After(8));
        check(11, FailureKind::Transient, SendBlock::Message, None, After(600));
        check(12, FailureKind::Transient, SendBlock::Message, None, Dead);
        check(1, FailureKind::Transient, SendBlock::Message, Some(20), After(20));
        check(1, FailureKind::Transient, SendBlock::Message, Some(100_000), Dead);
        check(1, FailureKind::Blocked, SendBlock::Message, None, After(3600));
        check(1, FailureKind::Permanent, SendBlock::Message, None, Dead);
        check(1, FailureKind::InDoubt, SendBlock::Message, None, InDoubt);
        check(2, FailureKind::Transient, SendBlock::Recipient(Duration::from_secs(16)), None, After(16));
        check(12, FailureKind::Transient, SendBlock::Recipient(Duration::from_secs(16)), None, Dead);
    }

    #[test]
    fn what_is_not_the_message_s_fault_counts_only_towards_its_age() {
        use Expected::{Dead, Held, InDoubt};
        let shut = SendBlock::Number(Duration::from_secs(700));
        check(1, FailureKind::Transient, shut, None, Held(700));
        check(1, FailureKind::Blocked, shut, None, Held(700));
        check(1, FailureKind::Permanent, shut, None, Held(700));
        check(50, FailureKind::Transient, shut, None, Held(700));
        check(1, FailureKind::Transient, SendBlock::Number(Duration::from_secs(1)), None, Held(1));
        check(1, FailureKind::Blocked, SendBlock::Number(Duration::from_secs(1)), None, Held(600));
        check(1, FailureKind::Blocked, shut, Some(900), Held(900));
        check(1, FailureKind::Blocked, shut, Some(100_000), Dead);
        check(1, FailureKind::InDoubt, shut, None, InDoubt);
    }

    #[test]
    fn the_wait_is_spread_from_nothing_to_the_full_time() {
        let settings = RetrySettings::default();
        let outcome =
            outcome(&send(3), &refusal(FailureKind::Transient), SendBlock::Message, &settings, Duration::ZERO, 0.25);
        assert!(matches!(outcome, SendOutcome::Retry { after, .. } if after == Duration::from_secs(1)));
    }
}
