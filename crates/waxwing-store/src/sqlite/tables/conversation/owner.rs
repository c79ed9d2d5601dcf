//! Owners of conversations that several apps share.

use rusqlite::params;

use crate::ConversationId;
use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;

/// A sign of the owner of a conversation, compared with the signs before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sqlite) enum OwnerSign {
    /// A later sign is known, or another one of the same time that says the same.
    Known,
    /// The sign is the newest one, and the owner stays.
    Confirms,
    /// The sign is the newest one, and the owner changes.
    Changes,
}

/// Returns the time of a sign in Meta's seconds. A sign without a time is the newest one.
pub(in crate::sqlite) fn time_of_sign(tx: &Tx<'_>, at: i64) -> i64 {
    if at > 0 { at } else { tx.now.as_millis() / 1000 }
}

/// Records whether another app owns a conversation, as of a time in Meta's seconds. An older sign than the last one changes nothing.
pub(in crate::sqlite) fn set(tx: &Tx<'_>, id: ConversationId, is_other_app: bool, at: i64) -> Result<OwnerSign, Fault> {
    let at = time_of_sign(tx, at);
    let (was_other_app, last_at): (bool, i64) =
        tx.one("SELECT is_with_other_app, owner_at FROM conversation WHERE id = ?1", [id.0], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let is_confirmed = was_other_app == is_other_app;
    if at < last_at || (is_confirmed && at == last_at) {
        return Ok(OwnerSign::Known);
    }
    tx.run(
        "UPDATE conversation SET is_with_other_app = ?2, owner_at = ?3 WHERE id = ?1",
        params![id.0, is_other_app, at],
    )?;
    Ok(if is_confirmed { OwnerSign::Confirms } else { OwnerSign::Changes })
}

/// Returns whether another app owns a conversation.
pub(in crate::sqlite) fn is_other_app(tx: &Tx<'_>, id: ConversationId) -> Result<bool, Fault> {
    tx.one("SELECT is_with_other_app FROM conversation WHERE id = ?1", [id.0], |row| row.get(0))
}

/// Returns whether a sign of the owner with this time, in Meta's seconds, is not older than the last one.
pub(in crate::sqlite) fn is_newest_sign(tx: &Tx<'_>, id: ConversationId, at: i64) -> Result<bool, Fault> {
    tx.one("SELECT ?2 <= 0 OR owner_at <= ?2 FROM conversation WHERE id = ?1", [id.0, at], |row| row.get(0))
}
