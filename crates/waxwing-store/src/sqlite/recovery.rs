//! Recovery of work that a previous process left behind.

use rusqlite::Connection;

use super::fault::Fault;
use crate::Timestamp;

/// Ends the leases of a previous process.
///
/// Turns are due at once, and each held turn counts as a crash. Attempts in progress become in doubt. The in-doubt windows of all rows start
/// again with the next claim, because no status could arrive while no process was running.
pub(super) fn run(conn: &Connection, now: Timestamp) -> Result<(), Fault> {
    let tx = conn.unchecked_transaction()?;
    let now = now.as_millis();
    tx.execute(
        "UPDATE conversation SET held = 0, crash_count = crash_count + 1,
             isolated_crash_count = isolated_crash_count + isolated, isolated = 0, due_at = ?1
         WHERE held = 1",
        [now],
    )?;
    // The length of the in-doubt window is known at the next claim only. An expired lease on a `sending` row makes that claim start a window.
    tx.execute("UPDATE send_queue SET due_at = ?1 WHERE held = 1", [now])?;
    tx.execute(
        "UPDATE send_queue SET held = 1, due_at = ?1
         WHERE conversation IN (SELECT conversation FROM outbox WHERE state = 'in_doubt')",
        [now],
    )?;
    tx.execute("UPDATE outbox SET state = 'sending' WHERE state = 'in_doubt'", [])?;
    Ok(tx.commit()?)
}
