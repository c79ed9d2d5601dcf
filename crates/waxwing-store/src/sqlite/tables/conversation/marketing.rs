//! Marketing messages of conversations.

use rusqlite::params;

use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::{ConversationId, MarketingChoice, Timestamp};

/// Meta's code for a marketing message to a user who wants none.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>
const STOPPED: i64 = 131_050;

/// Meta's name of the rate category of marketing messages.
const CATEGORY: &str = "marketing";

/// Records a choice of the user, unless a later one is known. Returns whether the user wants something else than before.
pub(in crate::sqlite) fn choose(
    tx: &Tx<'_>,
    id: ConversationId,
    choice: MarketingChoice,
    at: Timestamp,
) -> Result<bool, Fault> {
    let was_stopped: bool =
        tx.one("SELECT marketing_stopped FROM conversation WHERE id = ?1", [id.0], |row| row.get(0))?;
    let is_stopped = choice == MarketingChoice::Stop;
    let changed = tx.run(
        "UPDATE conversation SET marketing_stopped = ?2, marketing_choice_at = ?3
         WHERE id = ?1 AND coalesce(marketing_choice_at, 0) <= ?3",
        params![id.0, is_stopped, at.min(tx.now).as_millis()],
    )?;
    Ok(changed > 0 && was_stopped != is_stopped)
}

/// Records that the user wants no marketing messages, if a message was refused for this reason. Returns whether this was unknown.
pub(in crate::sqlite) fn stop_if_refused(tx: &Tx<'_>, id: ConversationId, code: Option<i64>) -> Result<bool, Fault> {
    if code != Some(STOPPED) {
        return Ok(false);
    }
    // The time of a choice that is known already stays, so that a later choice counts.
    let changed = tx.run(
        "UPDATE conversation SET marketing_stopped = 1, marketing_choice_at = ?2 WHERE id = ?1 AND marketing_stopped = 0",
        params![id.0, tx.now.as_millis()],
    )?;
    Ok(changed > 0)
}

/// Records a message of this rate category.
pub(in crate::sqlite) fn note_sent(tx: &Tx<'_>, id: ConversationId, category: &str) -> Result<(), Fault> {
    if category == CATEGORY {
        let now = tx.now.as_millis();
        tx.run("UPDATE conversation SET marketing_sent_at = ?2 WHERE id = ?1", params![id.0, now])?;
    }
    Ok(())
}
