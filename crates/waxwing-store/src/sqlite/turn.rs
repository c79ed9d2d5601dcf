//! Turns: claimed, read, given back and committed.

use std::time::Duration;

use bytes::Bytes;
use rusqlite::{Row, params};
use waxwing_types::{GroupId, MessageId, PhoneNumberId};

use super::fault::{Fault, unknown_word};
use super::tx::Tx;
use super::user::{self, identity_columns};
use super::{outbox, send_queue, session};
use crate::turn::MAX_TURN_MESSAGES;
use crate::{
    Claims, CommittedTurn, Conversation, ConversationId, Draft, Error, InboxSeq, Lease, MessageOutcome, Origin, Peer,
    PendingMessage, Responder, ResponderChange, RunId, RunRef, Timestamp, TurnClaim, TurnCommit,
};

/// An owned [`RunRef`].
#[derive(Debug)]
pub(super) struct Run {
    pub(super) lease: Lease,
    pub(super) id: RunId,
    messages: Vec<InboxSeq>,
}

impl From<RunRef<'_>> for Run {
    fn from(run: RunRef<'_>) -> Self {
        Self { lease: run.lease.clone(), id: run.run.clone(), messages: run.messages.to_vec() }
    }
}

/// Claims conversations that are due.
pub(super) fn claim(
    tx: &Tx<'_>,
    numbers: &[PhoneNumberId],
    limit: usize,
    lease: Duration,
) -> Result<Claims<TurnClaim>, Fault> {
    let mut claimed = Vec::new();
    for id in due(tx, Queue::Turns, numbers, limit)? {
        claimed.extend(claim_one(tx, id, lease)?);
    }
    Ok(Claims { claimed, next_due_in: next_due_in(tx, Queue::Turns, numbers)? })
}

fn claim_one(tx: &Tx<'_>, id: ConversationId, length: Duration) -> Result<Option<TurnClaim>, Fault> {
    let until = tx.now.after(length);
    // Whoever holds a lease that ran out is gone.
    let (epoch, failures, crash_count, isolated_crash_count, responder) = tx.one(
        "UPDATE conversation SET crash_count = crash_count + held, isolated_crash_count = isolated_crash_count + (held AND isolated), isolated = 0,
             held = 1, epoch = epoch + 1, wake = ?2
         WHERE id = ?1 RETURNING epoch, failures, crash_count, isolated_crash_count, paused_until",
        params![id.0, until.as_millis()],
        |row| {
            let until = row.get::<_, Option<i64>>(4)?.map(Timestamp::from_millis).filter(|until| *until > tx.now);
            let responder = until.map_or(Responder::Agent, |until| Responder::Human { until });
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, responder))
        },
    )?;
    let pending = pending(tx, id)?;
    if pending.is_empty() {
        free(tx, id, tx.now)?;
        return Ok(None);
    }
    let lease = Lease { conversation: id, epoch };
    let (conversation, undelivered) = (conversation(tx, id)?, outbox::untold(tx, id)?);
    Ok(Some(TurnClaim {
        lease,
        conversation,
        failures,
        crash_count,
        isolated_crash_count,
        responder,
        undelivered,
        pending,
    }))
}

pub(super) fn conversation(tx: &Tx<'_>, id: ConversationId) -> Result<Conversation, Fault> {
    tx.one(
        concat!(
            "SELECT c.number, c.group_id, ",
            identity_columns!(),
            " FROM conversation c LEFT JOIN user u ON u.id = c.user WHERE c.id = ?1"
        ),
        [id.0],
        |row| {
            let peer = match row.get::<_, Option<String>>(1)? {
                Some(group) => Peer::Group(GroupId::new(group)),
                None => Peer::User(user::read(row, 2)?),
            };
            Ok(Conversation { id, number: PhoneNumberId::new(row.get::<_, String>(0)?), peer })
        },
    )
}

/// The columns that [`read_pending`] reads, and their tables.
macro_rules! select_pending {
    ($rest:literal) => {
        concat!(
            "SELECT i.seq, i.message_id, i.sent_at, i.received_at, i.kind, i.body, i.run, i.origin, ",
            identity_columns!(),
            " FROM inbox i LEFT JOIN user u ON u.id = i.sender WHERE i.conversation = ?1 AND i.outcome IS NULL AND ",
            $rest,
            " ORDER BY i.sent_at, i.seq LIMIT ?3"
        )
    };
}

