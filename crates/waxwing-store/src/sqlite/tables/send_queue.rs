//! Table `send_queue`: locks of the conversations' send queues.

use std::time::Duration;

use rusqlite::{Connection, params};
use waxwing_types::PhoneNumberId;

use super::conversation::window;
use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::{ConversationId, OutboxId, SendLease, Timestamp};

/// A kind of send queues, which are claimed apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sqlite) enum SendQueueKind {
    /// Queues that are not failing, with other messages than those of campaigns.
    Healthy,
    /// Queues that are not failing, with messages of campaigns only.
    Campaign,
    /// Failing queues.
    Failing,
}

/// Inserts the empty send queue of a conversation.
pub(in crate::sqlite) fn insert(
    tx: &Tx<'_>,
    conversation: ConversationId,
    number: &PhoneNumberId,
) -> Result<(), Fault> {
    tx.run("INSERT INTO send_queue (conversation, number) VALUES (?1, ?2)", params![conversation.0, number.as_str()])?;
    Ok(())
}

/// Returns up to `limit` conversations of a business number whose sends are due, longest due first, each after its due time. Only the
/// queues of one kind.
pub(in crate::sqlite) fn due(
    tx: &Tx<'_>,
    number: &PhoneNumberId,
    limit: i64,
    kind: SendQueueKind,
) -> Result<Vec<(i64, ConversationId)>, Fault> {
    let sql = match kind {
        SendQueueKind::Failing => {
            "SELECT due_at, conversation FROM send_queue
             WHERE number = ?1 AND due_at <= ?2 AND failing_since IS NOT NULL ORDER BY due_at LIMIT ?3"
        }
        SendQueueKind::Healthy => {
            "SELECT due_at, conversation FROM send_queue
             WHERE number = ?1 AND due_at <= ?2 AND failing_since IS NULL AND is_campaign = 0 ORDER BY due_at LIMIT ?3"
        }
        SendQueueKind::Campaign => {
            "SELECT due_at, conversation FROM send_queue
             WHERE number = ?1 AND due_at <= ?2 AND failing_since IS NULL AND is_campaign = 1 ORDER BY due_at LIMIT ?3"
        }
    };
    let params = params![number.as_str(), tx.now.as_millis(), limit];
    tx.all(sql, params, |row| Ok((row.get(0)?, ConversationId(row.get(1)?))))
}

/// Returns the time at which the next send of a business number is due, in the queues of one kind.
pub(in crate::sqlite) fn next_due_at(
    tx: &Tx<'_>,
    number: &PhoneNumberId,
    kind: SendQueueKind,
) -> Result<Option<i64>, Fault> {
    let sql = match kind {
        SendQueueKind::Failing => {
            "SELECT min(due_at) FROM send_queue WHERE number = ?1 AND due_at IS NOT NULL AND failing_since IS NOT NULL"
        }
        SendQueueKind::Healthy => {
            "SELECT min(due_at) FROM send_queue
             WHERE number = ?1 AND due_at IS NOT NULL AND failing_since IS NULL AND is_campaign = 0"
        }
        SendQueueKind::Campaign => {
            "SELECT min(due_at) FROM send_queue
             WHERE number = ?1 AND due_at IS NOT NULL AND failing_since IS NULL AND is_campaign = 1"
        }
    };
    tx.one(sql, [number.as_str()], |row| row.get(0))
}

/// Moves the ends of all leases to `end`.
pub(in crate::sqlite) fn expire_leases(conn: &Connection, end: Timestamp) -> Result<(), Fault> {
    conn.execute("UPDATE send_queue SET due_at = ?1 WHERE held = 1", [end.as_millis()])?;
    Ok(())
}

/// Holds the send queues with a row in doubt until `end`.
pub(in crate::sqlite) fn hold_in_doubt(conn: &Connection, end: Timestamp) -> Result<(), Fault> {
    conn.execute(
        "UPDATE send_queue SET held = 1, due_at = ?1
         WHERE conversation IN (SELECT conversation FROM outbox WHERE state = 'in_doubt')",
        [end.as_millis()],
    )?;
    Ok(())
}

/// Moves the ends of all leases by a number of milliseconds.
pub(in crate::sqlite) fn extend_leases(conn: &Connection, millis: i64) -> Result<(), Fault> {
    conn.execute("UPDATE send_queue SET due_at = due_at + ?1 WHERE held = 1", [millis])?;
    Ok(())
}

/// Returns the next free position.
pub(in crate::sqlite) fn next_position(tx: &Tx<'_>, conversation: ConversationId) -> Result<i64, Fault> {
    tx.one(
        "UPDATE send_queue SET last_position = last_position + 1 WHERE conversation = ?1 RETURNING last_position",
        [conversation.0],
        |row| row.get(0),
    )
}

