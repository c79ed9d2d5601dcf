//! Decision on rows in doubt whose window closes.

use super::tables::outbox::Head;
use super::tx::Tx;
use crate::{OnInDoubt, OutboxState, SendPolicy, Timestamp};

/// Returns the new end of the in-doubt window if it stays open: no webhook arrived at the end of the window, so no status could arrive.
pub(super) fn extended_window(tx: &Tx<'_>, head: &Head, policy: SendPolicy) -> Option<Timestamp> {
    let half = policy.in_doubt_window / 2;
    if half.is_zero() || head.state != OutboxState::InDoubt {
        return None;
    }
    let is_over = tx.now.since(head.changed_at) >= policy.in_doubt_max;
    let has_webhook = tx.last_webhook.get().is_some_and(|arrived_at| arrived_at.after(half) >= head.due_at);
    if is_over || has_webhook {
        return None;
    }
    Some(tx.now.after(half).min(head.changed_at.after(policy.in_doubt_max)))
}

/// Returns the reason why a row in doubt is not sent again after its window has closed. A message of a campaign never
/// is.
pub(super) fn dead_letter_reason(head: &Head, now: Timestamp, policy: SendPolicy) -> Option<&'static str> {
    if head.state != OutboxState::InDoubt {
        return None;
    }
    if policy.on_in_doubt == OnInDoubt::GiveUp || head.is_campaign {
        return Some("send outcome unknown and no status arrived; not sent again, the message may have arrived");
    }
    let is_over_limit =
        head.attempts_since_queued >= policy.max_attempts || now.since(head.queued_at) >= policy.max_age;
    is_over_limit.then_some("send outcome unknown after the last allowed attempt; the message may have arrived")
}
