//! Times of human handoffs.

use rusqlite::params;

use crate::sqlite::fault::Fault;
use crate::sqlite::tables::entry;
use crate::sqlite::tx::Tx;
use crate::{ConversationId, Timestamp};

/// A human handoff.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::sqlite) struct Handoff {
    /// Time until which a human answers, which can be over. None without a handoff.
    pub(in crate::sqlite) until: Option<Timestamp>,
    /// Time at which the agent or the user asked for a human. None if a human began the handoff.
    pub(in crate::sqlite) asked_at: Option<Timestamp>,
    /// Whether it is not known yet that a human has answered since.
    pub(in crate::sqlite) awaits_answer: bool,
}

/// Returns the handoff of a conversation.
pub(in crate::sqlite) fn get(tx: &Tx<'_>, id: ConversationId) -> Result<Handoff, Fault> {
    let time = |at: Option<i64>| at.map(Timestamp::from_millis);
    tx.one("SELECT paused_until, asked_at, awaits_answer FROM conversation WHERE id = ?1", [id.0], |row| {
        Ok(Handoff { until: time(row.get(0)?), asked_at: time(row.get(1)?), awaits_answer: row.get(2)? })
    })
}

/// Sets the handoff of a conversation.
pub(in crate::sqlite) fn set(tx: &Tx<'_>, id: ConversationId, handoff: Handoff) -> Result<(), Fault> {
    let Handoff { until, asked_at, awaits_answer } = handoff;
    tx.run(
        "UPDATE conversation SET paused_until = ?2, asked_at = ?3, awaits_answer = ?4 WHERE id = ?1",
        params![id.0, until.map(Timestamp::as_millis), asked_at.map(Timestamp::as_millis), awaits_answer],
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

/// Returns conversations that await an answer since this time or before, with the time.
pub(in crate::sqlite) fn asked_before(
    tx: &Tx<'_>,
    at: Timestamp,
    limit: usize,
) -> Result<Vec<(ConversationId, Timestamp)>, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    tx.all(
        "SELECT id, asked_at FROM conversation WHERE awaits_answer = 1 AND asked_at <= ?1 ORDER BY asked_at LIMIT ?2",
        [at.as_millis(), limit],
        |row| Ok((ConversationId(row.get(0)?), Timestamp::from_millis(row.get(1)?))),
    )
}

/// Returns the first time since which a conversation awaits an answer.
pub(in crate::sqlite) fn first_asked(tx: &Tx<'_>) -> Result<Option<Timestamp>, Fault> {
    first(tx, "SELECT min(asked_at) FROM conversation WHERE awaits_answer = 1")
}

/// Notes that the request for a human was examined.
pub(in crate::sqlite) fn set_examined(tx: &Tx<'_>, id: ConversationId) -> Result<(), Fault> {
    tx.run("UPDATE conversation SET awaits_answer = 0 WHERE id = ?1", [id.0])?;
    Ok(())
}

/// Returns whether an operator, a person in the Business app or another app has written since a time.
pub(in crate::sqlite) fn is_answered_since(tx: &Tx<'_>, id: ConversationId, at: Timestamp) -> Result<bool, Fault> {
    tx.one(
        "SELECT EXISTS (SELECT 1 FROM entry WHERE conversation = ?1 AND id >= ?2 AND origin IN ('business_app', 'other_app'))
             OR EXISTS (SELECT 1 FROM outbox WHERE conversation = ?1 AND from_operator = 1 AND created_at >= ?3)",
        [id.0, entry::oldest_key(at), at.as_millis()],
        |row| row.get(0),
    )
}

fn first(tx: &Tx<'_>, query: &'static str) -> Result<Option<Timestamp>, Fault> {
    let at: Option<i64> = tx.one(query, [], |row| row.get(0))?;
    Ok(at.map(Timestamp::from_millis))
}
