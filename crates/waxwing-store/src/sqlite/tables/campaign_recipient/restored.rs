//! Recipients of the table `campaign_recipient` in a restored database.

use rusqlite::params;

use crate::CampaignId;
use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;

/// Ends the recipients that wait: their messages may have been sent after the backup. Returns their number.
pub(in crate::sqlite) fn set_unknown(tx: &Tx<'_>, campaign: CampaignId, reason: &str) -> Result<u64, Fault> {
    let changed = tx.run(
        "UPDATE campaign_recipient SET state = 'unknown', error_code = NULL, error = ?2, ended_at = ?3
         WHERE campaign = ?1 AND state = 'waiting'",
        params![campaign.0, reason, tx.now.as_millis()],
    )?;
    Ok(u64::try_from(changed).unwrap_or(u64::MAX))
}
