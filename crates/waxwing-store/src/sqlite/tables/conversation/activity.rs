//! Work in progress of conversations.

use std::time::Duration;

use rusqlite::params;

use crate::ConversationId;
use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;

/// Time after the last sign of another app from which its conversation counts as over: Meta does not report a release, and the app can send no more
/// texts then.
const OWNED_FOR: Duration = Duration::from_hours(24);

/// Returns whether a conversation has unanswered messages, a running turn, a human handoff or another app that answers it.
pub(in crate::sqlite) fn is_busy(tx: &Tx<'_>, id: ConversationId) -> Result<bool, Fault> {
    tx.one(
        "SELECT held = 1 OR due_at IS NOT NULL OR coalesce(paused_until > ?2, 0) OR (is_with_other_app AND owner_at > ?3)
         FROM conversation WHERE id = ?1",
        params![id.0, tx.now.as_millis(), tx.now.before(OWNED_FOR).as_millis() / 1000],
        |row| row.get(0),
    )
}
