//! Outages of the agents of conversations.

use rusqlite::params;

use crate::ConversationId;
use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;

/// Records a release because of an outage. `has_run` counts a run that failed. Returns whether the user was told about the outage.
pub(in crate::sqlite) fn record(tx: &Tx<'_>, id: ConversationId, has_run: bool) -> Result<bool, Fault> {
    tx.one(
        "UPDATE conversation SET retry_since = coalesce(retry_since, ?2), retry_count = retry_count + ?3
         WHERE id = ?1 RETURNING interim_sent",
        params![id.0, tx.now.as_millis(), has_run],
        |row| row.get(0),
    )
}

/// Records that the user was told about the outage.
pub(in crate::sqlite) fn set_told(tx: &Tx<'_>, id: ConversationId) -> Result<(), Fault> {
    tx.run("UPDATE conversation SET interim_sent = 1 WHERE id = ?1", [id.0])?;
    Ok(())
}
