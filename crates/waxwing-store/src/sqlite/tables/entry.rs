//! Table `entry`: the conversation log.

use bytes::Bytes;
use rusqlite::{Connection, Row, params};

use super::entry_media;
use super::user::{self, identity_columns, join_user};
use crate::sqlite::content::ContentConnection;
use crate::sqlite::fault::{Fault, unknown_name};
use crate::sqlite::tx::Tx;
use crate::vault::Column;
use crate::{ConversationId, EventType, LogEntry, LogKey, MAX_HISTORY_BYTES, Origin, RunId, Timestamp, UserLogEntry};

/// Number of keys per millisecond, as a number of bits.
const KEY_BITS: u32 = 12;

/// Number of entries by which the order of handling may differ from the order of arrival: the messages of a turn, some interim messages and what
/// arrives during the turn.
const MAX_DISPLACEMENT: usize = 512;

/// Number of the newest entries that are searched for a message.
const MAX_SEARCHED: i64 = 1000;

/// Number of the newest entries that are searched for a position. The number covers the longest history, of 1,000 entries, with [`MAX_DISPLACEMENT`].
const MAX_PLACED: i64 = 2000;

/// An entry to insert.
pub(in crate::sqlite) struct NewEntry<'a> {
    pub(in crate::sqlite) origin: Origin,
    pub(in crate::sqlite) author: Option<&'a str>,
    pub(in crate::sqlite) kind: &'a str,
    pub(in crate::sqlite) user: Option<i64>,
    pub(in crate::sqlite) run: Option<&'a RunId>,
    pub(in crate::sqlite) at: Timestamp,
    pub(in crate::sqlite) content: &'a [u8],
    /// Whether a turn has handled the entry.
    pub(in crate::sqlite) is_handled: bool,
}

/// Returns the next key of a conversation.
pub(in crate::sqlite) fn next_key(tx: &Tx<'_>, conversation: ConversationId) -> Result<i64, Fault> {
    tx.one(
        "UPDATE conversation SET last_entry = max(last_entry + 1, ?2) WHERE id = ?1 RETURNING last_entry",
        params![conversation.0, oldest_key(tx.now)],
        |row| row.get(0),
    )
}

/// Returns the lowest key of a time.
pub(in crate::sqlite) fn oldest_key(time: Timestamp) -> i64 {
    time.as_millis().max(0).saturating_mul(1 << KEY_BITS)
}

/// Inserts an entry. Returns its id.
pub(in crate::sqlite) fn insert(tx: &Tx<'_>, conversation: ConversationId, entry: &NewEntry<'_>) -> Result<i64, Fault> {
    let id = next_key(tx, conversation)?;
    let content = tx.conn.seal(Column::Entry, Some(conversation), entry.content)?;
    tx.run(
        "INSERT INTO entry (conversation, id, place, at, origin, author, kind, user, run, content)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            conversation.0,
            id,
            entry.is_handled.then_some(id),
            entry.at.as_millis(),
            entry.origin.as_str(),
            entry.author,
            entry.kind,
            entry.user,
            entry.run.map(|run| &run.0),
            content,
        ],
    )?;
    Ok(id)
}

/// Removes the entries of a run.
pub(in crate::sqlite) fn delete_of_run(tx: &Tx<'_>, conversation: ConversationId, run: &RunId) -> Result<(), Fault> {
    tx.run("DELETE FROM entry WHERE conversation = ?1 AND run = ?2", params![conversation.0, run.0])?;
    Ok(())
}

/// Gives an entry that a turn has handled the next place in the history. `run` is the run that handled a message.
pub(in crate::sqlite) fn place(
    tx: &Tx<'_>,
    conversation: ConversationId,
    entry: i64,
    run: Option<&RunId>,
) -> Result<(), Fault> {
    let place = next_key(tx, conversation)?;
    tx.run(
        "UPDATE entry SET place = ?3, run = coalesce(?4, run) WHERE conversation = ?1 AND id = ?2",
        params![conversation.0, entry, place, run.map(|run| &run.0)],
    )?;
    Ok(())
}

/// Returns the ids of the interim messages after an entry that have no place yet, oldest first.
pub(in crate::sqlite) fn interim_after(
    tx: &Tx<'_>,
    conversation: ConversationId,
    entry: i64,
) -> Result<Vec<i64>, Fault> {
    tx.all(
        "SELECT id FROM entry WHERE conversation = ?1 AND id > ?2 AND place IS NULL AND run IS NOT NULL ORDER BY id",
        [conversation.0, entry],
        |row| row.get(0),
    )
}

/// Returns the time of the newest entry that a user wrote.
pub(in crate::sqlite) fn newest_of_user(tx: &Tx<'_>, conversation: ConversationId) -> Result<Option<Timestamp>, Fault> {
    tx.first(
        "SELECT at FROM entry WHERE conversation = ?1 AND origin = 'user' ORDER BY id DESC LIMIT 1",
        [conversation.0],
        |row| row.get(0).map(Timestamp::from_millis),
    )
}

