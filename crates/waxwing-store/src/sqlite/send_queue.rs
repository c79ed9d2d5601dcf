//! Who may send the head of a conversation's queue, and how attempts end.

use std::time::Duration;

use bytes::Bytes;
use rusqlite::{Row, params};
use waxwing_types::{MediaId, MediaSource, MessageId, OutboundContent, PhoneNumberId};

use super::fault::Fault;
use super::turn::{Queue, due, next_due_in};
use super::tx::Tx;
use super::{outbox, status};
use crate::{
    Claims, ConversationId, Error, OnInDoubt, OutboxId, OutboxState, SendAttempt, SendError, SendLease, SendOutcome,
    SendPolicy, Timestamp, Upload,
};

/// What names an attempt.
#[derive(Debug)]
pub(super) struct Attempt {
    conversation: ConversationId,
    epoch: i64,
    id: OutboxId,
    number: u32,
}

impl From<&SendAttempt> for Attempt {
    fn from(send: &SendAttempt) -> Self {
        Self { conversation: send.lease.conversation, epoch: send.lease.epoch, id: send.id, number: send.attempt }
    }
}

/// The first row of a queue that is not settled.
struct Head {
    id: OutboxId,
    state: OutboxState,
    due: Timestamp,
    changed_at: Timestamp,
    /// Attempts since it was queued last.
    attempts_since_queued: u32,
    queued_at: Timestamp,
}

impl Head {
    /// When the doubt window, which would close now, closes instead: later, if no webhook came in at its end, for then no status could come in either.
    fn still_open(&self, tx: &Tx<'_>, policy: SendPolicy) -> Option<Timestamp> {
        let half = policy.in_doubt_window / 2;
        if half.is_zero() {
            return None;
        }
        let is_over = tx.now.since(self.changed_at) >= policy.in_doubt_max;
        let heard = tx.heard.get().is_some_and(|heard| heard.after(half) >= self.due);
        if self.state != OutboxState::InDoubt || is_over || heard {
            return None;
        }
        Some(tx.now.after(half).min(self.changed_at.after(policy.in_doubt_max)))
    }

    /// Why a row in doubt, whose window has closed, is not sent again.
    fn hopeless(&self, now: Timestamp, policy: SendPolicy) -> Option<&'static str> {
        if self.state != OutboxState::InDoubt {
            return None;
        }
        if policy.on_in_doubt == OnInDoubt::GiveUp {
            return Some("no status came, and it is not to be sent twice; it may have arrived");
        }
        let given_up = self.attempts_since_queued >= policy.max_attempts || now.since(self.queued_at) >= policy.max_age;
        given_up.then_some("no attempt was ever answered, and no status came; it may have arrived")
    }
}

/// Claims the heads of the queues that are due.
pub(super) fn claim(
    tx: &Tx<'_>,
    numbers: &[PhoneNumberId],
    limit: usize,
    policy: SendPolicy,
) -> Result<Claims<SendAttempt>, Fault> {
    let mut claimed = Vec::new();
    for conversation in due(tx, Queue::Sends, numbers, limit)? {
        claimed.extend(advance(tx, conversation, policy)?);
    }
    Ok(Claims { claimed, next_due_in: next_due_in(tx, Queue::Sends, numbers)? })
}

/// Claims the head of one conversation's queue, unless something of it is on its way.
pub(super) fn start(
    tx: &Tx<'_>,
    conversation: ConversationId,
    policy: SendPolicy,
) -> Result<Option<SendAttempt>, Fault> {
    let held: bool =
        tx.one("SELECT held FROM send_queue WHERE conversation = ?1", [conversation.0], |row| row.get(0))?;
    if held { Ok(None) } else { advance(tx, conversation, policy) }
}

/// Claims the head of a queue that nobody holds any more, if it is due; settles what stands in its way.
fn advance(tx: &Tx<'_>, conversation: ConversationId, policy: SendPolicy) -> Result<Option<SendAttempt>, Fault> {
    tx.run("UPDATE send_queue SET held = 0 WHERE conversation = ?1", [conversation.0])?;
    while let Some(head) = head(tx, conversation)? {
        if head.state == OutboxState::Sending {
            // Whoever made the attempt is gone.
            let error = SendError { code: None, message: "the sender stopped before it knew".into() };
            doubt(tx, head.id, &error, policy)?;
            continue;
        }
        if head.due > tx.now {
            break;
        }
        if let Some(later) = head.still_open(tx, policy) {
            tx.run("UPDATE outbox SET due = ?2 WHERE id = ?1", params![head.id.0, later.as_millis()])?;
            break;
        }
        if let Some(reason) = head.hopeless(tx.now, policy) {
            outbox::dead_letter(tx, head.id, &SendError { code: None, message: reason.into() })?;
            continue;
        }
        match attempt(tx, conversation, head.id, policy) {
            // A row that cannot be read will not be readable later, and must not hold up those behind it.
            Err(Fault::Value(_)) => {
                let error = SendError { code: None, message: "the stored message cannot be read".into() };
                outbox::dead_letter(tx, head.id, &error)?;
            }
            send => return send.map(Some),
        }
    }
    refresh(tx, conversation)?;
    Ok(None)
}