/// Tells whether no lease on the send queue is held, and the queue is not failing.
pub(in crate::sqlite) fn is_free_and_healthy(tx: &Tx<'_>, conversation: ConversationId) -> Result<bool, Fault> {
    tx.one(
        "SELECT held = 0 AND failing_since IS NULL FROM send_queue WHERE conversation = ?1",
        [conversation.0],
        |row| row.get(0),
    )
}

/// Records that an attempt failed. Later failures do not change the time.
pub(in crate::sqlite) fn set_failing(tx: &Tx<'_>, conversation: ConversationId) -> Result<(), Fault> {
    tx.run(
        "UPDATE send_queue SET failing_since = ?2 WHERE conversation = ?1 AND failing_since IS NULL",
        params![conversation.0, tx.now.as_millis()],
    )?;
    Ok(())
}

/// Records that Meta accepted a message.
pub(in crate::sqlite) fn set_healthy(tx: &Tx<'_>, conversation: ConversationId) -> Result<(), Fault> {
    tx.run(
        "UPDATE send_queue SET failing_since = NULL WHERE conversation = ?1 AND failing_since IS NOT NULL",
        [conversation.0],
    )?;
    Ok(())
}

/// Tells whether an attempt is without outcome and no other process has claimed the send queue since.
pub(in crate::sqlite) fn is_current(
    tx: &Tx<'_>,
    lease: &SendLease,
    row: OutboxId,
    attempt: u32,
) -> Result<bool, Fault> {
    let current = tx.first(
        "SELECT 1 FROM attempt a JOIN send_queue q ON q.conversation = ?1
         WHERE a.outbox = ?2 AND a.attempt = ?3 AND a.outcome_recorded = 0 AND q.epoch = ?4",
        params![lease.conversation.0, row.0, attempt, lease.epoch],
        |_| Ok(()),
    )?;
    Ok(current.is_some())
}

/// A send queue that is held under a new epoch.
pub(in crate::sqlite) struct HeldQueue {
    pub(in crate::sqlite) lease: SendLease,
    pub(in crate::sqlite) number: PhoneNumberId,
    pub(in crate::sqlite) failing_since: Option<Timestamp>,
    pub(in crate::sqlite) service_window: Duration,
    pub(in crate::sqlite) has_stopped_marketing: bool,
    pub(in crate::sqlite) is_campaign: bool,
}

/// Holds a send queue under a new epoch.
pub(in crate::sqlite) fn hold(tx: &Tx<'_>, conversation: ConversationId, until: Timestamp) -> Result<HeldQueue, Fault> {
    tx.one(
        "UPDATE send_queue SET held = 1, epoch = epoch + 1, due_at = ?2, is_campaign = NOT EXISTS (
             SELECT 1 FROM outbox WHERE conversation = ?1 AND state IN ('queued', 'sending', 'in_doubt')
                 AND class <> 'campaign')
         WHERE conversation = ?1
         RETURNING epoch, number, failing_since, (SELECT window_until FROM conversation c WHERE c.id = conversation),
             (SELECT marketing_stopped FROM conversation c WHERE c.id = conversation), is_campaign",
        params![conversation.0, until.as_millis()],
        |row| {
            Ok(HeldQueue {
                lease: SendLease { conversation, epoch: row.get(0)? },
                number: PhoneNumberId::new(row.get::<_, String>(1)?),
                failing_since: row.get::<_, Option<i64>>(2)?.map(Timestamp::from_millis),
                service_window: window::rest_until(tx, row.get(3)?),
                has_stopped_marketing: row.get(4)?,
                is_campaign: row.get(5)?,
            })
        },
    )
}

/// Ends the lease on a send queue.
pub(in crate::sqlite) fn release(tx: &Tx<'_>, conversation: ConversationId) -> Result<(), Fault> {
    tx.run("UPDATE send_queue SET held = 0 WHERE conversation = ?1", [conversation.0])?;
    Ok(())
}

/// Sets the due time of a send queue that is not held to the due time of its first row, and whether only messages of campaigns wait.
pub(in crate::sqlite) fn update_due(tx: &Tx<'_>, conversation: ConversationId) -> Result<(), Fault> {
    tx.run(
        "UPDATE send_queue SET due_at = (
             SELECT due_at FROM outbox WHERE conversation = ?1 AND state IN ('queued', 'sending', 'in_doubt')
             ORDER BY position LIMIT 1),
             is_campaign = NOT EXISTS (
                 SELECT 1 FROM outbox WHERE conversation = ?1 AND state IN ('queued', 'sending', 'in_doubt')
                     AND class <> 'campaign')
         WHERE conversation = ?1 AND held = 0",
        [conversation.0],
    )?;
    Ok(())
}