/// The columns that [`read`] reads.
macro_rules! entry_columns {
    () => {
        concat!(
            "coalesce(e.place, e.id), e.origin, e.author, e.kind, e.at, e.run, e.content, e.place IS NOT NULL, e.user, ",
            identity_columns!(),
            ", m.hash, m.mime_type"
        )
    };
}

/// Joins the kept medium of an entry `e`.
macro_rules! join_medium {
    () => {
        "LEFT JOIN entry_media m ON m.conversation = e.conversation AND m.entry = e.id "
    };
}

/// Returns the newest `limit` handled entries from this place on within [`MAX_HISTORY_BYTES`], oldest first.
pub(in crate::sqlite) fn history(
    conn: &ContentConnection,
    conversation: ConversationId,
    first_place: i64,
    limit: usize,
) -> Result<Vec<LogEntry>, Fault> {
    if limit == 0 {
        return Ok(Vec::new());
    }
    // The order is found without the contents, so only the contents that are returned are in memory.
    let mut order = conn.prepare_cached(
        "SELECT id FROM (SELECT id, place FROM entry WHERE conversation = ?1 ORDER BY id DESC LIMIT ?2)
         WHERE place >= ?3 ORDER BY place DESC LIMIT ?4",
    )?;
    let mut one = conn.prepare_cached(concat!(
        "SELECT ",
        entry_columns!(),
        " FROM entry e",
        join_user!("e.user"),
        join_medium!(),
        "WHERE e.conversation = ?1 AND e.id = ?2"
    ))?;
    let searched = count(limit.saturating_add(MAX_DISPLACEMENT));
    let mut ids = order.query(params![conversation.0, searched, first_place, count(limit)])?;
    let (mut entries, mut left) = (Vec::new(), MAX_HISTORY_BYTES);
    while let Some(id) = ids.next()? {
        let entry = one.query_row(params![conversation.0, id.get::<_, i64>(0)?], |row| read(conn, row))?;
        let Some(rest) = left.checked_sub(entry.content.len()) else { break };
        left = rest;
        entries.push(entry);
    }
    entries.reverse();
    Ok(entries)
}

/// Returns the id of the entry at a position of the history.
pub(in crate::sqlite) fn at_place(tx: &Tx<'_>, conversation: ConversationId, place: i64) -> Result<Option<i64>, Fault> {
    tx.first(
        "SELECT id FROM (SELECT id, place FROM entry WHERE conversation = ?1 ORDER BY id DESC LIMIT ?3) WHERE place = ?2",
        [conversation.0, place, MAX_PLACED],
        |row| row.get(0),
    )
}

/// Returns the newest `limit` entries of a conversation before a position, oldest first, handled or not.
pub(in crate::sqlite) fn list(
    conn: &ContentConnection,
    conversation: ConversationId,
    before: i64,
    limit: usize,
) -> Result<Vec<LogEntry>, Fault> {
    let mut statement = conn.prepare(concat!(
        "SELECT ",
        entry_columns!(),
        " FROM entry e",
        join_user!("e.user"),
        join_medium!(),
        "WHERE e.conversation = ?1 AND coalesce(e.place, e.id) < ?2 ORDER BY coalesce(e.place, e.id) DESC LIMIT ?3"
    ))?;
    let rows = statement.query_map(params![conversation.0, before, count(limit)], |row| read(conn, row))?;
    let mut entries: Vec<_> = rows.collect::<Result<_, _>>()?;
    entries.reverse();
    Ok(entries)
}

