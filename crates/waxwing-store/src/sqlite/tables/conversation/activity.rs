//! Work in progress of conversations.

use rusqlite::params;

use crate::ConversationId;
use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;

/// Returns whether a conversation has unanswered messages, a running turn or a human handoff.
pub(in crate::sqlite) fn is_busy(tx: &Tx<'_>, id: ConversationId) -> Result<bool, Fault> {
    tx.one(
        "SELECT held = 1 OR due_at IS NOT NULL OR coalesce(paused_until > ?2, 0) FROM conversation WHERE id = ?1",
        params![id.0, tx.now.as_millis()],
        |row| row.get(0),
    )
}
