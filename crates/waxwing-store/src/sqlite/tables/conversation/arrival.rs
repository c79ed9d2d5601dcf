//! Arrivals of messages in conversations.

use rusqlite::params;

use super::window;
use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::{ConversationId, Timestamp};

/// Effect of a message on the conversation in which it arrives.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::sqlite) struct Arrival {
    /// Whether the message makes a conversation due whose agent could not work, or whose business is closed.
    pub(in crate::sqlite) wakes: bool,
    /// End of the service window that the message opens.
    pub(in crate::sqlite) window_end: Option<Timestamp>,
    /// Time of the message in Meta's seconds, if it is a sign that no other app owns the conversation.
    pub(in crate::sqlite) owned_at: Option<i64>,
}

/// The part of a statement that records a sign that no other app owns the conversation. A later sign of another app counts more.
macro_rules! set_owned {
    ($at:literal) => {
        concat!(
            "is_with_other_app = is_with_other_app AND coalesce(owner_at > ",
            $at,
            ", 1), owner_at = max(owner_at, coalesce(",
            $at,
            ", 0))"
        )
    };
}

/// Makes an idle conversation due now, and one that waits if the message wakes it. Records the other effects of the message in any case.
pub(in crate::sqlite) fn make_due(tx: &Tx<'_>, id: ConversationId, arrival: &Arrival) -> Result<(), Fault> {
    let Arrival { wakes, window_end, owned_at } = arrival;
    let changed = tx.run(
        concat!(
            "UPDATE conversation SET due_at = ?2,
                 window_until = CASE WHEN ?4 IS NULL THEN window_until ELSE max(coalesce(window_until, 0), ?4) END, ",
            set_owned!("?5"),
            " WHERE id = ?1 AND held = 0
                 AND (due_at IS NULL OR (?3 AND (retry_since IS NOT NULL OR waits_for_opening) AND due_at > ?2))"
        ),
        params![id.0, tx.now.as_millis(), wakes, window_end.map(Timestamp::as_millis), owned_at],
    )?;
    if changed == 0 { record(tx, id, arrival) } else { Ok(()) }
}

/// Records the effects of a message that does not make its conversation due. The stored end of the service window may be too early by
/// [`window::MAX_LAG`].
pub(in crate::sqlite) fn record(tx: &Tx<'_>, id: ConversationId, arrival: &Arrival) -> Result<(), Fault> {
    let Arrival { window_end, owned_at, .. } = arrival;
    if window_end.is_none() && owned_at.is_none() {
        return Ok(());
    }
    tx.run(
        concat!(
            "UPDATE conversation SET window_until = CASE WHEN coalesce(window_until, 0) < ?2 - ?3 THEN ?2 ELSE window_until END, ",
            set_owned!("?4"),
            " WHERE id = ?1 AND (coalesce(window_until, 0) < ?2 - ?3 OR owner_at < ?4 OR (is_with_other_app AND owner_at = ?4))"
        ),
        params![id.0, window_end.map(Timestamp::as_millis), window::millis(window::MAX_LAG), owned_at],
    )?;
    Ok(())
}
