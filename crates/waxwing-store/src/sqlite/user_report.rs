//! Report on the data that is stored about a user.

use super::content::ContentConnection;
use super::fault::Fault;
use super::tables::{conversation, entry, inbox, memory, outbox::report, session, user};
use crate::{
    ConversationFilter, ConversationId, ConversationRecord, ConversationRow, Error, Timestamp, UserKey, UserReport,
};

/// Reports the data of the users with this key.
pub(super) fn read(conn: &ContentConnection, key: &UserKey, now: Timestamp) -> Result<UserReport, Fault> {
    // A transaction makes all reads consistent.
    let _consistent = conn.unchecked_transaction()?;
    let found = user::find(conn, key)?;
    if found.is_empty() {
        return Err(Fault::Refused(Error::NotFound));
    }
    let (ids, users): (Vec<i64>, Vec<_>) = found.into_iter().unzip();
    let mut group_messages = 0;
    for id in &ids {
        group_messages += inbox::count_in_groups(conn, *id)?;
    }
    let rows = conversation::list_of_users(conn, &ids, now)?;
    let conversations = rows.into_iter().map(|row| record(conn, row)).collect::<Result<_, _>>()?;
    Ok(UserReport { users, conversations, group_messages })
}

/// Reads the data of one conversation.
pub(super) fn conversation(
    conn: &ContentConnection,
    id: ConversationId,
    now: Timestamp,
) -> Result<ConversationRecord, Fault> {
    let _consistent = conn.unchecked_transaction()?;
    let row =
        conversation::list(conn, &ConversationFilter::Id(id), now, 1)?.pop().ok_or(Fault::Refused(Error::NotFound))?;
    record(conn, row)
}

fn record(conn: &ContentConnection, row: ConversationRow) -> Result<ConversationRecord, Fault> {
    Ok(ConversationRecord {
        received: inbox::count(conn, row.id)?,
        sent: report::count(conn, row.id)?,
        entries: entry::count_all(conn, row.id)?,
        sessions: session::list(conn, row.id)?,
        memories: memory::list(conn, row.id)?,
        row,
    })
}
