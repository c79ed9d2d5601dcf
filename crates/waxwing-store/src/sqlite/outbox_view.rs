//! The outbox as an operator sees it: no recipient and no text.

use rusqlite::{Connection, OptionalExtension, Row, params};
use waxwing_types::{MediaId, MessageId, PhoneNumberId};

use super::fault::Fault;
use super::outbox;
use crate::{
    AttemptRecord, ConversationId, DeliveryRecord, Error, OutboxId, OutboxRecord, OutboxRow, OutboxState, RunId,
    SendError, Timestamp,
};

/// The columns that [`read_row`] reads.
macro_rules! row_columns {
    () => {
        "o.id, o.conversation, l.number, o.run, o.kind, o.state, o.attempts, o.message_id, o.media_id,
         o.error_code, o.error, o.created_at, o.changed_at"
    };
}

/// The rows, newest first.
pub(super) fn list(conn: &Connection, state: Option<OutboxState>, limit: usize) -> Result<Vec<OutboxRow>, Fault> {
    macro_rules! rows {
        ($filter:literal) => {
            concat!(
                "SELECT ",
                row_columns!(),
                " FROM outbox o JOIN send_queue l ON l.conversation = o.conversation ",
                $filter,
                " ORDER BY o.id DESC LIMIT ?1"
            )
        };
    }
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = match state {
        Some(state) => conn
            .prepare_cached(rows!("WHERE o.state = ?2"))?
            .query_map(params![limit, state.as_str()], read_row)?
            .collect::<Result<_, _>>()?,
        None => conn.prepare_cached(rows!(""))?.query_map([limit], read_row)?.collect::<Result<_, _>>()?,
    };
    Ok(rows)
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<OutboxRow> {
    Ok(OutboxRow {
        id: OutboxId(row.get(0)?),
        conversation: ConversationId(row.get(1)?),
        number: PhoneNumberId::new(row.get::<_, String>(2)?),
        run: RunId(row.get(3)?),
        kind: row.get(4)?,
        state: outbox::read_state(row, 5)?,
        attempts: row.get(6)?,
        message_id: row.get::<_, Option<String>>(7)?.map(MessageId::new),
        media_id: row.get::<_, Option<String>>(8)?.map(MediaId::new),
        error: read_error(row, 9)?,
        created_at: Timestamp::from_millis(row.get(11)?),
        changed_at: Timestamp::from_millis(row.get(12)?),
    })
}

/// One row with its attempts and what was heard of them.
pub(super) fn record(conn: &Connection, id: OutboxId) -> Result<OutboxRecord, Fault> {
    // All that is read here is of one moment.
    let tx = conn.unchecked_transaction()?;
    let found = tx
        .prepare_cached(concat!(
            "SELECT ",
            row_columns!(),
            ", o.due FROM outbox o JOIN send_queue l ON l.conversation = o.conversation WHERE o.id = ?1"
        ))?
        .query_row([id.0], |row| Ok((read_row(row)?, Timestamp::from_millis(row.get(13)?))))
        .optional()?;
    let (row, due) = found.ok_or(Fault::Refused(Error::NotFound))?;
    let due = matches!(row.state, OutboxState::Queued | OutboxState::InDoubt).then_some(due);
    let mut attempts = Vec::new();
    let mut heard = Vec::new();
    for (attempt, accepted_at) in attempts_of(&tx, id)? {
        if let Some(at) = accepted_at {
            let taken = DeliveryRecord {
                attempt: attempt.attempt,
                state: OutboxState::Accepted,
                at,
                error: None,
                participants: None,
            };
            heard.push((at, taken));
        }
        if let Some(message) = &attempt.message_id {
            heard.extend(statuses_of(&tx, attempt.attempt, message)?);
        }
        attempts.push(attempt);
    }
    // Stable: what was heard at the same time stays in order.
    heard.sort_by_key(|(heard_at, _)| *heard_at);
    let events = heard.into_iter().map(|(_, event)| event).collect();
    Ok(OutboxRecord { row, due, attempts, deliveries: events })
}

/// The attempts of a row, and when it is first known of each that Meta took it.
fn attempts_of(conn: &Connection, id: OutboxId) -> Result<Vec<(AttemptRecord, Option<Timestamp>)>, Fault> {
    let mut attempts = conn.prepare_cached(
        "SELECT attempt, started_at, message_id, accepted_at FROM attempt WHERE outbox = ?1 ORDER BY attempt",
    )?;
    let read = |row: &Row<'_>| {
        let attempt = AttemptRecord {
            attempt: row.get(0)?,
            started_at: Timestamp::from_millis(row.get(1)?),
            message_id: row.get::<_, Option<String>>(2)?.map(MessageId::new),
        };
        Ok((attempt, row.get::<_, Option<i64>>(3)?.map(Timestamp::from_millis)))
    };
    Ok(attempts.query_map([id.0], read)?.collect::<Result<_, _>>()?)
}

/// What statuses have said of an attempt's message, with the time at which each was heard. Participants of a group are counted.
fn statuses_of(
    conn: &Connection,
    attempt: u32,
    message: &MessageId,
) -> Result<Vec<(Timestamp, DeliveryRecord)>, Fault> {
    let mut statuses = conn.prepare_cached(
        "SELECT kind, at, participant IS NOT NULL, error_code, error, received_at FROM status
         WHERE message_id = ?1 ORDER BY id",
    )?;
    let read = |row: &Row<'_>| {
        let event = DeliveryRecord {
            attempt,
            state: outbox::read_state(row, 0)?,
            at: Timestamp::from_millis(row.get::<_, i64>(1)?.saturating_mul(1000)),
            error: read_error(row, 3)?,
            participants: row.get::<_, bool>(2)?.then_some(1),
        };
        Ok((Timestamp::from_millis(row.get(5)?), event))
    };
    let mut events: Vec<(Timestamp, DeliveryRecord)> = Vec::new();
    for status in statuses.query_map(params![message.as_str()], read)? {
        let (heard_at, event) = status?;
        let same = |known: &DeliveryRecord| known.state == event.state && known.error == event.error;
        let known =
            events.iter_mut().find_map(|(_, known)| same(known).then_some(known.participants.as_mut()).flatten());
        match (known, event.participants) {
            (Some(known), Some(more)) => *known += more,
            _ => events.push((heard_at, event)),
        }
    }
    Ok(events)
}

/// Reads a code and a message that stand beside each other.
fn read_error(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<SendError>> {
    let code = row.get(at)?;
    Ok(row.get::<_, Option<String>>(at + 1)?.map(|message| SendError { code, message }))
}
