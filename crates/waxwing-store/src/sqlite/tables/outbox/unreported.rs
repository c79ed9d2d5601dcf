//! Undelivered rows of the table `outbox` that the agent does not know of.

use rusqlite::params;

use super::parked;
use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::vault::Column;
use crate::{ConversationId, MAX_UNDELIVERED, OutboxId, PARKED_FOR, SendError, Timestamp, UndeliveredMessage};

/// Undelivered messages that the agent does not know of.
#[derive(Default)]
pub(in crate::sqlite) struct Unreported {
    pub(in crate::sqlite) messages: Vec<UndeliveredMessage>,
    /// Parked rows that have waited for too long, and were given up.
    pub(in crate::sqlite) given_up: Vec<OutboxId>,
}

/// Returns the undelivered messages that the agent does not know of. Parked ones are among them if `can_send_parked` is set: those that have waited
/// for too long are given up. A message whose content cannot be parsed is left out.
pub(in crate::sqlite) fn list(
    tx: &Tx<'_>,
    conversation: ConversationId,
    can_send_parked: bool,
) -> Result<Unreported, Fault> {
    let expired_at = tx.now.before(PARKED_FOR);
    let rows = tx.all(
        "SELECT id, content, error_code, error, EXISTS (
             SELECT 1 FROM outbox f WHERE f.conversation = o.conversation AND f.run = o.run AND f.replaces = o.id),
             state = 'parked', changed_at
         FROM outbox o
         WHERE conversation = ?1 AND state IN ('failed', 'dead_letter', 'parked') AND reported = 0
             AND (state <> 'parked' OR ?3) ORDER BY id LIMIT ?2",
        params![conversation.0, i64::try_from(MAX_UNDELIVERED).unwrap_or(i64::MAX), can_send_parked],
        |row| {
            let message = row.get::<_, Option<String>>(3)?.unwrap_or_else(|| "no reason was given".into());
            let error = SendError { code: row.get(2)?, message };
            let is_parked: bool = row.get(5)?;
            let has_expired = is_parked && Timestamp::from_millis(row.get(6)?) < expired_at;
            // Content that cannot be opened is left out as well: it must not stop the conversation.
            let content = tx.conn.read(Column::Outbox, row, 1).unwrap_or_default();
            Ok((OutboxId(row.get(0)?), content, error, row.get(4)?, is_parked, has_expired))
        },
    )?;
    let mut found = Unreported::default();
    for (id, content, error, is_replaced, is_parked, has_expired) in rows {
        if has_expired {
            parked::give_up(tx, id)?;
            found.given_up.push(id);
        }
        if let Ok(content) = serde_json::from_slice(&content) {
            let is_parked = is_parked && !has_expired;
            found.messages.push(UndeliveredMessage { id, content, error, is_replaced, is_parked });
        }
    }
    Ok(found)
}

/// Records that the agent knows of an undelivered message.
pub(in crate::sqlite) fn set_reported(tx: &Tx<'_>, conversation: ConversationId, id: OutboxId) -> Result<(), Fault> {
    tx.run("UPDATE outbox SET reported = 1 WHERE id = ?1 AND conversation = ?2", [id.0, conversation.0])?;
    Ok(())
}
