//! What to do with a send that failed.

use std::time::Duration;

use waxwing_store::{OutboxSend, SendError, SendOutcome, Timestamp};

use crate::graph::{GraphError, Verdict};
use crate::settings::RetrySettings;

/// The pair limit was hit: Meta asks for 4ⁿ seconds before the n-th repetition.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>
const PAIR_LIMIT: i64 = 131_056;

/// How long a failure is left alone that only the business or Meta can mend.
const WAIT: Duration = Duration::from_hours(1);

/// How an attempt ends that failed at `now`. `dice` is evenly spread over 0..1.
pub(crate) fn outcome(
    send: &OutboxSend,
    error: &GraphError,
    settings: &RetrySettings,
    now: Timestamp,
    dice: f64,
) -> SendOutcome {
    let told = SendError { code: error.code, message: error.message.clone() };
    let delay = match error.verdict {
        // The store gives a message in doubt up at the same limits, since it sees the attempts of processes that died, too.
        Verdict::InDoubt => return SendOutcome::InDoubt(told),
        Verdict::Final => return SendOutcome::Dead(told),
        Verdict::Wait => WAIT,
        Verdict::Retry if error.code == Some(PAIR_LIMIT) => {
            Duration::from_secs(4u64.saturating_pow(send.tries)).min(settings.cap)
        }
        Verdict::Retry => backoff(send.tries, settings).mul_f64(dice),
    };
    let at = now.after(delay.max(error.retry_after.unwrap_or_default()));
    if send.tries >= settings.attempts || at > send.queued_at.after(settings.max_age) {
        return SendOutcome::Dead(SendError { message: format!("{} (given up)", told.message), ..told });
    }
    SendOutcome::Retry { at, error: told }
}

fn backoff(tries: u32, settings: &RetrySettings) -> Duration {
    let doublings = tries.saturating_sub(1).min(31);
    settings.base.saturating_mul(1 << doublings).min(settings.cap)
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_store::{ConversationId, OutboxId, SendLease};
    use waxwing_types::{PhoneNumberId, Text, WaId};

    const NOW: i64 = 1_000_000_000;

    /// An attempt on a message that was queued now, earlier ones before a requeue not counted.
    fn send(tries: u32) -> OutboxSend {
        let now = Timestamp::from_millis(NOW);
        OutboxSend {
            lease: SendLease { conversation: ConversationId(1), epoch: 1, until: now },
            id: OutboxId(1),
            number: PhoneNumberId::new("1"),
            to: WaId::new("34600000000").into(),
            content: Text::new("hi").into(),
            reply_to: None,
            token: String::new(),
            upload: None,
            attempt: tries + 20,
            tries,
            queued_at: now,
        }
    }

    #[track_caller]
    fn check(tries: u32, verdict: Verdict, code: Option<i64>, retry_after: Option<u64>, expected: Expected) {
        let now = Timestamp::from_millis(NOW);
        let error =
            GraphError { verdict, code, message: "refused".into(), retry_after: retry_after.map(Duration::from_secs) };
        let outcome = outcome(&send(tries), &error, &RetrySettings::default(), now, 1.0);
        let found = match outcome {
            SendOutcome::Retry { at, .. } => Expected::After(at.since(now).as_secs()),
            SendOutcome::Dead(_) => Expected::Dead,
            SendOutcome::InDoubt(_) => Expected::InDoubt,
            other => panic!("{other:?}"),
        };
        assert_eq!(found, expected);
    }

    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Expected {
        After(u64),
        Dead,
        InDoubt,
    }

    #[test]
    fn each_failure_has_its_consequence() {
        use Expected::{After, Dead, InDoubt};
        check(1, Verdict::Retry, None, None, After(1));
        check(4, Verdict::Retry, Some(131_016), None, After(8));
        check(11, Verdict::Retry, None, None, After(600));
        check(12, Verdict::Retry, None, None, Dead);
        check(1, Verdict::Retry, Some(130_429), Some(20), After(20));
        check(2, Verdict::Retry, Some(131_056), None, After(16));
        check(1, Verdict::Wait, Some(131_048), None, After(3600));
        check(1, Verdict::Retry, None, Some(100_000), Dead);
        check(1, Verdict::Final, Some(131_047), None, Dead);
        check(1, Verdict::InDoubt, None, None, InDoubt);
    }

    #[test]
    fn the_wait_is_spread_from_nothing_to_the_full_time() {
        let now = Timestamp::from_millis(NOW);
        let error = GraphError { verdict: Verdict::Retry, code: None, message: String::new(), retry_after: None };
        let outcome = outcome(&send(3), &error, &RetrySettings::default(), now, 0.25);
        assert!(matches!(outcome, SendOutcome::Retry { at, .. } if at.since(now) == Duration::from_secs(1)));
    }
}
