//! Table `inbox`: received messages.

use rusqlite::{Connection, Row, params};
use waxwing_types::MessageId;

use super::entry::{self, NewEntry};
use super::user::{self, identity_columns, join_user};
use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::{
    ConversationId, Disposition, InboxMessage, InboxSeq, MAX_TURN_BYTES, MAX_TURN_MESSAGES, MessageOutcome, Origin,
    PendingMessage, RunId, Timestamp,
};

/// Inserts a message with its entry of the conversation log. A message without a turn is inserted with its outcome. Returns its key.
pub(in crate::sqlite) fn insert(
    tx: &Tx<'_>,
    conversation: ConversationId,
    sender: i64,
    message: &InboxMessage,
    origin: Origin,
) -> Result<InboxSeq, Fault> {
    let (outcome, reason) = match &message.disposition {
        Disposition::Pending | Disposition::Change => (None, None),
        Disposition::Ignored(reason) | Disposition::Context(reason) => (Some("ignored"), Some(reason)),
    };
    let now = tx.now.as_millis();
    let at = Timestamp::from_millis(message.sent_at.saturating_mul(1000));
    let entry = NewEntry {
        origin,
        author: None,
        kind: &message.kind,
        user: Some(sender),
        run: None,
        at,
        content: &message.body,
        is_handled: matches!(message.disposition, Disposition::Context(_)),
    };
    let entry = entry::insert(tx, conversation, &entry)?;
    tx.run(
        "INSERT INTO inbox (conversation, message_id, sender, sent_at, received_at, entry, outcome, reason, done_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            conversation.0,
            message.id.as_str(),
            sender,
            message.sent_at,
            now,
            entry,
            outcome,
            reason,
            outcome.map(|_| now),
        ],
    )?;
    Ok(InboxSeq(tx.conn.last_insert_rowid()))
}

/// Returns the number of pending messages of a conversation.
pub(in crate::sqlite) fn pending_count(tx: &Tx<'_>, conversation: ConversationId) -> Result<u32, Fault> {
    tx.one("SELECT count(*) FROM inbox WHERE conversation = ?1 AND outcome IS NULL", [conversation.0], |row| row.get(0))
}

/// Inserts an action of an operator, or an event of another system, with its entry of the conversation log.
pub(in crate::sqlite) fn insert_own(
    tx: &Tx<'_>,
    conversation: ConversationId,
    origin: Origin,
    id: &str,
    body: &[u8],
) -> Result<(), Fault> {
    let entry = NewEntry {
        origin,
        author: None,
        kind: origin.as_str(),
        user: None,
        run: None,
        at: tx.now,
        content: body,
        is_handled: false,
    };
    let entry = entry::insert(tx, conversation, &entry)?;
    tx.run(
        "INSERT INTO inbox (conversation, message_id, sender, sent_at, received_at, entry)
         VALUES (?1, ?2, (SELECT user FROM conversation WHERE id = ?1), ?3 / 1000, ?3, ?4)",
        params![conversation.0, id, tx.now.as_millis(), entry],
    )?;
    Ok(())
}

/// The query for the columns that [`read_pending`] reads.
macro_rules! select_pending {
    ($filter:literal) => {
        concat!(
            "SELECT i.seq, i.message_id, i.sent_at, i.received_at, e.kind, e.content, i.run, e.origin, ",
            identity_columns!(),
            " FROM inbox i CROSS JOIN entry e ON e.conversation = i.conversation AND e.id = i.entry",
            join_user!("i.sender"),
            "WHERE i.conversation = ?1 AND i.outcome IS NULL AND ",
            $filter,
            " ORDER BY i.sent_at, i.seq LIMIT ?3"
        )
    };
}

fn max_rows() -> i64 {
    i64::try_from(MAX_TURN_MESSAGES).unwrap_or(i64::MAX)
}

/// Returns the pending messages of a conversation: those of the unfinished run if there is one, else all that fit into one turn.
pub(in crate::sqlite) fn pending(tx: &Tx<'_>, conversation: ConversationId) -> Result<Vec<PendingMessage>, Fault> {
    let unfinished: Option<String> = tx.first(
        "SELECT run FROM inbox WHERE conversation = ?1 AND outcome IS NULL AND run IS NOT NULL
         ORDER BY sent_at, seq LIMIT 1",
        [conversation.0],
        |row| row.get(0),
    )?;
    // The messages of a run were within the limit when the run took them, perhaps in another order.
    let max_bytes = if unfinished.is_some() { usize::MAX } else { MAX_TURN_BYTES };
    let params = params![conversation.0, unfinished, max_rows()];
    tx.all_until(select_pending!("(?2 IS NULL OR i.run = ?2)"), params, read_until(tx, max_bytes))
}

/// Returns the pending messages after `after` that belong to no run.
pub(in crate::sqlite) fn pending_after(
    tx: &Tx<'_>,
    conversation: ConversationId,
    after: InboxSeq,
) -> Result<Vec<PendingMessage>, Fault> {
    let params = params![conversation.0, after.0, max_rows()];
    tx.all_until(select_pending!("i.run IS NULL AND i.seq > ?2"), params, read_until(tx, MAX_TURN_BYTES))
}

