//! Customer service window of conversations.

use std::time::Duration;

use rusqlite::params;

use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::{ConversationId, Timestamp};

/// Time after a user's message in which Meta accepts messages other than templates.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-messages#customer-service-windows>
const SERVICE_WINDOW: Duration = Duration::from_hours(24);

/// Makes an idle conversation due now for a message of a user, which opens the service window. The message of a conversation that is held or due
/// already finds the window open. `wakes` makes a conversation due whose agent could not work.
pub(in crate::sqlite) fn make_due_for_user(
    tx: &Tx<'_>,
    id: ConversationId,
    sent_at: i64,
    wakes: bool,
) -> Result<(), Fault> {
    let sent_at = Timestamp::from_millis(sent_at.saturating_mul(1000)).min(tx.now);
    tx.run(
        "UPDATE conversation SET due_at = ?2, window_until = max(coalesce(window_until, 0), ?3)
         WHERE id = ?1 AND held = 0 AND (due_at IS NULL OR (?4 AND retry_since IS NOT NULL AND due_at > ?2))",
        params![id.0, tx.now.as_millis(), sent_at.after(SERVICE_WINDOW).as_millis(), wakes],
    )?;
    Ok(())
}

/// Makes an idle conversation due now for a change of an earlier message. The change neither opens the service window nor ends a wait.
pub(in crate::sqlite) fn make_due_for_change(tx: &Tx<'_>, id: ConversationId) -> Result<(), Fault> {
    tx.run(
        "UPDATE conversation SET due_at = ?2 WHERE id = ?1 AND held = 0 AND due_at IS NULL",
        params![id.0, tx.now.as_millis()],
    )?;
    Ok(())
}

/// Tells whether the service window stays open for longer than `margin`.
pub(in crate::sqlite) fn is_window_open(tx: &Tx<'_>, id: ConversationId, margin: Duration) -> Result<bool, Fault> {
    let is_open: Option<bool> = tx.one(
        "SELECT window_until > ?2 FROM conversation WHERE id = ?1",
        params![id.0, tx.now.after(margin).as_millis()],
        |row| row.get(0),
    )?;
    Ok(is_open == Some(true))
}