/// Returns up to `limit` entries after a key: those of the users' conversations, and those that the users wrote in groups.
pub(in crate::sqlite) fn of_users(
    conn: &ContentConnection,
    users: &str,
    after: Option<LogKey>,
    limit: usize,
) -> Result<Vec<UserLogEntry>, Fault> {
    let mut statement = conn.prepare(concat!(
        "SELECT ",
        entry_columns!(),
        ", e.conversation, e.id FROM entry e",
        join_user!("e.user"),
        join_medium!(),
        "WHERE (e.conversation, e.id) > (?2, ?3) AND (
              e.user IN (SELECT value FROM json_each(?1))
              OR e.conversation IN (SELECT id FROM conversation WHERE user IN (SELECT value FROM json_each(?1))))
          ORDER BY e.conversation, e.id LIMIT ?4"
    ))?;
    let (conversation, id) = after.map_or((0, 0), |key| (key.conversation.0, key.entry));
    let rows = statement.query_map(params![users, conversation, id, count(limit)], |row| {
        let key = LogKey { conversation: ConversationId(row.get("conversation")?), entry: row.get("id")? };
        Ok(UserLogEntry { key, entry: read(conn, row)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Returns the newest entry of a conversation whose content has these bytes and fulfils a condition.
pub(in crate::sqlite) fn find(
    conn: &ContentConnection,
    conversation: ConversationId,
    bytes: &[u8],
    is_match: impl Fn(&LogEntry) -> bool,
) -> Result<Option<LogEntry>, Fault> {
    let mut statement = conn.prepare_cached(concat!(
        "SELECT ",
        entry_columns!(),
        " FROM (SELECT * FROM entry WHERE conversation = ?1 ORDER BY id DESC LIMIT ?3) e",
        join_user!("e.user"),
        join_medium!(),
        // Sealed content is searched after it was opened.
        "WHERE instr(e.content, ?2) > 0 OR substr(e.content, 1, 1) = x'01' ORDER BY e.id DESC"
    ))?;
    for entry in statement.query_map(params![conversation.0, bytes, MAX_SEARCHED], |row| read(conn, row))? {
        let entry = entry?;
        let has_bytes = |content: &[u8]| content.windows(bytes.len().max(1)).any(|part| part == bytes);
        if has_bytes(&entry.content) && is_match(&entry) {
            return Ok(Some(entry));
        }
    }
    Ok(None)
}

/// Moves all entries to another conversation. Their keys keep their order.
pub(in crate::sqlite) fn move_all(
    tx: &Tx<'_>,
    from: ConversationId,
    to: ConversationId,
    user: i64,
) -> Result<(), Fault> {
    // New keys are later than all keys of both conversations.
    tx.run(
        "UPDATE conversation SET last_entry = max(last_entry, (SELECT last_entry FROM conversation WHERE id = ?1))
         WHERE id = ?2",
        [from.0, to.0],
    )?;
    // A key of both conversations is possible, but rare: two messages in the same millisecond. The moved entry gets a later key then.
    let clashes = tx.all(
        "SELECT o.id FROM entry o JOIN entry n ON n.conversation = ?2 AND n.id = o.id WHERE o.conversation = ?1",
        [from.0, to.0],
        |row| row.get::<_, i64>(0),
    )?;
    for id in clashes {
        let key = next_key(tx, to)?;
        tx.run("UPDATE entry SET id = ?3 WHERE conversation = ?1 AND id = ?2", params![from.0, id, key])?;
        tx.run(
            "UPDATE inbox SET entry = ?3 WHERE conversation = ?1 AND entry = ?2 AND outcome IS NULL",
            params![from.0, id, key],
        )?;
        // Undelivered events refer to messages that were handled, too.
        tx.run(
            "UPDATE inbox SET entry = ?3 WHERE conversation = ?1 AND entry = ?2
                 AND seq IN (SELECT ref FROM event WHERE conversation = ?1 AND type = ?4)",
            params![from.0, id, key, EventType::MessageReceived.as_str()],
        )?;
        entry_media::set_entry(tx, from, id, key)?;
    }
    entry_media::move_all(tx, from, to)?;
    tx.run(
        "UPDATE entry SET conversation = ?2, user = CASE WHEN user IS NOT NULL THEN ?3 END WHERE conversation = ?1",
        params![from.0, to.0, user],
    )?;
    Ok(())
}

/// Returns the number of entries of a conversation.
pub(in crate::sqlite) fn count_all(conn: &Connection, conversation: ConversationId) -> Result<u32, Fault> {
    let mut statement = conn.prepare("SELECT count(*) FROM entry WHERE conversation = ?1")?;
    Ok(statement.query_row([conversation.0], |row| row.get(0))?)
}

fn read(conn: &ContentConnection, row: &Row<'_>) -> rusqlite::Result<LogEntry> {
    Ok(LogEntry {
        seq: row.get(0)?,
        origin: read_origin(row, 1)?,
        author: row.get(2)?,
        kind: row.get(3)?,
        at: Timestamp::from_millis(row.get(4)?),
        run: row.get(5)?,
        content: read_content(conn, row, 6)?,
        medium: entry_media::read(row)?,
        is_handled: row.get(7)?,
        user: match row.get::<_, Option<i64>>(8)? {
            Some(_) => Some(user::read_identity(row, 9)?),
            None => None,
        },
    })
}

/// Reads a column with the name of an origin.
pub(in crate::sqlite) fn read_origin(row: &Row<'_>, column: usize) -> rusqlite::Result<Origin> {
    let name = row.get_ref(column)?.as_str()?;
    Origin::parse(name).ok_or_else(|| unknown_name(column, name))
}

/// Reads a column with the content of an entry.
pub(in crate::sqlite) fn read_content(
    conn: &ContentConnection,
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<Bytes> {
    conn.read(Column::Entry, row, column).map(Bytes::from)
}

fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
