//! Table `attempt`: attempts to send outbox rows.

use rusqlite::{Connection, Row, params};
use waxwing_types::MessageId;

use super::outbox::{read_error, read_state};
use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::{AttemptRecord, ConversationId, MAX_ATTEMPT_ERRORS, OutboxId, OutboxState, SendError, Timestamp};

/// Inserts an attempt that starts now.
pub(in crate::sqlite) fn insert(tx: &Tx<'_>, row: OutboxId, attempt: u32) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO attempt (outbox, attempt, started_at) VALUES (?1, ?2, ?3)",
        params![row.0, attempt, tx.now.as_millis()],
    )?;
    Ok(())
}

/// Removes an attempt.
pub(in crate::sqlite) fn delete(tx: &Tx<'_>, row: OutboxId, attempt: u32) -> Result<(), Fault> {
    tx.run("DELETE FROM attempt WHERE outbox = ?1 AND attempt = ?2", params![row.0, attempt])?;
    Ok(())
}

/// Returns the time at which an attempt started.
pub(in crate::sqlite) fn started_at(tx: &Tx<'_>, row: OutboxId, attempt: u32) -> Result<Timestamp, Fault> {
    tx.one("SELECT started_at FROM attempt WHERE outbox = ?1 AND attempt = ?2", params![row.0, attempt], |row| {
        row.get(0).map(Timestamp::from_millis)
    })
}

/// Records that the outcome of an attempt is recorded.
pub(in crate::sqlite) fn set_outcome_recorded(tx: &Tx<'_>, row: OutboxId, attempt: u32) -> Result<(), Fault> {
    tx.run("UPDATE attempt SET outcome_recorded = 1 WHERE outbox = ?1 AND attempt = ?2", params![row.0, attempt])?;
    Ok(())
}

/// Records why an attempt failed, and forgets the reasons of old attempts of the row.
pub(in crate::sqlite) fn set_error(tx: &Tx<'_>, row: OutboxId, attempt: u32, error: &SendError) -> Result<(), Fault> {
    tx.run(
        "UPDATE attempt SET error_code = ?3, error = ?4 WHERE outbox = ?1 AND attempt = ?2",
        params![row.0, attempt, error.code, error.message],
    )?;
    tx.run(
        "UPDATE attempt SET error_code = NULL, error = NULL WHERE outbox = ?1 AND attempt <= ?2 AND error IS NOT NULL",
        params![row.0, attempt.saturating_sub(MAX_ATTEMPT_ERRORS)],
    )?;
    Ok(())
}

/// Records Meta's id of an attempt's message.
pub(in crate::sqlite) fn set_message_id(
    tx: &Tx<'_>,
    row: OutboxId,
    attempt: u32,
    message: &MessageId,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE attempt SET message_id = ?3, accepted_at = coalesce(accepted_at, ?4)
         WHERE outbox = ?1 AND attempt = ?2",
        params![row.0, attempt, message.as_str(), tx.now.as_millis()],
    )?;
    Ok(())
}

/// Records the highest known state of an attempt's message.
pub(in crate::sqlite) fn set_state(tx: &Tx<'_>, row: OutboxId, attempt: u32, state: OutboxState) -> Result<(), Fault> {
    tx.run(
        "UPDATE attempt SET state = ?3 WHERE outbox = ?1 AND attempt = ?2",
        params![row.0, attempt, state.as_str()],
    )?;
    Ok(())
}

/// An attempt that a status names.
pub(in crate::sqlite) struct NamedAttempt {
    pub(in crate::sqlite) row: OutboxId,
    pub(in crate::sqlite) attempt: u32,
    /// Whether Meta's id of the message is known.
    pub(in crate::sqlite) has_message_id: bool,
}

/// Returns an attempt by its row and number.
pub(in crate::sqlite) fn find(tx: &Tx<'_>, row: OutboxId, attempt: u32) -> Result<Option<NamedAttempt>, Fault> {
    tx.first(
        "SELECT message_id IS NOT NULL FROM attempt WHERE outbox = ?1 AND attempt = ?2",
        params![row.0, attempt],
        |found| Ok(NamedAttempt { row, attempt, has_message_id: found.get(0)? }),
    )
}

/// Returns the attempt whose message has this id.
pub(in crate::sqlite) fn by_message_id(tx: &Tx<'_>, message: &MessageId) -> Result<Option<NamedAttempt>, Fault> {
    tx.first("SELECT outbox, attempt FROM attempt WHERE message_id = ?1", [message.as_str()], |row| {
        Ok(NamedAttempt { row: OutboxId(row.get(0)?), attempt: row.get(1)?, has_message_id: true })
    })
}

/// State of a row and of one of its attempts.
pub(in crate::sqlite) struct AttemptState {
    pub(in crate::sqlite) conversation: ConversationId,
    pub(in crate::sqlite) row_state: OutboxState,
    /// Number of the row's attempts.
    pub(in crate::sqlite) attempts: u32,
    pub(in crate::sqlite) uncounted_attempts: u32,
    /// Message id of the attempt that determined the state of the row.
    pub(in crate::sqlite) row_message: Option<String>,
    pub(in crate::sqlite) attempt_message: Option<String>,
    pub(in crate::sqlite) reported_state: Option<OutboxState>,
    /// Whether the message of another counted attempt reached the user.
    pub(in crate::sqlite) other_arrived: bool,
}

/// Returns the state of an attempt with the state of its row.
pub(in crate::sqlite) fn state(tx: &Tx<'_>, row: OutboxId, attempt: u32) -> Result<AttemptState, Fault> {
    tx.one(
        "SELECT o.conversation, o.state, o.attempts, o.uncounted_attempts, a.message_id, a.state, o.message_id, EXISTS (
             SELECT 1 FROM attempt c WHERE c.outbox = o.id AND c.attempt > o.uncounted_attempts
                 AND c.attempt <> a.attempt AND c.state IN ('delivered', 'read', 'played'))
         FROM outbox o JOIN attempt a ON a.outbox = o.id WHERE o.id = ?1 AND a.attempt = ?2",
        params![row.0, attempt],
        |found| {
            let has_state = found.get_ref(5)?.as_str_or_null()?.is_some();
            Ok(AttemptState {
                conversation: ConversationId(found.get(0)?),
                row_state: read_state(found, 1)?,
                attempts: found.get(2)?,
                uncounted_attempts: found.get(3)?,
                attempt_message: found.get(4)?,
                reported_state: if has_state { Some(read_state(found, 5)?) } else { None },
                row_message: found.get(6)?,
                other_arrived: found.get(7)?,
            })
        },
    )
}

/// Returns the attempts of a row, each with the time of the first proof that Meta accepted the message.
pub(in crate::sqlite) fn list(
    conn: &Connection,
    row: OutboxId,
) -> Result<Vec<(AttemptRecord, Option<Timestamp>)>, Fault> {
    let mut statement = conn.prepare_cached(
        "SELECT attempt, started_at, message_id, accepted_at, error_code, error FROM attempt WHERE outbox = ?1 ORDER BY attempt",
    )?;
    let read = |row: &Row<'_>| {
        let attempt = AttemptRecord {
            attempt: row.get(0)?,
            started_at: Timestamp::from_millis(row.get(1)?),
            message_id: row.get::<_, Option<String>>(2)?.map(MessageId::new),
            error: read_error(row, 4)?,
        };
        Ok((attempt, row.get::<_, Option<i64>>(3)?.map(Timestamp::from_millis)))
    };
    Ok(statement.query_map([row.0], read)?.collect::<Result<_, _>>()?)
}
