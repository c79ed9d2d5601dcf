//! Marketing messages of conversations.

use rusqlite::params;
use waxwing_types::PhoneNumberId;

use crate::sqlite::fault::Fault;
use crate::sqlite::tables::user::{identity_columns, read_identity};
use crate::sqlite::tx::Tx;
use crate::{ConversationId, MarketingChoice, MessageCharge, OptOut, Timestamp};

/// Meta's code for a marketing message to a user who wants none.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>
pub(in crate::sqlite) const STOPPED: i64 = 131_050;

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

/// Returns whether the user wants no marketing messages.
pub(in crate::sqlite) fn is_stopped(tx: &Tx<'_>, id: ConversationId) -> Result<bool, Fault> {
    tx.one("SELECT marketing_stopped FROM conversation WHERE id = ?1", [id.0], |row| row.get(0))
}

/// Records that the user wants no marketing messages, if a message that was sent at `sent_at` was refused with this code. A choice that the user
/// made since counts more. Returns whether this was unknown.
pub(in crate::sqlite) fn stop_if_refused(
    tx: &Tx<'_>,
    id: ConversationId,
    code: Option<i64>,
    sent_at: Timestamp,
) -> Result<bool, Fault> {
    if code != Some(STOPPED) {
        return Ok(false);
    }
    // The time of a choice that is known already stays, so that a later choice counts.
    let changed = tx.run(
        "UPDATE conversation SET marketing_stopped = 1, marketing_choice_at = ?2
         WHERE id = ?1 AND marketing_stopped = 0 AND coalesce(marketing_choice_at, 0) <= ?2",
        params![id.0, sent_at.min(tx.now).as_millis()],
    )?;
    Ok(changed > 0)
}

/// Returns up to `limit` users who want no marketing messages, by the ids of their conversations, after one of them.
pub(in crate::sqlite) fn stopped(
    tx: &Tx<'_>,
    after: i64,
    limit: usize,
    key: impl Fn(ConversationId) -> String,
) -> Result<Vec<OptOut>, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    tx.all(
        concat!(
            "SELECT c.id, c.number, c.marketing_choice_at, ",
            identity_columns!(),
            " FROM conversation c JOIN user u ON u.id = c.user
              WHERE c.marketing_stopped = 1 AND c.id > ?1 ORDER BY c.id LIMIT ?2"
        ),
        [after, limit],
        |row| {
            let conversation = ConversationId(row.get(0)?);
            Ok(OptOut {
                conversation,
                conversation_key: key(conversation),
                number: PhoneNumberId::new(row.get::<_, String>(1)?),
                user: read_identity(row, 3)?,
                at: row.get::<_, Option<i64>>(2)?.map(Timestamp::from_millis),
            })
        },
    )
}

/// Returns whether Meta priced a message as a marketing message.
pub(in crate::sqlite) fn is_marketing(charge: &MessageCharge) -> bool {
    charge.category == CATEGORY
}

/// Records a marketing message.
pub(in crate::sqlite) fn note_sent(tx: &Tx<'_>, id: ConversationId) -> Result<(), Fault> {
    let now = tx.now.as_millis();
    tx.run("UPDATE conversation SET marketing_sent_at = ?2 WHERE id = ?1", params![id.0, now])?;
    Ok(())
}
