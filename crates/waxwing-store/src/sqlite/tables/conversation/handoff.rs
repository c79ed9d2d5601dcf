//! Times of human handoffs.

use rusqlite::params;

use crate::sqlite::fault::Fault;
use crate::sqlite::tables::entry;
use crate::sqlite::tx::Tx;
use crate::{ConversationId, Timestamp};

/// Returns the time until which a human answers, which can be over, and the time at which the agent or the user asked for one.
pub(in crate::sqlite) fn times(
    tx: &Tx<'_>,
    id: ConversationId,
) -> Result<(Option<Timestamp>, Option<Timestamp>), Fault> {
    let time = |at: Option<i64>| at.map(Timestamp::from_millis);
    tx.one("SELECT paused_until, asked_at FROM conversation WHERE id = ?1", [id.0], |row| {
        Ok((time(row.get(0)?), time(row.get(1)?)))
    })
}

/// Sets both times.
pub(in crate::sqlite) fn set_times(
    tx: &Tx<'_>,
    id: ConversationId,
    until: Option<Timestamp>,
    asked_at: Option<Timestamp>,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE conversation SET paused_until = ?2, asked_at = ?3 WHERE id = ?1",
        params![id.0, until.map(Timestamp::as_millis), asked_at.map(Timestamp::as_millis)],
    )?;
    Ok(())
}

/// Returns conversations whose handoff is over.
pub(in crate::sqlite) fn over(tx: &Tx<'_>, limit: usize) -> Result<Vec<ConversationId>, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    tx.all(
        "SELECT id FROM conversation WHERE paused_until <= ?1 ORDER BY paused_until LIMIT ?2",
        [tx.now.as_millis(), limit],
        |row| row.get(0).map(ConversationId),
    )
}

/// Returns the end of the handoff that ends first.
pub(in crate::sqlite) fn next_end(tx: &Tx<'_>) -> Result<Option<Timestamp>, Fault> {
    first(tx, "SELECT min(paused_until) FROM conversation WHERE paused_until IS NOT NULL")
}

/// Returns conversations in which a human was asked for at this time or before, with the time.
pub(in crate::sqlite) fn asked_before(
    tx: &Tx<'_>,
    at: Timestamp,
    limit: usize,
) -> Result<Vec<(ConversationId, Timestamp)>, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    tx.all(
        "SELECT id, asked_at FROM conversation WHERE asked_at <= ?1 ORDER BY asked_at LIMIT ?2",
        [at.as_millis(), limit],
        |row| Ok((ConversationId(row.get(0)?), Timestamp::from_millis(row.get(1)?))),
    )
}

/// Returns the first time at which a human was asked for.
pub(in crate::sqlite) fn first_asked(tx: &Tx<'_>) -> Result<Option<Timestamp>, Fault> {
    first(tx, "SELECT min(asked_at) FROM conversation WHERE asked_at IS NOT NULL")
}

/// Removes the time at which a human was asked for.
pub(in crate::sqlite) fn set_answered(tx: &Tx<'_>, id: ConversationId) -> Result<(), Fault> {
    tx.run("UPDATE conversation SET asked_at = NULL WHERE id = ?1", [id.0])?;
    Ok(())
}

/// Returns whether an operator, a person in the Business app or another app has written since a time.
pub(in crate::sqlite) fn is_answered_since(tx: &Tx<'_>, id: ConversationId, at: Timestamp) -> Result<bool, Fault> {
    tx.one(
        "SELECT EXISTS (
             SELECT 1 FROM entry WHERE conversation = ?1 AND id >= ?2 AND origin IN ('operator', 'business_app', 'other_app'))",
        [id.0, entry::oldest_key(at)],
        |row| row.get(0),
    )
}

fn first(tx: &Tx<'_>, query: &'static str) -> Result<Option<Timestamp>, Fault> {
    let at: Option<i64> = tx.one(query, [], |row| row.get(0))?;
    Ok(at.map(Timestamp::from_millis))
}
