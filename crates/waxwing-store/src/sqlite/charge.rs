//! Counts of messages that Meta has priced.
//!
//! A message counts when both are known: its arrival, and its price. Meta states the price with the status `sent` and with one of `delivered` and
//! `read`, and all of them can be missing, repeated, or arrive in any order.

use super::fault::Fault;
use super::tables::{deduplication, message_count, outbox as rows, status};
use super::tx::Tx;
use crate::{CountedMessage, MessageCharge, OutboxId, OutboxState, StatusKind, StatusUpdate, Timestamp};

/// Facts from the stored statuses of a message about one of its recipients.
#[derive(Default)]
struct Known {
    has_arrived: bool,
    charge: Option<MessageCharge>,
}

/// Counts the message of a status that is not stored yet, if this status completes what is needed. `row` is the row of the message, if the store
/// sent it.
pub(super) fn count(
    tx: &Tx<'_>,
    update: &StatusUpdate,
    row: Option<OutboxId>,
) -> Result<Option<CountedMessage>, Fault> {
    let arrives = is_arrival(update.status);
    if !arrives && update.charge.is_none() {
        return Ok(None);
    }
    let mut known = Known::default();
    for (state, charge) in status::charges(tx, &update.id, update.participant.as_deref())? {
        known.has_arrived |= state.has_arrived();
        known.charge = known.charge.or(charge);
    }
    let is_counted = known.has_arrived && known.charge.is_some();
    let Some(charge) = update.charge.clone().or(known.charge) else { return Ok(None) };
    if is_counted || !(known.has_arrived || arrives) {
        return Ok(None);
    }
    let agent = row.map_or(Ok(None), |row| rows::agent(tx, row))?;
    add(tx, update, agent.as_deref(), charge).map(Some)
}

/// Counts the message of a status whose row is removed, with its earlier statuses. Such a message counts with its status `delivered`, of which
/// there is one. It has counted already if it was read before.
pub(super) fn count_removed(tx: &Tx<'_>, update: &StatusUpdate) -> Result<Option<CountedMessage>, Fault> {
    let Some(charge) = update.charge.clone().filter(|_| update.status == StatusKind::Delivered) else {
        return Ok(None);
    };
    for kind in [StatusKind::Read, StatusKind::Played] {
        if deduplication::contains(tx, &status_key(update, kind))? {
            return Ok(None);
        }
    }
    add(tx, update, None, charge).map(Some)
}

/// Returns the key of a status for its deduplication.
pub(super) fn status_key(update: &StatusUpdate, kind: StatusKind) -> [&[u8]; 4] {
    let participant = update.participant.as_deref().unwrap_or_default();
    let kind = OutboxState::from(kind).as_str();
    [b"status", update.id.as_str().as_bytes(), kind.as_bytes(), participant.as_bytes()]
}

fn add(
    tx: &Tx<'_>,
    update: &StatusUpdate,
    agent: Option<&str>,
    charge: MessageCharge,
) -> Result<CountedMessage, Fault> {
    // A status without a time, or from the future, counts today.
    let at = Timestamp::from_millis(update.at.saturating_mul(1000));
    let day = if update.at > 0 { at.min(tx.now).day() } else { tx.now.day() };
    message_count::add(tx, day, &update.number, agent.unwrap_or_default(), &charge)?;
    Ok(CountedMessage { number: update.number.clone(), day, charge })
}

fn is_arrival(kind: StatusKind) -> bool {
    OutboxState::from(kind).has_arrived()
}
