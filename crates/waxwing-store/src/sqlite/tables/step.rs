//! Table `step`: journals of unfinished runs.

use bytes::Bytes;
use rusqlite::params;

use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::vault::Column;
use crate::{ConversationId, RunId, StepKey, StepRecord};

/// Returns the steps of a run, in the order in which they were started.
pub(in crate::sqlite) fn list(
    tx: &Tx<'_>,
    conversation: ConversationId,
    run: &RunId,
) -> Result<Vec<StepRecord>, Fault> {
    tx.all(
        "SELECT name, nth, result FROM step WHERE conversation = ?1 AND run = ?2 ORDER BY id",
        params![conversation.0, run.0],
        |row| {
            let key = StepKey { name: row.get(0)?, nth: row.get(1)? };
            Ok(StepRecord { key, result: tx.conn.read_optional(Column::StepResult, row, 2)?.map(Bytes::from) })
        },
    )
}

/// Tells whether the unfinished run of a conversation has recorded a step.
pub(in crate::sqlite) fn exists(tx: &Tx<'_>, conversation: ConversationId) -> Result<bool, Fault> {
    Ok(tx.first("SELECT 1 FROM step WHERE conversation = ?1 LIMIT 1", [conversation.0], |_| Ok(()))?.is_some())
}

/// Inserts a step without a result, unless it exists.
pub(in crate::sqlite) fn insert(
    tx: &Tx<'_>,
    conversation: ConversationId,
    run: &RunId,
    key: &StepKey,
) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO step (conversation, run, name, nth) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        params![conversation.0, run.0, key.name, key.nth],
    )?;
    Ok(())
}

/// Sets the result of a step.
pub(in crate::sqlite) fn set_result(
    tx: &Tx<'_>,
    conversation: ConversationId,
    run: &RunId,
    key: &StepKey,
    result: &[u8],
) -> Result<(), Fault> {
    let result = tx.conn.seal(Column::StepResult, Some(conversation), result)?;
    tx.run(
        "INSERT INTO step (conversation, run, name, nth, result) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (conversation, run, name, nth) DO UPDATE SET result = excluded.result",
        params![conversation.0, run.0, key.name, key.nth, result],
    )?;
    Ok(())
}

/// Removes all steps of a conversation.
pub(in crate::sqlite) fn delete_all(tx: &Tx<'_>, conversation: ConversationId) -> Result<(), Fault> {
    tx.run("DELETE FROM step WHERE conversation = ?1", [conversation.0])?;
    Ok(())
}
