//! Recovery of work that a previous process left behind.

use rusqlite::Connection;

use super::fault::Fault;
use super::tables::{conversation, outbox, send_queue};
use crate::Timestamp;

/// Ends the leases of a previous process.
///
/// Turns are due at once. Each held turn counts as a crash if the process has crashed. Attempts in progress become in doubt. The in-doubt windows of all rows start
/// again with the next claim, because no status could arrive while no process was running.
pub(super) fn run(conn: &Connection, now: Timestamp, has_crashed: bool) -> Result<(), Fault> {
    let tx = conn.unchecked_transaction()?;
    conversation::end_leases(&tx, now, has_crashed)?;
    // The length of the in-doubt window is known at the next claim only. An expired lease on a `sending` row makes that claim start a window.
    send_queue::expire_leases(&tx, now)?;
    send_queue::hold_in_doubt(&tx, now)?;
    outbox::restart_in_doubt(&tx)?;
    Ok(tx.commit()?)
}
