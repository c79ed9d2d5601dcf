//! Claims of turns, which end with a release, a commit or a lost lease.

use std::time::Duration;

use waxwing_types::PhoneNumberId;

use super::fault::Fault;
use super::schedule::{self, Queue};
use super::tables::outbox::unreported;
use super::tables::{conversation, cost, inbox, model_cost};
use super::tx::Tx;
use super::{lease, notice, outage, outbox};
use crate::{Claims, ConversationId, InboxSeq, Lease, PendingMessage, ReleaseReason, TurnClaim, TurnCost, TurnRelease};

/// Claims due conversations.
pub(super) fn claim(
    tx: &Tx<'_>,
    numbers: &[PhoneNumberId],
    limit: usize,
    lease: Duration,
) -> Result<Claims<TurnClaim>, Fault> {
    let mut claimed = Vec::new();
    for id in schedule::due(tx, Queue::Turns, numbers, limit)? {
        claimed.extend(claim_one(tx, id, lease)?);
    }
    Ok(Claims { claimed, next_due_in: schedule::next_due_in(tx, Queue::Turns, numbers)? })
}

fn claim_one(tx: &Tx<'_>, id: ConversationId, length: Duration) -> Result<Option<TurnClaim>, Fault> {
    let row = conversation::hold(tx, id, tx.now.after(length))?;
    let pending = inbox::pending(tx, id)?;
    if pending.is_empty() {
        conversation::release(tx, id, tx.now)?;
        return Ok(None);
    }
    let undelivered = unreported::list(tx, id, !row.service_window.is_zero())?;
    undelivered.given_up.iter().try_for_each(|given_up| outbox::publish(tx, *given_up, tx.now))?;
    Ok(Some(TurnClaim {
        lease: Lease { conversation: id, epoch: row.epoch },
        conversation: conversation::get(tx, id)?,
        failures: row.failures,
        crash_count: row.crash_count,
        isolated_crash_count: row.isolated_crash_count,
        outage: row.outage,
        notices: row.notices,
        responder: row.responder,
        cost: cost::get(tx, id)?,
        undelivered: undelivered.messages,
        service_window: row.service_window,
        marketing: row.marketing,
        pending,
    }))
}

/// Releases a conversation with its messages pending.
pub(super) fn release(tx: &Tx<'_>, lease: &Lease, release: &TurnRelease) -> Result<(), Fault> {
    lease::check(tx.conn, lease)?;
    let id = lease.conversation;
    let mut delay = release.delay;
    match &release.reason {
        ReleaseReason::PutOff => {}
        ReleaseReason::RunFailed => conversation::count_failure(tx, id)?,
        ReleaseReason::Outage(outage) => outage::record(tx, lease, outage, release.agent.as_deref())?,
        ReleaseReason::Closed(closed) => {
            notice::wait_for_opening(tx, lease, closed.away.as_ref(), release.agent.as_deref())?;
            // A message that arrives while the conversation is held does not make it due.
            if inbox::pending(tx, id)?.iter().any(|message| message.seq > closed.seen) {
                delay = Duration::ZERO;
            }
        }
    }
    cost::add(tx, id, TurnCost { amount: release.cost, tells_limit: false })?;
    model_cost::add(tx, id, release.agent.as_deref(), release.cost)?;
    conversation::release(tx, id, tx.now.after(delay))?;
    Ok(())
}

/// Returns the pending messages of a claimed conversation.
pub(super) fn pending_messages(tx: &Tx<'_>, lease: &Lease) -> Result<Vec<PendingMessage>, Fault> {
    lease::check(tx.conn, lease)?;
    inbox::pending(tx, lease.conversation)
}

/// Returns the pending messages after `after` that belong to no run.
pub(super) fn new_messages(tx: &Tx<'_>, lease: &Lease, after: InboxSeq) -> Result<Vec<PendingMessage>, Fault> {
    lease::check(tx.conn, lease)?;
    inbox::pending_after(tx, lease.conversation, after)
}
