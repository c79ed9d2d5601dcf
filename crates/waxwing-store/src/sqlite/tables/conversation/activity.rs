//! Work in progress of conversations.

use rusqlite::params;

use crate::ConversationId;
use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;

/// Returns whether a conversation has unanswered messages, a running turn, a human handoff or another app that owns it.
pub(in crate::sqlite) fn is_busy(tx: &Tx<'_>, id: ConversationId) -> Result<bool, Fault> {
    tx.one(
        "SELECT held = 1 OR due_at IS NOT NULL OR coalesce(paused_until > ?2, 0) OR is_with_other_app
         FROM conversation WHERE id = ?1",
        params![id.0, tx.now.as_millis()],
        |row| row.get(0),
    )
}
