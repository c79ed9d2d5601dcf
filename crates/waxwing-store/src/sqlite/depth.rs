//! Lengths of the queues.

use rusqlite::Connection;
use waxwing_types::PhoneNumberId;

use super::fault::Fault;
use super::tables::depth;
use crate::{QueueDepth, Timestamp};

/// Returns the lengths of the queues of these business numbers, in their order.
pub(super) fn of_numbers(
    conn: &Connection,
    numbers: &[PhoneNumberId],
    now: Timestamp,
) -> Result<Vec<QueueDepth>, Fault> {
    let since = |due_at: Option<i64>| due_at.map(|at| now.since(Timestamp::from_millis(at))).unwrap_or_default();
    let pending = depth::pending(conn, QueueDepth::MAX_COUNTED)?;
    let mut depths = Vec::new();
    for number in numbers {
        depths.push(QueueDepth {
            pending: pending.get(number.as_str()).copied().unwrap_or_default(),
            turn_due_for: since(depth::turn_due_at(conn, number.as_str())?),
            send_due_for: since(depth::send_due_at(conn, number.as_str())?),
            ..QueueDepth::empty(number.clone())
        });
    }
    for (nth, state) in QueueDepth::STATES.into_iter().enumerate() {
        let counts = depth::outbox(conn, state, QueueDepth::MAX_COUNTED)?;
        for depth in &mut depths {
            depth.outbox[nth].1 = counts.get(depth.number.as_str()).copied().unwrap_or_default();
        }
    }
    Ok(depths)
}
