//! Notices to the users of conversations.

use rusqlite::params;

use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::{ConversationId, NewNotices};

/// Key of the first-contact text.
pub(in crate::sqlite) const FIRST_CONTACT: &str = "first-contact";

/// Records the notices of a reply.
pub(in crate::sqlite) fn record(tx: &Tx<'_>, id: ConversationId, notices: &NewNotices) -> Result<(), Fault> {
    let NewNotices { is_apology, is_away, first_contact } = notices;
    if !is_apology && !is_away && first_contact.is_none() {
        return Ok(());
    }
    tx.run(
        "UPDATE conversation SET apologized_at = CASE WHEN ?3 THEN ?2 ELSE apologized_at END,
             away_at = CASE WHEN ?4 THEN ?2 ELSE away_at END, first_contact = coalesce(?5, first_contact)
         WHERE id = ?1",
        params![id.0, tx.now.as_millis(), is_apology, is_away, first_contact.as_ref().map(|text| &text.version)],
    )?;
    Ok(())
}

/// Records that the pending messages wait until the business opens.
pub(in crate::sqlite) fn wait_for_opening(tx: &Tx<'_>, id: ConversationId) -> Result<(), Fault> {
    tx.run("UPDATE conversation SET waits_for_opening = 1 WHERE id = ?1", [id.0])?;
    Ok(())
}
