//! Parked rows of the table `outbox`: messages that wait outside the send queue until the user writes.

use rusqlite::params;
use waxwing_types::OutboundContent;

use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::vault::Column;
use crate::{ConversationId, OutboxId, PARKED_FOR, SendError};

/// Returns the number of parked messages of a conversation that have not waited for too long.
pub(in crate::sqlite) fn count(tx: &Tx<'_>, conversation: ConversationId) -> Result<u32, Fault> {
    // The conditions after the first two let SQLite use the partial index `outbox_unreported`.
    tx.one(
        "SELECT count(*) FROM outbox WHERE conversation = ?1 AND changed_at >= ?2 AND state = 'parked'
             AND state IN ('failed', 'dead_letter', 'parked') AND reported = 0",
        params![conversation.0, tx.now.before(PARKED_FOR).as_millis()],
        |row| row.get(0),
    )
}

/// Parks a row.
pub(in crate::sqlite) fn park(tx: &Tx<'_>, row: OutboxId, error: &SendError) -> Result<(), Fault> {
    tx.run(
        "UPDATE outbox SET state = 'parked', reported = 0, error_code = ?2, error = ?3, changed_at = ?4 WHERE id = ?1",
        params![row.0, error.code, error.message, tx.now.as_millis()],
    )?;
    Ok(())
}

/// Queues a message at the position of a parked row, for the same recipient.
pub(in crate::sqlite) fn insert_replacement(
    tx: &Tx<'_>,
    (conversation, parked): (ConversationId, OutboxId),
    position: i64,
    content: &OutboundContent,
) -> Result<(), Fault> {
    let stored = tx.conn.seal(Column::Outbox, Some(conversation), &serde_json::to_vec(content)?)?;
    tx.run(
        "INSERT INTO outbox (conversation, position, run, part, recipient, kind, content, callback_data, from_operator, class, agent, state,
             due_at, created_at, queued_at, changed_at)
         SELECT conversation, ?2, run, (SELECT max(part) + 1 FROM outbox WHERE conversation = o.conversation AND run = o.run),
             recipient, ?3, ?4, callback_data, from_operator, class, agent, 'queued', ?5, ?5, ?5, ?5
         FROM outbox o WHERE id = ?1",
        params![parked.0, position, content.kind(), stored, tx.now.as_millis()],
    )?;
    Ok(())
}

/// Moves the parked rows of a conversation, and the others that the agent does not know of, to another conversation of the same user.
pub(in crate::sqlite) fn move_unreported(tx: &Tx<'_>, from: ConversationId, to: ConversationId) -> Result<(), Fault> {
    tx.run(
        "UPDATE outbox SET conversation = ?2
         WHERE conversation = ?1 AND state IN ('failed', 'dead_letter', 'parked') AND reported = 0",
        [from.0, to.0],
    )?;
    Ok(())
}

/// Gives up a parked row that the agent does not send.
pub(in crate::sqlite) fn give_up(tx: &Tx<'_>, row: OutboxId) -> Result<(), Fault> {
    tx.run(
        "UPDATE outbox SET state = 'dead_letter', changed_at = ?2 WHERE id = ?1",
        params![row.0, tx.now.as_millis()],
    )?;
    Ok(())
}

/// Sets the parked rows of turns to `dead_letter`. Returns their ids.
pub(in crate::sqlite) fn set_dead_letter(
    tx: &Tx<'_>,
    conversation: ConversationId,
    reason: &str,
) -> Result<Vec<OutboxId>, Fault> {
    tx.all(
        "UPDATE outbox SET state = 'dead_letter', error_code = NULL, error = ?2, changed_at = ?3
         WHERE conversation = ?1 AND state = 'parked' AND state IN ('failed', 'dead_letter', 'parked') AND reported = 0
             AND from_operator = 0 AND class = 'reply'
         RETURNING id",
        params![conversation.0, reason, tx.now.as_millis()],
        |row| row.get(0).map(OutboxId),
    )
}
