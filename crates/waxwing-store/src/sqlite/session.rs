//! Sessions of agents.

use super::content::ContentConnection;
use super::fault::Fault;
use super::tables::{entry, memory, session};
use super::tx::Tx;
use super::{lease, log};
use crate::{ConversationId, Error, Lease, LogEntry, NewSession, SessionWrite, StoredSession};

/// Returns the current session of an agent, and creates it if there is none.
pub(super) fn current(
    tx: &Tx<'_>,
    lease: &Lease,
    agent: &str,
    label: &str,
    history: usize,
) -> Result<StoredSession, Fault> {
    if let Some(session) = find(tx.conn, lease, agent, history)? {
        return Ok(session);
    }
    let first_place = session::newest_start(tx.conn, lease.conversation)?;
    let id = session::insert(tx, lease.conversation, agent, label, first_place)?;
    let entries = entry::history(tx.conn, lease.conversation, first_place, history)?;
    let memory = memory::get(tx.conn, lease.conversation, agent)?;
    Ok(StoredSession { id, label: label.to_owned(), entries, state: None, memory })
}

/// Returns the current session of an agent, if there is one.
pub(super) fn find(
    conn: &ContentConnection,
    lease: &Lease,
    agent: &str,
    history: usize,
) -> Result<Option<StoredSession>, Fault> {
    lease::check(conn, lease)?;
    let Some(row) = session::current(conn, lease.conversation, agent)? else { return Ok(None) };
    let entries = entry::history(conn, lease.conversation, row.first_place, history)?;
    let memory = memory::get(conn, lease.conversation, agent)?;
    Ok(Some(StoredSession { id: row.id, label: row.label, entries, state: row.state, memory }))
}

/// Returns the history that an agent would get in its next turn.
///
/// # Errors
///
/// [`Error::NotFound`] if the conversation is unknown.
pub(super) fn history(
    conn: &ContentConnection,
    id: ConversationId,
    agent: &str,
    limit: usize,
) -> Result<Vec<LogEntry>, Fault> {
    log::check_exists(conn, id)?;
    let start = match session::current(conn, id, agent)? {
        Some(session) => session.first_place,
        None => session::newest_start(conn, id)?,
    };
    entry::history(conn, id, start, limit)
}

/// Writes to a session of a conversation.
pub(super) fn write(tx: &Tx<'_>, conversation: ConversationId, write: &SessionWrite) -> Result<(), Fault> {
    if !session::touch(tx, conversation, write.id, write.state.as_ref())? {
        return Err(Fault::Refused(Error::NotFound));
    }
    if let Some(memory) = &write.memory {
        memory::set(tx, conversation, write.id, memory)?;
    }
    Ok(())
}

/// Creates a session for the following turns. Its history starts after the current turn. The previous session is kept.
pub(super) fn begin(tx: &Tx<'_>, conversation: ConversationId, new: &NewSession) -> Result<(), Fault> {
    session::end_current(tx, conversation, &new.agent)?;
    let first_place = entry::next_key(tx, conversation)?;
    session::insert(tx, conversation, &new.agent, &new.label, first_place)?;
    Ok(())
}