/// Reads messages until their size reaches `max_bytes`.
fn read_until(tx: &Tx<'_>, max_bytes: usize) -> impl FnMut(&Row<'_>) -> rusqlite::Result<Option<PendingMessage>> {
    let mut bytes = 0;
    move |row| {
        if bytes >= max_bytes {
            return Ok(None);
        }
        let message = read_pending(tx, row)?;
        bytes += message.size();
        Ok(Some(message))
    }
}

fn read_pending(tx: &Tx<'_>, row: &Row<'_>) -> rusqlite::Result<PendingMessage> {
    let received_at = Timestamp::from_millis(row.get(3)?);
    Ok(PendingMessage {
        seq: InboxSeq(row.get(0)?),
        id: MessageId::new(row.get::<_, String>(1)?),
        sent_at: row.get(2)?,
        age: tx.now.since(received_at),
        received_at,
        kind: row.get(4)?,
        body: entry::read_content(tx.conn, row, 5)?,
        run: row.get::<_, Option<String>>(6)?.map(RunId),
        origin: entry::read_origin(row, 7)?,
        sender: user::read_identity(row, 8)?,
    })
}

/// Ties a pending message to a run, unless it is tied to one.
pub(in crate::sqlite) fn tie_to_run(
    tx: &Tx<'_>,
    conversation: ConversationId,
    message: InboxSeq,
    run: &RunId,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE inbox SET run = ?3 WHERE seq = ?1 AND conversation = ?2 AND outcome IS NULL AND run IS NULL",
        params![message.0, conversation.0, run.0],
    )?;
    Ok(())
}

/// Unties all pending messages of a conversation from their run.
pub(in crate::sqlite) fn untie_from_run(tx: &Tx<'_>, conversation: ConversationId) -> Result<(), Fault> {
    tx.run(
        "UPDATE inbox SET run = NULL WHERE conversation = ?1 AND outcome IS NULL AND run IS NOT NULL",
        [conversation.0],
    )?;
    Ok(())
}

/// A message with an outcome. Messages are ordered as in a turn.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sqlite) struct HandledMessage {
    sent_at: i64,
    seq: InboxSeq,
    /// The entry of the message in the conversation log.
    pub(in crate::sqlite) entry: i64,
}

/// Returns the id of the entry of a message in the conversation log.
pub(in crate::sqlite) fn entry_of(
    tx: &Tx<'_>,
    conversation: ConversationId,
    seq: InboxSeq,
) -> Result<Option<i64>, Fault> {
    tx.first("SELECT entry FROM inbox WHERE seq = ?1 AND conversation = ?2", [seq.0, conversation.0], |row| row.get(0))
}

/// Records the outcome of a message. Returns `None` if the message is not pending in the conversation.
pub(in crate::sqlite) fn set_outcome(
    tx: &Tx<'_>,
    conversation: ConversationId,
    message: InboxSeq,
    run: &RunId,
    outcome: &MessageOutcome,
) -> Result<Option<HandledMessage>, Fault> {
    let (outcome, reason) = match outcome {
        MessageOutcome::Answered => ("answered", None),
        MessageOutcome::Command => ("command", None),
        MessageOutcome::Ignored(reason) => ("ignored", Some(reason)),
        MessageOutcome::DeadLettered(reason) => ("dead_lettered", Some(reason)),
        MessageOutcome::Unanswered => ("unanswered", None),
    };
    tx.first(
        "UPDATE inbox SET outcome = ?3, reason = ?4, run = ?5, done_at = ?6
         WHERE seq = ?1 AND conversation = ?2 AND outcome IS NULL RETURNING sent_at, entry",
        params![message.0, conversation.0, outcome, reason, run.0, tx.now.as_millis()],
        |row| Ok(HandledMessage { sent_at: row.get(0)?, seq: message, entry: row.get(1)? }),
    )
}

/// Moves the pending messages to another conversation, where they belong to no run. Returns their number.
pub(in crate::sqlite) fn move_pending(
    tx: &Tx<'_>,
    from: ConversationId,
    to: ConversationId,
    sender: i64,
) -> Result<usize, Fault> {
    tx.run(
        "UPDATE inbox SET conversation = ?2, sender = ?3, run = NULL WHERE conversation = ?1 AND outcome IS NULL",
        [from.0, to.0, sender],
    )
}

/// Returns the number of messages in a conversation.
pub(in crate::sqlite) fn count(conn: &Connection, conversation: ConversationId) -> Result<u32, Fault> {
    let mut statement = conn.prepare("SELECT count(*) FROM inbox WHERE conversation = ?1")?;
    Ok(statement.query_row([conversation.0], |row| row.get(0))?)
}

/// Returns the number of messages that a user wrote in groups.
pub(in crate::sqlite) fn count_in_groups(conn: &Connection, user: i64) -> Result<u32, Fault> {
    let mut statement = conn.prepare(
        "SELECT count(*) FROM inbox i JOIN conversation c ON c.id = i.conversation
         WHERE i.sender = ?1 AND c.group_id IS NOT NULL",
    )?;
    Ok(statement.query_row([user], |row| row.get(0))?)
}