/// What waits in a conversation: the messages of an unfinished run if there is one, else all.
fn pending(tx: &Tx<'_>, id: ConversationId) -> Result<Vec<PendingMessage>, Fault> {
    let unfinished: Option<String> = tx.first(
        "SELECT run FROM inbox WHERE conversation = ?1 AND outcome IS NULL AND run IS NOT NULL
         ORDER BY sent_at, seq LIMIT 1",
        [id.0],
        |row| row.get(0),
    )?;
    tx.all(
        select_pending!("(?2 IS NULL OR i.run = ?2)"),
        params![id.0, unfinished, limit(MAX_TURN_MESSAGES)],
        read_pending,
    )
}

fn read_pending(row: &Row<'_>) -> rusqlite::Result<PendingMessage> {
    Ok(PendingMessage {
        seq: InboxSeq(row.get(0)?),
        id: MessageId::new(row.get::<_, String>(1)?),
        sent_at: row.get(2)?,
        received_at: Timestamp::from_millis(row.get(3)?),
        kind: row.get(4)?,
        body: Bytes::from(row.get::<_, Vec<u8>>(5)?),
        run: row.get::<_, Option<String>>(6)?.map(RunId),
        origin: read_origin(row, 7)?,
        sender: user::read(row, 8)?,
    })
}

fn read_origin(row: &Row<'_>, at: usize) -> rusqlite::Result<Origin> {
    let word = row.get_ref(at)?.as_str()?;
    Origin::parse(word).ok_or_else(|| unknown_word(at, word))
}

/// Reads a claimed conversation again.
pub(super) fn pending_messages(tx: &Tx<'_>, lease: &Lease) -> Result<Vec<PendingMessage>, Fault> {
    check(tx, lease)?;
    pending(tx, lease.conversation)
}

/// Reads what came in since and belongs to no run.
pub(super) fn new_messages(tx: &Tx<'_>, lease: &Lease, after: InboxSeq) -> Result<Vec<PendingMessage>, Fault> {
    check(tx, lease)?;
    tx.all(
        select_pending!("i.run IS NULL AND i.seq > ?2"),
        params![lease.conversation.0, after.0, limit(MAX_TURN_MESSAGES)],
        read_pending,
    )
}

