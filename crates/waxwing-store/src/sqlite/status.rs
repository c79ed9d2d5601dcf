//! Delivery statuses of sent messages.

use waxwing_types::MessageId;

use super::charge;
use super::fault::Fault;
use super::tables::attempt::NamedAttempt;
use super::tables::conversation::{marketing, window};
use super::tables::status::StatusRow;
use super::tables::{attempt, outbox as rows, outbox_media, send_queue, status, uploaded_media};
use super::token;
use super::tx::Tx;
use super::{outbox, outgoing, preference};
use crate::{CountedMessage, OutboxId, OutboxState, SendError, StatusUpdate, Timestamp};

/// A reported state of an attempt's message.
struct Report {
    state: OutboxState,
    error: Option<SendError>,
    allows_fallback: bool,
    at: Timestamp,
}

impl Report {
    /// Creates a report from a status. A failure for one participant of a group proves that Meta accepted the message, and does not fail it.
    fn new(row: StatusRow) -> Self {
        let StatusRow { state, at, is_of_participant, error, allows_fallback, .. } = row;
        if is_of_participant && state == OutboxState::Failed {
            return Self::accepted(at);
        }
        Self { state, error, allows_fallback, at }
    }

    fn accepted(at: Timestamp) -> Self {
        Self { state: OutboxState::Accepted, error: None, allows_fallback: false, at }
    }
}

/// Effect of a status.
#[derive(Default)]
pub(super) struct StatusEffect {
    /// Whether the send queue of the message may continue.
    pub(super) wakes_send: bool,
    /// The message, if the status made it count.
    pub(super) counted: Option<CountedMessage>,
}

/// Stores a status, counts its message, and applies it to its row, if the row is known.
pub(super) fn accept(tx: &Tx<'_>, update: &StatusUpdate) -> Result<StatusEffect, Fault> {
    let token = update.callback_data.as_deref().and_then(|token| token::parse(tx.namespace, token));
    let named = match token {
        Some((row, number)) => attempt::find(tx, row, number)?,
        None => None,
    };
    let known = match named {
        Some(_) => named,
        None => attempt::by_message_id(tx, &update.id)?,
    };
    if token.is_some() && known.is_none() {
        // The row of the message is removed. Its user may be erased, so the status is not stored.
        return Ok(StatusEffect { wakes_send: false, counted: charge::count_removed(tx, update)? });
    }
    let state = OutboxState::from(update.status);
    let counted = charge::count(tx, update, known.as_ref().map(|known| known.row))?;
    status::insert(tx, state, update)?;
    if let (Some(known), Some(charge)) = (&known, &update.charge)
        && marketing::is_marketing(charge)
        && let Some((conversation, _)) = rows::state(tx, known.row)?
    {
        marketing::note_sent(tx, conversation)?;
    }
    let wakes_send = match known {
        Some(NamedAttempt { row, attempt, has_message_id: true }) => {
            let report = Report::new(StatusRow {
                state,
                at: Timestamp::from_millis(update.at.saturating_mul(1000)),
                is_of_participant: update.participant.is_some(),
                error: update.error.clone().map(|(code, message)| SendError { code: Some(code), message }),
                allows_fallback: update.allows_fallback,
                received_at: tx.now,
            });
            apply(tx, row, attempt, &report)?
        }
        Some(NamedAttempt { row, attempt, has_message_id: false }) => set_message_id(tx, row, attempt, &update.id)?,
        None => false,
    };
    Ok(StatusEffect { wakes_send, counted })
}

/// Records Meta's id of an attempt's message, which proves that Meta accepted the message, and applies the statuses that arrived before.
/// Returns whether this resolved a send in doubt.
pub(super) fn set_message_id(tx: &Tx<'_>, row: OutboxId, number: u32, message: &MessageId) -> Result<bool, Fault> {
    attempt::set_message_id(tx, row, number, message)?;
    let reports = status::list(tx.conn, message)?;
    let reports = reports.into_iter().map(Report::new);
    // Only the highest state is applied: a message that failed must not look accepted in between.
    let highest = reports.max_by_key(|report| rank(report.state));
    apply(tx, row, number, &highest.unwrap_or_else(|| Report::accepted(tx.now)))
}

/// Applies a report on an attempt to the attempt and to its row. The highest state wins, and a failure is final. If several attempts sent
/// the message, one delivered copy is enough. Returns whether the send queue may continue: a send in doubt is resolved, or a fallback queued.
fn apply(tx: &Tx<'_>, row: OutboxId, number: u32, report: &Report) -> Result<bool, Fault> {
    let known = attempt::state(tx, row, number)?;
    if known.reported_state.is_some_and(|state| rank(state) >= rank(report.state)) {
        return Ok(false);
    }
    attempt::set_state(tx, row, number, report.state)?;
    let is_counted = number > known.uncounted_attempts;
    // A failure of an attempt does not affect a later attempt or a requeued row.
    if report.state == OutboxState::Failed && (number < known.attempts || !is_counted || known.other_arrived) {
        return Ok(false);
    }
    let is_other_copy = is_counted && known.row_message != known.attempt_message;
    let arrives_after_failure = known.row_state == OutboxState::Failed && is_other_copy && report.state.has_arrived();
    // A row that Meta refused has no message id. A status proves that an earlier attempt was accepted after all.
    let row_rank = if known.row_message.is_some() { rank(known.row_state) } else { None };
    if row_rank >= rank(report.state) && !arrives_after_failure {
        return Ok(false);
    }
    rows::set_reported_state(tx, row, report.state, report.error.as_ref(), known.attempt_message.as_deref())?;
    outbox::publish(tx, row, report.at)?;
    let states = (known.row_state, report.state);
    outgoing::record_progress(tx, known.conversation, row, known.attempt_message.as_deref(), states)?;
    outbox_media::delete_if_uploaded(tx, row)?;
    if report.state == OutboxState::Failed {
        // The medium may be the reason.
        uploaded_media::delete_of(tx, row)?;
        let code = report.error.as_ref().and_then(|error| error.code);
        window::close_if_refused(tx, known.conversation, code, report.at)?;
        preference::stop_if_refused(tx, known.conversation, code, report.at)?;
    }
    let is_awaited = matches!(known.row_state, OutboxState::InDoubt | OutboxState::Queued);
    if is_awaited || known.row_state == OutboxState::Sending {
        send_queue::set_healthy(tx, known.conversation)?;
    }
    // A row that had ended before has had its fallback, or an operator gave it up.
    let had_ended = matches!(known.row_state, OutboxState::DeadLetter | OutboxState::Failed);
    let has_fallback =
        report.state == OutboxState::Failed && outbox::fail_late(tx, row, report.allows_fallback && !had_ended)?;
    // A held send queue continues when its holder records the outcome.
    send_queue::update_due(tx, known.conversation)?;
    Ok(is_awaited || has_fallback)
}

/// Returns the rank of a state; `None` if the state does not prove that Meta accepted the message.
fn rank(state: OutboxState) -> Option<u8> {
    match state {
        OutboxState::Queued
        | OutboxState::Sending
        | OutboxState::InDoubt
        | OutboxState::DeadLetter
        | OutboxState::Parked => None,
        OutboxState::Accepted => Some(0),
        OutboxState::Sent => Some(1),
        OutboxState::Delivered => Some(2),
        OutboxState::Read => Some(3),
        OutboxState::Played => Some(4),
        OutboxState::Failed => Some(5),
    }
}
