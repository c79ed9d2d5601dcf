//! Report on one outbox row with its history.

use rusqlite::Connection;
use waxwing_types::MessageId;

use super::fault::Fault;
use super::tables::outbox::report;
use super::tables::{attempt, status};
use crate::{DeliveryRecord, Error, OutboxId, OutboxRecord, OutboxState, Timestamp};

/// Returns a row with its attempts and its delivery history.
pub(super) fn read(conn: &Connection, id: OutboxId) -> Result<OutboxRecord, Fault> {
    // A transaction makes all reads consistent.
    let tx = conn.unchecked_transaction()?;
    let (row, due) = report::get(&tx, id)?.ok_or(Fault::Refused(Error::NotFound))?;
    let due = matches!(row.state, OutboxState::Queued | OutboxState::InDoubt).then_some(due);
    let mut attempts = Vec::new();
    let mut deliveries = Vec::new();
    for (attempt, accepted_at) in attempt::list(&tx, id)? {
        if let Some(at) = accepted_at {
            let state = OutboxState::Accepted;
            deliveries
                .push((at, DeliveryRecord { attempt: attempt.attempt, state, at, error: None, participants: None }));
        }
        if let Some(message) = &attempt.message_id {
            deliveries.extend(statuses(&tx, attempt.attempt, message)?);
        }
        attempts.push(attempt);
    }
    // The sort is stable and keeps the order of entries with equal times.
    deliveries.sort_by_key(|(received_at, _)| *received_at);
    let deliveries = deliveries.into_iter().map(|(_, delivery)| delivery).collect();
    Ok(OutboxRecord { row, due, attempts, deliveries })
}

/// Returns the statuses of an attempt's message, each with the time at which it arrived. Equal statuses of the participants of a group are
/// counted in one entry.
fn statuses(conn: &Connection, attempt: u32, message: &MessageId) -> Result<Vec<(Timestamp, DeliveryRecord)>, Fault> {
    let mut deliveries: Vec<(Timestamp, DeliveryRecord)> = Vec::new();
    for row in status::list(conn, message)? {
        let participants = row.is_of_participant.then_some(1);
        let delivery = DeliveryRecord { attempt, state: row.state, at: row.at, error: row.error, participants };
        let is_equal = |known: &DeliveryRecord| known.state == delivery.state && known.error == delivery.error;
        let known = deliveries
            .iter_mut()
            .find_map(|(_, known)| is_equal(known).then_some(known.participants.as_mut()).flatten());
        match (known, participants) {
            (Some(known), Some(more)) => *known += more,
            _ => deliveries.push((row.received_at, delivery)),
        }
    }
    Ok(deliveries)
}
