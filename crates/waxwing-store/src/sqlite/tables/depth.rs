//! Counts of the rows that wait, by business number.

use std::collections::HashMap;

use rusqlite::{Connection, Params, params};

use crate::OutboxState;
use crate::sqlite::fault::Fault;

/// Returns the pending messages of each business number. At most `limit` messages are counted.
pub(in crate::sqlite) fn pending(conn: &Connection, limit: u32) -> Result<HashMap<String, u64>, Fault> {
    counts(
        conn,
        "SELECT c.number, count(*) FROM (SELECT conversation FROM inbox WHERE outcome IS NULL LIMIT ?1) i
         JOIN conversation c ON c.id = i.conversation GROUP BY c.number",
        [limit],
    )
}

/// Returns the messages of each business number in a state. At most `limit` messages are counted.
pub(in crate::sqlite) fn outbox(
    conn: &Connection,
    state: OutboxState,
    limit: u32,
) -> Result<HashMap<String, u64>, Fault> {
    counts(
        conn,
        "SELECT q.number, count(*) FROM (SELECT conversation FROM outbox WHERE state = ?1 LIMIT ?2) o
         JOIN send_queue q ON q.conversation = o.conversation GROUP BY q.number",
        params![state.as_str(), limit],
    )
}

/// Returns the time at which the oldest turn of a business number is due.
pub(in crate::sqlite) fn turn_due_at(conn: &Connection, number: &str) -> Result<Option<i64>, Fault> {
    let mut statement =
        conn.prepare_cached("SELECT min(due_at) FROM conversation WHERE number = ?1 AND due_at IS NOT NULL")?;
    Ok(statement.query_row([number], |row| row.get(0))?)
}

/// Returns the time at which the oldest send of a business number is due, without messages of campaigns.
pub(in crate::sqlite) fn send_due_at(conn: &Connection, number: &str) -> Result<Option<i64>, Fault> {
    // Each part follows an index of its own.
    let mut statement = conn.prepare_cached(
        "SELECT min(due_at) FROM (
             SELECT min(due_at) AS due_at FROM send_queue
             WHERE number = ?1 AND due_at IS NOT NULL AND failing_since IS NULL AND is_campaign = 0
             UNION ALL
             SELECT min(due_at) FROM send_queue WHERE number = ?1 AND due_at IS NOT NULL AND failing_since IS NOT NULL
         )",
    )?;
    Ok(statement.query_row([number], |row| row.get(0))?)
}

fn counts(conn: &Connection, sql: &str, params: impl Params) -> Result<HashMap<String, u64>, Fault> {
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params, |row| Ok((row.get(0)?, u64::from(row.get::<_, u32>(1)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
