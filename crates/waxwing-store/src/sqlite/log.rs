//! Turns in the conversation log.

use waxwing_types::MessageId;

use super::content::ContentConnection;
use super::fault::Fault;
use super::ids::json_list;
use super::lease;
use super::tables::entry::{self, NewEntry};
use super::tables::inbox::{self, HandledMessage};
use super::tables::{conversation, outbox, user};
use super::tx::Tx;
use crate::{
    ConversationId, Error, FoundMessage, Lease, LogEntry, LogKey, NewLogEntry, RunId, StoredMessage, TurnCommit,
    UserKey, UserLogEntry,
};

/// Records the outcomes of the handled messages, and gives the messages, the interim messages and the new entries their places.
pub(super) fn append(tx: &Tx<'_>, conversation: ConversationId, commit: &TurnCommit) -> Result<(), Fault> {
    let mut handled = Vec::with_capacity(commit.outcomes.len());
    for (message, outcome) in &commit.outcomes {
        // A second outcome of a message is an error of the caller, and the commit stores nothing.
        let message = inbox::set_outcome(tx, conversation, *message, &commit.run, outcome)?;
        handled.push(message.ok_or(Fault::Refused(Error::NotFound))?);
    }
    // A turn may record outcomes in another order, such as that of an early command last.
    handled.sort_unstable();
    let mut interim = match handled.iter().map(|message| message.entry).min() {
        Some(oldest) => entry::interim_after(tx, conversation, oldest)?.into_iter().peekable(),
        None => Vec::new().into_iter().peekable(),
    };
    for HandledMessage { entry, .. } in handled {
        while let Some(earlier) = interim.next_if(|id| *id < entry) {
            entry::place(tx, conversation, earlier, None)?;
        }
        entry::place(tx, conversation, entry, Some(&commit.run))?;
    }
    interim.try_for_each(|rest| entry::place(tx, conversation, rest, None))?;
    commit.log.iter().try_for_each(|new| insert(tx, conversation, new, &commit.run, true))
}

/// Inserts an entry of a run.
pub(super) fn insert(
    tx: &Tx<'_>,
    conversation: ConversationId,
    new: &NewLogEntry,
    run: &RunId,
    is_handled: bool,
) -> Result<(), Fault> {
    let entry = NewEntry {
        origin: new.origin,
        author: new.author.as_deref(),
        kind: &new.kind,
        user: None,
        run: Some(run),
        at: tx.now,
        content: &new.content,
        is_handled,
    };
    entry::insert(tx, conversation, &entry).map(|_| ())
}

/// Returns the stored messages of a leased conversation with these ids.
pub(super) fn find_messages(
    conn: &ContentConnection,
    lease: &Lease,
    ids: &[MessageId],
) -> Result<Vec<FoundMessage>, Fault> {
    lease::check(conn, lease)?;
    messages(conn, lease.conversation, ids)
}

/// Returns the stored messages of a conversation with these ids.
///
/// # Errors
///
/// [`Error::NotFound`] if the conversation is unknown.
pub(super) fn conversation_messages(
    conn: &ContentConnection,
    id: ConversationId,
    ids: &[MessageId],
) -> Result<Vec<FoundMessage>, Fault> {
    check_exists(conn, id)?;
    messages(conn, id, ids)
}

fn messages(
    conn: &ContentConnection,
    conversation: ConversationId,
    ids: &[MessageId],
) -> Result<Vec<FoundMessage>, Fault> {
    let mut found = Vec::new();
    for id in ids {
        let message = match outbox::sent(conn, conversation, id)? {
            Some(sent) => Some(StoredMessage::Sent(sent)),
            None => received(conn, conversation, id)?.map(|entry| StoredMessage::Received(Box::new(entry))),
        };
        found.extend(message.map(|message| FoundMessage { id: id.clone(), message }));
    }
    Ok(found)
}

/// Returns the received message with this id. Messages that quote it contain the id as well.
fn received(conn: &ContentConnection, conversation: ConversationId, id: &MessageId) -> Result<Option<LogEntry>, Fault> {
    let has_id = |entry: &LogEntry| {
        let parsed: Option<serde_json::Value> = serde_json::from_slice(&entry.content).ok();
        parsed.is_some_and(|parsed| parsed.get("id").and_then(|found| found.as_str()) == Some(id.as_str()))
    };
    entry::find(conn, conversation, id.as_str().as_bytes(), has_id)
}

/// Returns entries of the log for an operator.
pub(super) fn list(
    conn: &ContentConnection,
    id: ConversationId,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<LogEntry>, Fault> {
    check_exists(conn, id)?;
    entry::list(conn, id, before.unwrap_or(i64::MAX), limit)
}

/// Refuses an unknown conversation.
pub(super) fn check_exists(conn: &ContentConnection, id: ConversationId) -> Result<(), Fault> {
    if conversation::exists(conn, id)? { Ok(()) } else { Err(Fault::Refused(Error::NotFound)) }
}

/// Returns entries of the log that concern a user.
pub(super) fn of_user(
    conn: &ContentConnection,
    key: &UserKey,
    after: Option<LogKey>,
    limit: usize,
) -> Result<Vec<UserLogEntry>, Fault> {
    let users: Vec<_> = user::find(conn, key)?.into_iter().map(|(id, _)| id).collect();
    if users.is_empty() {
        return Err(Fault::Refused(Error::NotFound));
    }
    entry::of_users(conn, &json_list(users.into_iter()), after, limit)
}
