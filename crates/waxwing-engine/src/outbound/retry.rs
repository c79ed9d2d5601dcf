//! Decides what follows a failed send.

use std::time::Duration;

use waxwing_backoff::{Backoff, full_jitter};
use waxwing_store::{SendAttempt, SendError, SendOutcome};

use crate::graph::{FailureKind, GraphError};
use crate::rate_limit::SendBlock;
use crate::settings::RetrySettings;

/// Wait after a failure that only the business or Meta can fix.
const BLOCKED_WAIT: Duration = Duration::from_hours(1);

/// Shortest wait of a message of a campaign, within which the feeder can take the message back: quiet hours may have begun.
const CAMPAIGN_WAIT: Duration = Duration::from_secs(2);

/// Returns the outcome of an attempt that failed when its outbox row had this age. `random` lies in `0.0..=1.0`.
///
/// A message gets its last attempt at the age limit at the latest, so that no wait makes it a dead letter earlier.
pub(super) fn outcome(
    send: &SendAttempt,
    error: &GraphError,
    block: SendBlock,
    settings: &RetrySettings,
    age: Duration,
    random: f64,
) -> SendOutcome {
    let backoff = Backoff::new(settings.base, settings.cap);
    let failure = SendError { code: error.code, message: error.message.clone() };
    let wait = match error.kind {
        // The store applies the same limits to a message in doubt, since it also sees attempts of crashed processes.
        FailureKind::InDoubt => return SendOutcome::InDoubt(failure),
        // The message itself is refused. Later messages do not wait for it, even if it could be accepted after some hours.
        FailureKind::Permanent | FailureKind::Blocked if block == SendBlock::Message => {
            return SendOutcome::Refused { error: failure, use_fallback: error.allows_fallback };
        }
        FailureKind::Transient => full_jitter(backoff.delay(send.attempts_since_queued), random),
        FailureKind::Blocked | FailureKind::Permanent => BLOCKED_WAIT,
    };
    let (wait, is_counted) = match block {
        SendBlock::Message => (wait, true),
        SendBlock::Unattributed => (full_jitter(backoff.delay(send.attempt), random), false),
        SendBlock::Recipient(closed_for) => (closed_for, true),
        SendBlock::Number(open_for) if error.kind == FailureKind::Transient => (open_for, false),
        // If this message caused the failure, another message is the next probe.
        SendBlock::Number(open_for) => (open_for.max(backoff.delay(send.attempt)), false),
    };
    // The pause of a number includes the wait that Meta asks for.
    let shortest = if send.source.is_campaign { CAMPAIGN_WAIT } else { Duration::ZERO };
    let after = wait.max(error.retry_after.unwrap_or_default().min(settings.cap)).max(shortest);
    let is_exhausted = is_counted && send.attempts_since_queued >= settings.attempts;
    let left = settings.max_age.saturating_sub(age);
    if is_exhausted || left.is_zero() {
        let message = format!("{} (given up)", failure.message);
        // A text that is as old as the age limit answers a question of long ago.
        let use_fallback = error.allows_fallback && !left.is_zero();
        return SendOutcome::DeadLetter { error: SendError { message, ..failure }, use_fallback };
    }
    let after = after.min(left);
    if is_counted {
        SendOutcome::Retry { after, error: failure }
    } else {
        SendOutcome::RetryUncounted { after, error: failure }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_client::FailureScope;
    use waxwing_store::{ConversationId, OutboxId, SendLease, SendSource};
    use waxwing_types::{PhoneNumberId, Text, WaId};

    /// Returns an attempt on a message that was requeued just now, after 20 attempts.
    fn send(tries: u32) -> SendAttempt {
        SendAttempt {
            lease: SendLease { conversation: ConversationId(1), epoch: 1 },
            id: OutboxId(1),
            number: PhoneNumberId::new("1"),
            to: WaId::new("34600000000").into(),
            content: Text::new("hi").into(),
            reply_to: None,
            token: String::new(),
            upload_bytes: None,
            attempt: tries + 20,
            attempts_since_queued: tries,
            age: Duration::ZERO,
            service_window: Duration::from_hours(24),
            source: SendSource::default(),
            has_stopped_marketing: false,
            failing_for: None,
        }
    }

    #[test]
    fn a_message_of_a_campaign_can_be_taken_back_before_its_retry() {
        let retry_after = |is_campaign| {
            let send = SendAttempt { source: SendSource { is_campaign, ..SendSource::default() }, ..send(1) };
            let (error, settings) = (refusal(FailureKind::Transient), RetrySettings::default());
            match outcome(&send, &error, SendBlock::Message, &settings, Duration::ZERO, 0.0) {
                SendOutcome::Retry { after, .. } => after,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!((retry_after(false), retry_after(true)), (Duration::ZERO, CAMPAIGN_WAIT));
    }

    #[track_caller]
    fn check(tries: u32, kind: FailureKind, block: SendBlock, retry_after: Option<u64>, expected: Expected) {
        let error = GraphError { retry_after: retry_after.map(Duration::from_secs), ..refusal(kind) };
        let outcome = outcome(&send(tries), &error, block, &RetrySettings::default(), Duration::ZERO, 1.0);
        let found = match outcome {
            SendOutcome::Retry { after, .. } => Expected::After(after.as_secs()),
            SendOutcome::RetryUncounted { after, .. } => Expected::Held(after.as_secs()),
            SendOutcome::Refused { .. } => Expected::Refused,
            SendOutcome::DeadLetter { .. } => Expected::Dead,
            SendOutcome::InDoubt(_) => Expected::InDoubt,
            other => panic!("{other:?}"),
        };
        assert_eq!(found, expected);
    }

    fn refusal(kind: FailureKind) -> GraphError {
        let (scope, message) = (FailureScope::Message, "refused".into());
        GraphError { kind, scope, code: None, message, retry_after: None, allows_fallback: true }
    }

    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Expected {
        After(u64),
        Held(u64),
        Refused,
        Dead,
        InDoubt,
    }

    #[test]
    fn each_failure_has_its_outcome() {
        use Expected::{After, Dead, InDoubt, Refused};
        check(1, FailureKind::Transient, SendBlock::Message, None, After(1));
        check(4, FailureKind::Transient, SendBlock::Message, None, After(8));
        check(11, FailureKind::Transient, SendBlock::Message, None, After(600));
        check(12, FailureKind::Transient, SendBlock::Message, None, Dead);
        check(1, FailureKind::Transient, SendBlock::Message, Some(20), After(20));
        check(1, FailureKind::Transient, SendBlock::Message, Some(100_000), After(600));
        check(1, FailureKind::Blocked, SendBlock::Message, None, Refused);
        check(1, FailureKind::Permanent, SendBlock::Message, None, Refused);
        check(1, FailureKind::InDoubt, SendBlock::Message, None, InDoubt);
        check(2, FailureKind::Transient, SendBlock::Recipient(Duration::from_secs(16)), None, After(16));
        check(12, FailureKind::Transient, SendBlock::Recipient(Duration::from_secs(16)), None, Dead);
    }

    #[test]
    fn a_failure_of_the_number_counts_only_towards_the_age() {
        use Expected::{Held, InDoubt};
        let shut = SendBlock::Number(Duration::from_secs(700));
        check(1, FailureKind::Transient, shut, None, Held(700));
        check(1, FailureKind::Blocked, shut, None, Held(700));
        check(1, FailureKind::Permanent, shut, None, Held(700));
        check(50, FailureKind::Transient, shut, None, Held(700));
        check(1, FailureKind::Transient, SendBlock::Number(Duration::from_secs(1)), None, Held(1));
        check(1, FailureKind::Blocked, SendBlock::Number(Duration::from_secs(1)), None, Held(600));
        check(1, FailureKind::Blocked, shut, Some(100_000), Held(700));
        check(1, FailureKind::InDoubt, shut, None, InDoubt);
    }

    #[test]
    fn a_message_is_dead_when_it_is_too_old_and_not_because_it_has_to_wait() {
        let (settings, minute) = (RetrySettings::default(), Duration::from_mins(1));
        let error = GraphError { retry_after: Some(Duration::from_hours(9)), ..refusal(FailureKind::Transient) };
        let outcome = |age| outcome(&send(1), &error, SendBlock::Number(minute * 60), &settings, age, 1.0);
        let last = outcome(settings.max_age.saturating_sub(minute));
        assert!(matches!(last, SendOutcome::RetryUncounted { after, .. } if after == minute), "{last:?}");
        let too_old = outcome(settings.max_age);
        assert!(matches!(too_old, SendOutcome::DeadLetter { use_fallback: false, .. }), "{too_old:?}");
    }

    #[test]
    fn a_message_that_is_given_up_leaves_its_text_if_the_text_may_pass() {
        for allows_fallback in [true, false] {
            let error = GraphError { allows_fallback, ..refusal(FailureKind::Transient) };
            let settings = RetrySettings::default();
            let outcome = outcome(&send(12), &error, SendBlock::Message, &settings, Duration::ZERO, 1.0);
            let SendOutcome::DeadLetter { use_fallback, .. } = outcome else { panic!("{outcome:?}") };
            assert_eq!(use_fallback, allows_fallback);
        }
    }

    #[test]
    fn a_wait_has_full_jitter() {
        let settings = RetrySettings::default();
        let outcome =
            outcome(&send(3), &refusal(FailureKind::Transient), SendBlock::Message, &settings, Duration::ZERO, 0.25);
        assert!(matches!(outcome, SendOutcome::Retry { after, .. } if after == Duration::from_secs(1)));
    }
}
