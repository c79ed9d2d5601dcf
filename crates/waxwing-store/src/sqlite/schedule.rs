//! Schedule of conversations with a turn or a send to do.

use std::time::Duration;

use waxwing_types::PhoneNumberId;

use super::fault::Fault;
use super::tables::send_queue::SendQueueKind;
use super::tables::{conversation, send_queue};
use super::tx::Tx;
use crate::{ConversationId, Timestamp};

/// A table whose rows are locks with a due time.
#[derive(Debug, Clone, Copy)]
pub(super) enum Queue {
    /// Turns, in the table `conversation`.
    Turns,
    /// Sends of queues of one kind, in the table `send_queue`.
    Sends(SendQueueKind),
}

/// Returns up to `limit` conversations whose locks can be taken now, longest due first.
pub(super) fn due(
    tx: &Tx<'_>,
    queue: Queue,
    numbers: &[PhoneNumberId],
    limit: usize,
) -> Result<Vec<ConversationId>, Fault> {
    let rows = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut found = Vec::new();
    // A query for one number follows the index. A query for all numbers would sort every due row.
    for number in numbers {
        found.extend(match queue {
            Queue::Turns => conversation::due(tx, number, rows)?,
            Queue::Sends(kind) => send_queue::due(tx, number, rows, kind)?,
        });
    }
    found.sort_unstable();
    found.dedup();
    found.truncate(limit);
    Ok(found.into_iter().map(|(_, id)| id).collect())
}

/// Returns the time until the next lock can be taken. The end of a lease counts, because its holder may have crashed.
pub(super) fn next_due_in(tx: &Tx<'_>, queue: Queue, numbers: &[PhoneNumberId]) -> Result<Option<Duration>, Fault> {
    let mut next: Option<i64> = None;
    for number in numbers {
        let due_at = match queue {
            Queue::Turns => conversation::next_due_at(tx, number)?,
            Queue::Sends(kind) => send_queue::next_due_at(tx, number, kind)?,
        };
        next = [next, due_at].into_iter().flatten().min();
    }
    Ok(next.map(|due_at| Timestamp::from_millis(due_at).since(tx.now)))
}

/// Returns how long the oldest lock has been due; zero if none is due. Messages of campaigns do not count, because they wait on purpose.
pub(super) fn backlog_age(tx: &Tx<'_>, numbers: &[PhoneNumberId]) -> Result<Duration, Fault> {
    let mut age = Duration::ZERO;
    for number in numbers {
        let oldest = [
            conversation::next_due_at(tx, number)?,
            send_queue::next_due_at(tx, number, SendQueueKind::Healthy)?,
            send_queue::next_due_at(tx, number, SendQueueKind::Failing)?,
        ];
        for due_at in oldest.into_iter().flatten() {
            age = age.max(tx.now.since(Timestamp::from_millis(due_at)));
        }
    }
    Ok(age)
}
