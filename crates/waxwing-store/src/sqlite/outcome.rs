//! Outcomes of attempts.

use std::time::Duration;

use waxwing_types::MediaId;

use super::fault::Fault;
use super::outbox::Ending;
use super::tables::conversation::{marketing, window};
use super::tables::{attempt, outbox as rows, send_queue as queue};
use super::tx::Tx;
use super::{outbox, preference, send_queue, status, withdrawal};
use crate::{Error, OutboxId, OutboxState, SendAttempt, SendError, SendLease, SendOutcome, SendPolicy};

/// Key of an attempt with the lease under which it was started.
#[derive(Debug)]
pub(super) struct AttemptKey {
    lease: SendLease,
    row: OutboxId,
    number: u32,
}

impl From<&SendAttempt> for AttemptKey {
    fn from(attempt: &SendAttempt) -> Self {
        Self { lease: attempt.lease.clone(), row: attempt.id, number: attempt.attempt }
    }
}

/// Fails with [`Error::LeaseLost`] if an outcome is recorded, or another process has claimed the send queue.
fn check(tx: &Tx<'_>, key: &AttemptKey) -> Result<(), Fault> {
    let is_current = queue::is_current(tx, &key.lease, key.row, key.number)?;
    if is_current { Ok(()) } else { Err(Fault::Refused(Error::LeaseLost)) }
}

/// Records Meta's id of an uploaded medium.
pub(super) fn record_upload(tx: &Tx<'_>, key: &AttemptKey, media: &MediaId) -> Result<(), Fault> {
    check(tx, key)?;
    rows::set_media_id(tx, key.row, media)
}

/// Records the outcome of an attempt, and claims the next row if the send queue continues.
pub(super) fn record(
    tx: &Tx<'_>,
    key: &AttemptKey,
    outcome: &SendOutcome,
    policy: SendPolicy,
) -> Result<Option<SendAttempt>, Fault> {
    check(tx, key)?;
    let conversation = key.lease.conversation;
    attempt::set_outcome_recorded(tx, key.row, key.number)?;
    queue::release(tx, conversation)?;
    if let SendOutcome::Accepted(message) = outcome {
        status::set_message_id(tx, key.row, key.number, message)?;
    } else if rows::is_open(tx, key.row)? {
        apply(tx, key, outcome, policy)?;
    }
    if rows::is_open(tx, key.row)? {
        queue::update_due(tx, conversation)?;
        return Ok(None);
    }
    send_queue::advance(tx, conversation, policy)
}

/// Applies an outcome other than acceptance to an open row. A row that is not open was accepted according to a status.
fn apply(tx: &Tx<'_>, key: &AttemptKey, outcome: &SendOutcome, policy: SendPolicy) -> Result<(), Fault> {
    let row = key.row;
    if let Some(error) = outcome.error() {
        attempt::set_error(tx, row, key.number, error)?;
    }
    match outcome {
        SendOutcome::Accepted(_) => Ok(()),
        SendOutcome::Retry { after, error } => {
            apply_refusal(tx, key, error)?;
            queue::set_failing(tx, key.lease.conversation)?;
            queue_again(tx, row, *after, Some(error))
        }
        SendOutcome::RetryUncounted { after, error } => {
            queue::set_failing(tx, key.lease.conversation)?;
            rows::exclude_attempt(tx, row)?;
            queue_again(tx, row, *after, Some(error))
        }
        SendOutcome::Refused { error, use_fallback } => {
            apply_refusal(tx, key, error)?;
            outbox::end(tx, row, &Ending { state: OutboxState::Failed, error, use_fallback: *use_fallback })
        }
        SendOutcome::DeadLetter { error, use_fallback } => {
            outbox::end(tx, row, &Ending { use_fallback: *use_fallback, ..Ending::dead_letter(error) })
        }
        SendOutcome::InDoubt(error) => {
            queue::set_failing(tx, key.lease.conversation)?;
            rows::set_waiting(tx, row, OutboxState::InDoubt, tx.now.after(policy.in_doubt_window))?;
            rows::set_error(tx, row, error)
        }
        SendOutcome::Park { error, replacement, was_attempted } => {
            if *was_attempted {
                apply_refusal(tx, key, error)?;
            } else {
                remove_attempt(tx, key)?;
            }
            outbox::park(tx, row, error, replacement.as_ref())
        }
        SendOutcome::NotAttempted { after } => {
            remove_attempt(tx, key)?;
            queue_again(tx, row, *after, None)
        }
    }
}

/// Queues an open row until its next attempt. The row of a campaign that was paused or cancelled during the attempt is taken back.
fn queue_again(tx: &Tx<'_>, row: OutboxId, after: Duration, error: Option<&SendError>) -> Result<(), Fault> {
    rows::set_waiting(tx, row, OutboxState::Queued, tx.now.after(after))?;
    if let Some(error) = error {
        rows::set_error(tx, row, error)?;
    }
    withdrawal::take_back_if_stopped(tx, row)
}

fn remove_attempt(tx: &Tx<'_>, key: &AttemptKey) -> Result<(), Fault> {
    attempt::delete(tx, key.row, key.number)?;
    rows::remove_attempt(tx, key.row)
}

/// Records that the service window is closed, or that the user wants no marketing messages, if Meta says so.
fn apply_refusal(tx: &Tx<'_>, key: &AttemptKey, error: &SendError) -> Result<(), Fault> {
    if !matches!(error.code, Some(window::WINDOW_CLOSED | marketing::STOPPED)) {
        return Ok(());
    }
    let started_at = attempt::started_at(tx, key.row, key.number)?;
    window::close_if_refused(tx, key.lease.conversation, error.code, started_at)?;
    preference::stop_if_refused(tx, key.lease.conversation, error.code, started_at)
}
