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

/// Time by which the stored end of a window may be too early. Saves a write for each message of a burst.
pub(super) const MAX_LAG: Duration = Duration::from_mins(1);

/// Meta's code for a message that was refused because the window is closed.
pub(in crate::sqlite) const WINDOW_CLOSED: i64 = 131_047;

/// Returns the end of the service window that a message of a user opens. `sent_at` is in seconds since the Unix epoch.
pub(in crate::sqlite) fn end(tx: &Tx<'_>, sent_at: i64) -> Timestamp {
    Timestamp::from_millis(sent_at.saturating_mul(1000)).min(tx.now).after(SERVICE_WINDOW)
}

/// Keeps the window open until `end`, unless the stored end is at most [`MAX_LAG`] earlier.
pub(in crate::sqlite) fn extend(tx: &Tx<'_>, id: ConversationId, end: Timestamp) -> Result<(), Fault> {
    tx.run(
        "UPDATE conversation SET window_until = ?2 WHERE id = ?1 AND coalesce(window_until, 0) < ?2 - ?3",
        params![id.0, end.as_millis(), millis(MAX_LAG)],
    )?;
    Ok(())
}

/// Closes the window after a message that was sent at `sent_at` was refused with this code, unless the user has written since.
pub(in crate::sqlite) fn close_if_refused(
    tx: &Tx<'_>,
    id: ConversationId,
    code: Option<i64>,
    sent_at: Timestamp,
) -> Result<(), Fault> {
    if code != Some(WINDOW_CLOSED) {
        return Ok(());
    }
    tx.run(
        "UPDATE conversation SET window_until = ?2 WHERE id = ?1 AND window_until > ?2 AND window_until <= ?3",
        params![id.0, tx.now.as_millis(), sent_at.after(SERVICE_WINDOW).as_millis()],
    )?;
    Ok(())
}

/// Returns how long the window stays open; zero if it is closed.
pub(in crate::sqlite) fn rest(tx: &Tx<'_>, id: ConversationId) -> Result<Duration, Fault> {
    let until: Option<Option<i64>> =
        tx.first("SELECT window_until FROM conversation WHERE id = ?1", [id.0], |row| row.get(0))?;
    Ok(rest_until(tx, until.flatten()))
}

/// Returns the time until the end of a window; zero if it is closed, or if no user has written.
pub(in crate::sqlite) fn rest_until(tx: &Tx<'_>, until: Option<i64>) -> Duration {
    until.map_or(Duration::ZERO, |until| Timestamp::from_millis(until).since(tx.now))
}

/// Returns a time in milliseconds.
pub(super) fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
