//! Table `status`: statuses of sent messages.

use rusqlite::{Connection, OptionalExtension, Row, params};
use waxwing_types::{Market, MessageId};

use super::outbox::{read_error, read_state};
use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::{ConversationId, MessageCharge, OutboxState, SendError, StatusUpdate, Timestamp};

/// Inserts a status.
pub(in crate::sqlite) fn insert(tx: &Tx<'_>, state: OutboxState, update: &StatusUpdate) -> Result<(), Fault> {
    let charge = update.charge.as_ref();
    let (code, title) = update.error.as_ref().map(|(code, title)| (*code, title.as_str())).unzip();
    tx.run(
        "INSERT INTO status (message_id, kind, at, participant, callback_data, error_code, error, body, received_at,
             allows_fallback, category, price_type, market, is_billable)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        params![
            update.id.as_str(),
            state.as_str(),
            update.at,
            update.participant,
            update.callback_data,
            code,
            title,
            &update.body[..],
            tx.now.as_millis(),
            update.allows_fallback,
            charge.map(|charge| &charge.category),
            charge.map(|charge| &charge.kind),
            charge.and_then(|charge| charge.market).map(Market::calling_code),
            charge.map(|charge| charge.is_billable),
        ],
    )?;
    Ok(())
}

/// A stored status.
pub(in crate::sqlite) struct StatusRow {
    pub(in crate::sqlite) state: OutboxState,
    /// Meta's time.
    pub(in crate::sqlite) at: Timestamp,
    /// Whether the status applies to one participant of a group.
    pub(in crate::sqlite) is_of_participant: bool,
    pub(in crate::sqlite) error: Option<SendError>,
    pub(in crate::sqlite) allows_fallback: bool,
    pub(in crate::sqlite) received_at: Timestamp,
}

/// Returns the statuses of a message, in the order in which they arrived.
pub(in crate::sqlite) fn list(conn: &Connection, message: &MessageId) -> Result<Vec<StatusRow>, Fault> {
    let mut statement = conn.prepare_cached(
        "SELECT kind, at, participant IS NOT NULL, error_code, error, received_at, allows_fallback FROM status
         WHERE message_id = ?1 ORDER BY id",
    )?;
    let read = |row: &Row<'_>| {
        Ok(StatusRow {
            state: read_state(row, 0)?,
            at: Timestamp::from_millis(row.get::<_, i64>(1)?.saturating_mul(1000)),
            is_of_participant: row.get(2)?,
            error: read_error(row, 3)?,
            allows_fallback: row.get(6)?,
            received_at: Timestamp::from_millis(row.get(5)?),
        })
    };
    Ok(statement.query_map([message.as_str()], read)?.collect::<Result<_, _>>()?)
}

/// Returns the states that are stored for one recipient of a message, each with the price that the status states, in the order of arrival.
pub(in crate::sqlite) fn charges(
    tx: &Tx<'_>,
    message: &MessageId,
    participant: Option<&str>,
) -> Result<Vec<(OutboxState, Option<MessageCharge>)>, Fault> {
    tx.all(
        "SELECT kind, category, price_type, market, is_billable FROM status
         WHERE message_id = ?1 AND participant IS ?2 ORDER BY id",
        params![message.as_str(), participant],
        |row| Ok((read_state(row, 0)?, read_charge(row)?)),
    )
}

/// Returns the price that a status stated last for the newest message of a conversation with a price.
pub(in crate::sqlite) fn last_charge(
    conn: &Connection,
    conversation: ConversationId,
) -> Result<Option<MessageCharge>, Fault> {
    let mut statement = conn.prepare_cached(
        "SELECT s.kind, s.category, s.price_type, s.market, s.is_billable
         FROM outbox o JOIN attempt a ON a.outbox = o.id JOIN status s ON s.message_id = a.message_id
         WHERE o.conversation = ?1 AND s.is_billable IS NOT NULL ORDER BY o.id DESC, s.id DESC LIMIT 1",
    )?;
    Ok(statement.query_row([conversation.0], read_charge).optional()?.flatten())
}

fn read_charge(row: &Row<'_>) -> rusqlite::Result<Option<MessageCharge>> {
    let Some(is_billable) = row.get::<_, Option<bool>>(4)? else { return Ok(None) };
    let market = row.get_ref(3)?.as_str_or_null()?.and_then(Market::of_calling_code);
    Ok(Some(MessageCharge { category: row.get(1)?, kind: row.get(2)?, market, is_billable }))
}
