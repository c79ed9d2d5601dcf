//! Marketing messages of conversations.

use rusqlite::params;
use waxwing_types::PhoneNumberId;

use crate::sqlite::fault::Fault;
use crate::sqlite::tables::user::{identity_columns, read_identity};
use crate::sqlite::tx::Tx;
use crate::{ConversationId, MarketingChoice, OptOut, Timestamp};

/// Meta's code for a marketing message to a user who wants none.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>
const STOPPED: i64 = 131_050;

/// Meta's name of the rate category of marketing messages.
const CATEGORY: &str = "marketing";

/// Records a choice of the user, unless a later one is known.
pub(in crate::sqlite) fn choose(
    tx: &Tx<'_>,
    id: ConversationId,
    choice: MarketingChoice,
    at: Timestamp,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE conversation SET marketing_stopped = ?2, marketing_choice_at = ?3
         WHERE id = ?1 AND coalesce(marketing_choice_at, 0) <= ?3",
        params![id.0, choice == MarketingChoice::Stop, at.min(tx.now).as_millis()],
    )?;
    Ok(())
}

/// Records that the user wants no marketing messages, if a message was refused for this reason.
pub(in crate::sqlite) fn stop_if_refused(tx: &Tx<'_>, id: ConversationId, code: Option<i64>) -> Result<(), Fault> {
    if code != Some(STOPPED) {
        return Ok(());
    }
    // The time of a choice that is known already stays, so that a later choice counts.
    tx.run(
        "UPDATE conversation SET marketing_stopped = 1, marketing_choice_at = ?2 WHERE id = ?1 AND marketing_stopped = 0",
        params![id.0, tx.now.as_millis()],
    )?;
    Ok(())
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

/// Records a message of this rate category.
pub(in crate::sqlite) fn note_sent(tx: &Tx<'_>, id: ConversationId, category: &str) -> Result<(), Fault> {
    if category == CATEGORY {
        let now = tx.now.as_millis();
        tx.run("UPDATE conversation SET marketing_sent_at = ?2 WHERE id = ?1", params![id.0, now])?;
    }
    Ok(())
}
