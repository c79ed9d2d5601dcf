//! Waits of a turn for an agent that cannot work.

use std::time::Duration;

use waxwing_agent::AgentError;
use waxwing_backoff::{Backoff, equal_jitter, random_fraction};
use waxwing_store::{OutageRelease, ReleaseReason, TurnRelease};

use super::compiled_reply;
use super::context::TurnContext;

/// Backoff of runs that fail because of an outage.
const BACKOFF: Backoff = Backoff::new(Duration::from_secs(2), Duration::from_mins(1));

/// Time after which a user is told that the answer takes longer.
const TELL_AFTER: Duration = Duration::from_secs(20);

/// Returns the release of a turn whose run failed because of an outage. Returns none if the messages have waited for too long.
///
/// The next run comes after the backoff, or after the time that the service asks for, and never after the time within which users are answered.
pub(super) async fn after_run(context: &TurnContext, error: &AgentError) -> Option<TurnRelease> {
    let failed_runs = context.claim().outage.map_or(0, |outage| outage.failed_runs) + 1;
    let backoff = equal_jitter(BACKOFF.delay(failed_runs), random_fraction());
    let delay = backoff.max(error.retry_after().unwrap_or_default());
    release(context, delay, true).await
}

/// Returns the release of a turn that makes no run, since the circuit of the agent is open. Returns none if the messages have waited for too long.
pub(super) async fn without_run(context: &TurnContext, delay: Duration) -> Option<TurnRelease> {
    release(context, delay, false).await
}

async fn release(context: &TurnContext, delay: Duration, has_run: bool) -> Option<TurnRelease> {
    let waited = context.waited();
    let left = context.shared.settings.answer_within.saturating_sub(waited);
    if left.is_zero() {
        return None;
    }
    let is_told = context.claim().outage.is_some_and(|outage| outage.is_told);
    let interim_line = if waited >= TELL_AFTER && !is_told {
        compiled_reply::notice(context, &context.system_messages().outage).await
    } else {
        None
    };
    let reason = ReleaseReason::Outage(Box::new(OutageRelease { has_run, interim: interim_line }));
    Some(TurnRelease::new(delay.min(left), reason))
}