fn head(tx: &Tx<'_>, conversation: ConversationId) -> Result<Option<Head>, Fault> {
    tx.first(
        "SELECT id, state, due, attempts - uncounted_attempts, queued_at, changed_at FROM outbox WHERE conversation = ?1 AND state IN ('queued', 'sending', 'in_doubt')
         ORDER BY position LIMIT 1",
        [conversation.0],
        |row| {
            Ok(Head {
                id: OutboxId(row.get(0)?),
                state: outbox::read_state(row, 1)?,
                due: Timestamp::from_millis(row.get(2)?),
                attempts_since_queued: row.get(3)?,
                queued_at: Timestamp::from_millis(row.get(4)?),
                changed_at: Timestamp::from_millis(row.get(5)?),
            })
        },
    )
}

/// Lets a lane that nobody holds be claimed when its head is due.
pub(super) fn refresh(tx: &Tx<'_>, conversation: ConversationId) -> Result<(), Fault> {
    tx.run(
        "UPDATE send_queue SET wake = (
             SELECT due FROM outbox WHERE conversation = ?1 AND state IN ('queued', 'sending', 'in_doubt')
             ORDER BY position LIMIT 1)
         WHERE conversation = ?1 AND held = 0",
        [conversation.0],
    )?;
    Ok(())
}

/// Records an attempt and hands it out.
fn attempt(tx: &Tx<'_>, conversation: ConversationId, id: OutboxId, policy: SendPolicy) -> Result<SendAttempt, Fault> {
    let stored = tx.one(
        "SELECT recipient, content, reply_to, attempts, media_id, queued_at, uncounted_attempts FROM outbox WHERE id = ?1",
        [id.0],
        read_stored,
    )?;
    // Read before anything is written: a row that cannot be read gets no attempt.
    let to = serde_json::from_slice(&stored.recipient)?;
    let mut content: OutboundContent = serde_json::from_slice(&stored.content)?;
    let upload = medium(tx, id, stored.media_id, &mut content)?;
    let attempt = stored.attempts + 1;
    let now = tx.now.as_millis();
    tx.run("INSERT INTO attempt (outbox, attempt, started_at) VALUES (?1, ?2, ?3)", params![id.0, attempt, now])?;
    tx.run(
        "UPDATE outbox SET state = 'sending', attempts = ?2, changed_at = ?3 WHERE id = ?1",
        params![id.0, attempt, now],
    )?;
    let until = tx.now.after(policy.lease);
    let (epoch, number) = tx.one(
        "UPDATE send_queue SET held = 1, epoch = epoch + 1, wake = ?2 WHERE conversation = ?1 RETURNING epoch, number",
        params![conversation.0, until.as_millis()],
        |row| Ok((row.get(0)?, row.get::<_, String>(1)?)),
    )?;
    Ok(SendAttempt {
        lease: SendLease { conversation, epoch },
        id,
        number: PhoneNumberId::new(number),
        to,
        content,
        reply_to: stored.reply_to.map(MessageId::new),
        token: format!("{}.{}.{attempt}", tx.namespace, id.0),
        upload,
        attempt,
        attempts_since_queued: attempt - stored.uncounted_attempts,
        age: tx.now.since(stored.queued_at),
    })
}

struct Stored {
    recipient: Vec<u8>,
    content: Vec<u8>,
    reply_to: Option<String>,
    attempts: u32,
    media_id: Option<String>,
    queued_at: Timestamp,
    uncounted_attempts: u32,
}

fn read_stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored {
        recipient: row.get(0)?,
        content: row.get(1)?,
        reply_to: row.get(2)?,
        attempts: row.get(3)?,
        media_id: row.get(4)?,
        queued_at: Timestamp::from_millis(row.get(5)?),
        uncounted_attempts: row.get(6)?,
    })
}

/// Fills in the id of a medium that Meta has; returns the file of one that it has not.
fn medium(
    tx: &Tx<'_>,
    id: OutboxId,
    media_id: Option<String>,
    content: &mut OutboundContent,
) -> Result<Option<Upload>, Fault> {
    if let (Some(media_id), Some(source)) = (media_id, content.media_mut()) {
        *source = MediaSource::Id(MediaId::new(media_id));
        return Ok(None);
    }
    tx.first("SELECT mime_type, filename, bytes FROM outbox_media WHERE outbox = ?1", [id.0], |row| {
        Ok(Upload { mime_type: row.get(0)?, filename: row.get(1)?, bytes: Bytes::from(row.get::<_, Vec<u8>>(2)?) })
    })
}

