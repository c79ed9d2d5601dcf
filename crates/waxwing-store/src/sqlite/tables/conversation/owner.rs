//! Owners of conversations that several apps share.

use rusqlite::params;

use crate::ConversationId;
use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;

/// Records whether another app owns a conversation, as of a time in Meta's seconds. An older sign than the last one changes nothing. Returns whether the
/// owner changes.
pub(in crate::sqlite) fn set(tx: &Tx<'_>, id: ConversationId, is_other_app: bool, at: i64) -> Result<bool, Fault> {
    // A sign without a time is the newest one.
    let at = if at > 0 { at } else { tx.now.as_millis() / 1000 };
    let changed = tx.run(
        "UPDATE conversation SET is_with_other_app = ?2, owner_at = ?3
         WHERE id = ?1 AND is_with_other_app <> ?2 AND owner_at <= ?3",
        params![id.0, is_other_app, at],
    )?;
    if changed == 0 && is_other_app {
        tx.run("UPDATE conversation SET owner_at = max(owner_at, ?2) WHERE id = ?1 AND is_with_other_app", [id.0, at])?;
    }
    Ok(changed > 0)
}

/// Returns whether a sign of the owner with this time, in Meta's seconds, is not older than the last one.
pub(in crate::sqlite) fn is_newest_sign(tx: &Tx<'_>, id: ConversationId, at: i64) -> Result<bool, Fault> {
    tx.one("SELECT ?2 <= 0 OR owner_at <= ?2 FROM conversation WHERE id = ?1", [id.0, at], |row| row.get(0))
}
