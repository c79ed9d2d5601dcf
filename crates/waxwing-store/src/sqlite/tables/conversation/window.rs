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

/// Returns the end of the service window that a message of a user opens. `sent_at` is in seconds since the Unix epoch.
pub(in crate::sqlite) fn end(tx: &Tx<'_>, sent_at: i64) -> Timestamp {
    Timestamp::from_millis(sent_at.saturating_mul(1000)).min(tx.now).after(SERVICE_WINDOW)
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
