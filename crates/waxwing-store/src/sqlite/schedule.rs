//! Schedule of conversations with a turn or a send to do.

use std::time::Duration;

use rusqlite::params;
use waxwing_types::PhoneNumberId;

use super::fault::Fault;
use super::tx::Tx;
use crate::{ConversationId, Timestamp};

/// A table whose rows are locks with a due time.
#[derive(Debug, Clone, Copy)]
pub(super) enum Queue {
    /// Turns, in the table `conversation`.
    Turns,
    /// Sends of queues that are not failing, in the table `send_queue`.
    HealthySends,
    /// Sends of failing queues, in the table `send_queue`.
    FailingSends,
}

/// Returns up to `limit` conversations whose locks can be taken now, longest due first.
pub(super) fn due(
    tx: &Tx<'_>,
    queue: Queue,
    numbers: &[PhoneNumberId],
    limit: usize,
) -> Result<Vec<ConversationId>, Fault> {
    let sql = match queue {
        Queue::Turns => {
            "SELECT due_at, id FROM conversation WHERE number = ?1 AND due_at <= ?2 ORDER BY due_at LIMIT ?3"
        }
        Queue::HealthySends => {
            "SELECT due_at, conversation FROM send_queue
             WHERE number = ?1 AND due_at <= ?2 AND failing_since IS NULL ORDER BY due_at LIMIT ?3"
        }
        Queue::FailingSends => {
            "SELECT due_at, conversation FROM send_queue
             WHERE number = ?1 AND due_at <= ?2 AND failing_since IS NOT NULL ORDER BY due_at LIMIT ?3"
        }
    };
    let rows = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut found: Vec<(i64, i64)> = Vec::new();
    // A query for one number follows the index. A query for all numbers would sort every due row.
    for number in numbers {
        let params = params![number.as_str(), tx.now.as_millis(), rows];
        found.extend(tx.all(sql, params, |row| Ok((row.get(0)?, row.get(1)?)))?);
    }
    found.sort_unstable();
    found.dedup();
    found.truncate(limit);
    Ok(found.into_iter().map(|(_, id)| ConversationId(id)).collect())
}

/// Returns the time until the next lock can be taken. The end of a lease counts, because its holder may have crashed.
pub(super) fn next_due_in(tx: &Tx<'_>, queue: Queue, numbers: &[PhoneNumberId]) -> Result<Option<Duration>, Fault> {
    let sql = match queue {
        Queue::Turns => "SELECT min(due_at) FROM conversation WHERE number = ?1 AND due_at IS NOT NULL",
        Queue::HealthySends => {
            "SELECT min(due_at) FROM send_queue WHERE number = ?1 AND due_at IS NOT NULL AND failing_since IS NULL"
        }
        Queue::FailingSends => {
            "SELECT min(due_at) FROM send_queue WHERE number = ?1 AND due_at IS NOT NULL AND failing_since IS NOT NULL"
        }
    };
    let mut next: Option<i64> = None;
    for number in numbers {
        let due_at: Option<i64> = tx.one(sql, [number.as_str()], |row| row.get(0))?;
        next = [next, due_at].into_iter().flatten().min();
    }
    Ok(next.map(|due_at| Timestamp::from_millis(due_at).since(tx.now)))
}