fn limit(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Finds the conversation ?1 if it is held under the epoch ?2.
pub(super) const HELD: &str = "SELECT 1 FROM conversation WHERE id = ?1 AND epoch = ?2 AND held = 1";

/// Refuses a lease that was lost.
pub(super) fn check(tx: &Tx<'_>, lease: &Lease) -> Result<(), Fault> {
    let held = tx.first(HELD, params![lease.conversation.0, lease.epoch], |_| Ok(()))?;
    held.ok_or(Fault::Refused(Error::LeaseLost))
}

/// Makes a lease last longer.
pub(super) fn renew_lease(tx: &Tx<'_>, lease: &Lease, length: Duration) -> Result<(), Fault> {
    check(tx, lease)?;
    let until = tx.now.after(length);
    tx.run("UPDATE conversation SET wake = ?2 WHERE id = ?1", params![lease.conversation.0, until.as_millis()])?;
    Ok(())
}

/// Records that nothing else runs.
pub(super) fn isolate(tx: &Tx<'_>, lease: &Lease) -> Result<(), Fault> {
    check(tx, lease)?;
    tx.run("UPDATE conversation SET isolated = 1 WHERE id = ?1", [lease.conversation.0])?;
    Ok(())
}

/// Gives a conversation back unanswered.
pub(super) fn release(tx: &Tx<'_>, lease: &Lease, delay: Duration, failed: bool) -> Result<(), Fault> {
    check(tx, lease)?;
    tx.run("UPDATE conversation SET failures = failures + ?2 WHERE id = ?1", params![lease.conversation.0, failed])?;
    free(tx, lease.conversation, tx.now.after(delay))?;
    Ok(())
}

/// Lets a conversation be claimed in which something new waits. One that is held looks for more when it is given back, and one that waits
/// for a retry goes on waiting.
pub(super) fn wake(tx: &Tx<'_>, id: ConversationId) -> Result<(), Fault> {
    tx.run(
        "UPDATE conversation SET wake = ?2 WHERE id = ?1 AND held = 0 AND wake IS NULL",
        params![id.0, tx.now.as_millis()],
    )?;
    Ok(())
}

/// Takes a conversation away from whoever holds it, with the run that is going on.
pub(super) fn interrupt(tx: &Tx<'_>, id: ConversationId) -> Result<(), Fault> {
    tx.run("UPDATE conversation SET epoch = epoch + 1 WHERE id = ?1", [id.0])?;
    forget_run(tx, id)?;
    free(tx, id, tx.now)?;
    Ok(())
}

/// Ends a lease; tells whether messages wait.
fn free(tx: &Tx<'_>, id: ConversationId, due: Timestamp) -> Result<bool, Fault> {
    let wake: Option<i64> = tx.one(
        "UPDATE conversation SET held = 0, isolated = 0,
             wake = CASE WHEN EXISTS (SELECT 1 FROM inbox WHERE conversation = ?1 AND outcome IS NULL) THEN ?2 END
         WHERE id = ?1 RETURNING wake",
        params![id.0, due.as_millis()],
        |row| row.get(0),
    )?;
    Ok(wake.is_some())
}

/// Refuses a run whose lease was lost, and ties its messages to it.
pub(super) fn bind(tx: &Tx<'_>, run: &Run) -> Result<(), Fault> {
    check(tx, &run.lease)?;
    for message in &run.messages {
        tx.run(
            "UPDATE inbox SET run = ?3 WHERE seq = ?1 AND conversation = ?2 AND outcome IS NULL AND run IS NULL",
            params![message.0, run.lease.conversation.0, run.id.0],
        )?;
    }
    Ok(())
}

/// Places what a run says while it goes on.
pub(super) fn enqueue(tx: &Tx<'_>, run: &Run, key: &str, draft: &Draft) -> Result<(), Fault> {
    bind(tx, run)?;
    let conversation = run.lease.conversation;
    if outbox::has_said(tx, conversation, &run.id, key)? {
        return Ok(());
    }
    let part = outbox::next_part(tx, conversation, &run.id)?;
    outbox::push(tx, conversation, &run.id, (part, Some(key)), draft)?;
    send_queue::refresh(tx, conversation)
}

/// Forgets the unfinished run.
pub(super) fn abandon_run(tx: &Tx<'_>, lease: &Lease) -> Result<(), Fault> {
    check(tx, lease)?;
    // Whoever begins anew is not alone until it says so again.
    tx.run("UPDATE conversation SET isolated = 0 WHERE id = ?1 AND isolated = 1", [lease.conversation.0])?;
    forget_run(tx, lease.conversation)
}

fn forget_run(tx: &Tx<'_>, id: ConversationId) -> Result<(), Fault> {
    tx.run("UPDATE inbox SET run = NULL WHERE conversation = ?1 AND outcome IS NULL AND run IS NOT NULL", [id.0])?;
    tx.run("DELETE FROM step WHERE conversation = ?1", [id.0])?;
    Ok(())
}

/// Ends a turn.
pub(super) fn commit(tx: &Tx<'_>, lease: &Lease, commit: &TurnCommit) -> Result<CommittedTurn, Fault> {
    check(tx, lease)?;
    let id = lease.conversation;
    for (message, outcome) in &commit.outcomes {
        record(tx, id, &commit.run, *message, outcome)?;
    }
    // What the run did not answer after all belongs to another one.
    forget_run(tx, id)?;
    outbox::note_told(tx, id, &commit.reported_undelivered)?;
    if let Some(write) = &commit.session {
        session::write(tx, id, write)?;
    }
    if let Some(change) = commit.responder {
        set_responder(tx, id, change)?;
    }
    if let Some(new) = &commit.begin_session {
        session::begin(tx, id, new)?;
    }
    let first = outbox::next_part(tx, id, &commit.run)?;
    for (part, draft) in (first..).zip(&commit.reply) {
        outbox::push(tx, id, &commit.run, (part, None), draft)?;
    }
    tx.run(
        "UPDATE conversation SET failures = 0, crash_count = 0, isolated_crash_count = 0
         WHERE id = ?1 AND (failures > 0 OR crash_count > 0)",
        [id.0],
    )?;
    let more = free(tx, id, tx.now)?;
    send_queue::refresh(tx, id)?;
    let send = match commit.send {
        Some(policy) => send_queue::start(tx, id, policy)?,
        None => None,
    };
    Ok(CommittedTurn { send, more })
}

/// Stores the end of the human handoff, or that there is none.
fn set_responder(tx: &Tx<'_>, id: ConversationId, change: ResponderChange) -> Result<(), Fault> {
    let (until, at_least) = match change {
        ResponderChange::Agent => (None, false),
        ResponderChange::HumanFor(time) => (Some(tx.now.after(time)), false),
        ResponderChange::HumanForAtLeast(time) => (Some(tx.now.after(time)), true),
        ResponderChange::HumanUntilResumed => (Some(Timestamp::MAX), false),
    };
    tx.run(
        "UPDATE conversation SET paused_until = CASE WHEN ?3 THEN max(coalesce(paused_until, ?2), ?2) ELSE ?2 END
         WHERE id = ?1",
        params![id.0, until.map(Timestamp::as_millis), at_least],
    )?;
    Ok(())
}

fn record(
    tx: &Tx<'_>,
    conversation: ConversationId,
    run: &RunId,
    message: InboxSeq,
    outcome: &MessageOutcome,
) -> Result<(), Fault> {
    let (outcome, reason) = match outcome {
        MessageOutcome::Answered => ("answered", None),
        MessageOutcome::Command => ("command", None),
        MessageOutcome::Ignored(reason) => ("ignored", Some(reason)),
        MessageOutcome::DeadLettered(reason) => ("dead_lettered", Some(reason)),
    };
    let changed = tx.run(
        "UPDATE inbox SET outcome = ?3, reason = ?4, run = ?5, done_at = ?6
         WHERE seq = ?1 AND conversation = ?2 AND outcome IS NULL",
        params![message.0, conversation.0, outcome, reason, run.0, tx.now.as_millis()],
    )?;
    // Each message has one outcome: a second one is a mistake of the caller, and nothing of its turn is written.
    if changed == 0 { Err(Fault::Refused(Error::NotFound)) } else { Ok(()) }
}

/// The two tables whose rows are locks.
#[derive(Debug, Clone, Copy)]
pub(super) enum Queue {
    Turns,
    Sends,
}

/// The conversations whose lock can be taken now, the longest due first.
pub(super) fn due(
    tx: &Tx<'_>,
    queue: Queue,
    numbers: &[PhoneNumberId],
    limit: usize,
) -> Result<Vec<ConversationId>, Fault> {
    let sql = match queue {
        Queue::Turns => "SELECT wake, id FROM conversation WHERE number = ?1 AND wake <= ?2 ORDER BY wake LIMIT ?3",
        Queue::Sends => {
            "SELECT wake, conversation FROM send_queue WHERE number = ?1 AND wake <= ?2 ORDER BY wake LIMIT ?3"
        }
    };
    let rows = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut found: Vec<(i64, i64)> = Vec::new();
    // One look-up for each number follows the index; one for all of them would sort whatever is due.
    for number in numbers {
        found.extend(
            tx.all(sql, params![number.as_str(), tx.now.as_millis(), rows], |row| Ok((row.get(0)?, row.get(1)?)))?,
        );
    }
    found.sort_unstable();
    found.dedup();
    found.truncate(limit);
    Ok(found.into_iter().map(|(_, id)| ConversationId(id)).collect())
}

/// Time until the next lock can be taken. The end of a lease counts, because its holder may be gone.
pub(super) fn next_due_in(tx: &Tx<'_>, queue: Queue, numbers: &[PhoneNumberId]) -> Result<Option<Duration>, Fault> {
    let sql = match queue {
        Queue::Turns => "SELECT min(wake) FROM conversation WHERE number = ?1 AND wake IS NOT NULL",
        Queue::Sends => "SELECT min(wake) FROM send_queue WHERE number = ?1 AND wake IS NOT NULL",
    };
    let mut next: Option<i64> = None;
    for number in numbers {
        let wake: Option<i64> = tx.one(sql, [number.as_str()], |row| row.get(0))?;
        next = [next, wake].into_iter().flatten().min();
    }
    Ok(next.map(|due| Timestamp::from_millis(due).since(tx.now)))
}