/// Refuses an attempt that was settled, or whose lane somebody else has claimed since.
fn check(tx: &Tx<'_>, attempt: &Attempt) -> Result<(), Fault> {
    let open = tx.first(
        "SELECT 1 FROM attempt a JOIN send_queue l ON l.conversation = ?1
         WHERE a.outbox = ?2 AND a.attempt = ?3 AND a.outcome_recorded = 0 AND l.epoch = ?4",
        params![attempt.conversation.0, attempt.id.0, attempt.number, attempt.epoch],
        |_| Ok(()),
    )?;
    open.ok_or(Fault::Refused(Error::LeaseLost))
}

/// Records the id of an uploaded medium.
pub(super) fn record_upload(tx: &Tx<'_>, attempt: &Attempt, media: &MediaId) -> Result<(), Fault> {
    check(tx, attempt)?;
    tx.run("UPDATE outbox SET media_id = ?2 WHERE id = ?1", params![attempt.id.0, media.as_str()])?;
    Ok(())
}

/// Settles an attempt and goes on with the queue.
pub(super) fn record_outcome(
    tx: &Tx<'_>,
    attempt: &Attempt,
    outcome: &SendOutcome,
    policy: SendPolicy,
) -> Result<Option<SendAttempt>, Fault> {
    check(tx, attempt)?;
    let id = attempt.id;
    tx.run(
        "UPDATE attempt SET outcome_recorded = 1 WHERE outbox = ?1 AND attempt = ?2",
        params![id.0, attempt.number],
    )?;
    tx.run("UPDATE send_queue SET held = 0 WHERE conversation = ?1", [attempt.conversation.0])?;
    if let SendOutcome::Accepted(message) = outcome {
        status::learn(tx, id, attempt.number, message)?;
    } else if is_open(tx, id)? {
        match outcome {
            SendOutcome::Retry { after, error } => {
                wait(tx, id, *after)?;
                note_error(tx, id, error)?;
            }
            SendOutcome::RetryUncounted { after, error } => {
                // A row that was requeued meanwhile has nothing left that counts.
                tx.run(
                    "UPDATE outbox SET uncounted_attempts = min(uncounted_attempts + 1, attempts) WHERE id = ?1",
                    [id.0],
                )?;
                wait(tx, id, *after)?;
                note_error(tx, id, error)?;
            }
            SendOutcome::DeadLetter(error) => outbox::dead_letter(tx, id, error)?,
            SendOutcome::InDoubt(error) => doubt(tx, id, error, policy)?,
            SendOutcome::NotAttempted { after } => {
                tx.run("DELETE FROM attempt WHERE outbox = ?1 AND attempt = ?2", params![id.0, attempt.number])?;
                tx.run(
                    "UPDATE outbox SET attempts = attempts - 1, uncounted_attempts = min(uncounted_attempts, attempts - 1) WHERE id = ?1",
                    [id.0],
                )?;
                wait(tx, id, *after)?;
            }
            SendOutcome::Accepted(_) => {}
        }
    }
    if is_open(tx, id)? {
        refresh(tx, attempt.conversation)?;
        return Ok(None);
    }
    advance(tx, attempt.conversation, policy)
}

/// False once a status has told that Meta took the message, whatever the attempt itself reports.
fn is_open(tx: &Tx<'_>, id: OutboxId) -> Result<bool, Fault> {
    tx.one("SELECT state IN ('queued', 'sending', 'in_doubt') FROM outbox WHERE id = ?1", [id.0], |row| row.get(0))
}

fn wait(tx: &Tx<'_>, id: OutboxId, delay: Duration) -> Result<(), Fault> {
    tx.run(
        "UPDATE outbox SET state = 'queued', due = ?2, changed_at = ?3 WHERE id = ?1",
        params![id.0, tx.now.after(delay).as_millis(), tx.now.as_millis()],
    )?;
    Ok(())
}

fn doubt(tx: &Tx<'_>, id: OutboxId, error: &SendError, policy: SendPolicy) -> Result<(), Fault> {
    tx.run(
        "UPDATE outbox SET state = 'in_doubt', due = ?2, changed_at = ?3 WHERE id = ?1",
        params![id.0, tx.now.after(policy.in_doubt_window).as_millis(), tx.now.as_millis()],
    )?;
    note_error(tx, id, error)
}

fn note_error(tx: &Tx<'_>, id: OutboxId, error: &SendError) -> Result<(), Fault> {
    tx.run("UPDATE outbox SET error_code = ?2, error = ?3 WHERE id = ?1", params![id.0, error.code, error.message])?;
    Ok(())
}
