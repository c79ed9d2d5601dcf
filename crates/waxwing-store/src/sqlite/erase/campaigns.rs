//! Erasure of a user's places in campaigns.

use rusqlite::params;

use super::execute;
use super::names::Names;
use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;

/// Erases the recipients with one of the ids or conversations, and the scheduled messages of the conversations. Returns the number of
/// recipients.
pub(super) fn erase(tx: &Tx<'_>, names: &Names, conversations: &str) -> Result<usize, Fault> {
    let mut erased = execute(
        tx,
        "DELETE FROM campaign_recipient WHERE conversation IN (SELECT value FROM json_each(?1))",
        [conversations],
    )?;
    for name in names.iter() {
        erased += execute(tx, "DELETE FROM campaign_recipient WHERE address = ?1", params![name])?;
    }
    execute(
        tx,
        "DELETE FROM campaign WHERE kind <> 'campaign'
             AND NOT EXISTS (SELECT 1 FROM campaign_recipient r WHERE r.campaign = campaign.id)",
        (),
    )?;
    Ok(erased)
}
