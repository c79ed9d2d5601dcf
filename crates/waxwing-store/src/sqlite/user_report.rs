//! What is kept of one person.

use bytes::Bytes;
use rusqlite::{Connection, Row, params};
use waxwing_types::Bsuid;

use super::fault::Fault;
use super::operator;
use super::user::{self, identity_columns};
use crate::{ConversationRecord, ConversationRow, Error, SessionRecord, Timestamp, UserKey, UserRecord, UserReport};

/// Everything that a person is shown of themselves.
pub(super) fn read(conn: &Connection, key: &UserKey, now: Timestamp) -> Result<UserReport, Fault> {
    // All that is read here is of one moment.
    let tx = conn.unchecked_transaction()?;
    let found = users(&tx, key)?;
    if found.is_empty() {
        return Err(Fault::Refused(Error::NotFound));
    }
    let mut group_messages = 0;
    let (ids, users): (Vec<i64>, Vec<_>) = found.into_iter().unzip();
    for id in &ids {
        group_messages += tx.query_row(
            "SELECT count(*) FROM inbox i JOIN conversation c ON c.id = i.conversation
             WHERE i.sender = ?1 AND c.group_id IS NOT NULL",
            [id],
            |row| row.get::<_, u32>(0),
        )?;
    }
    let rows = operator::conversations_of(&tx, &ids, now)?;
    let conversations = rows.into_iter().map(|row| conversation(&tx, row)).collect::<Result<_, _>>()?;
    Ok(UserReport { users, conversations, group_messages })
}

/// The users with this key, and whom they were before, each with the key of its row.
pub(super) fn users(conn: &Connection, key: &UserKey) -> Result<Vec<(i64, UserRecord)>, Fault> {
    macro_rules! users {
        ($filter:literal) => {
            concat!(
                "WITH RECURSIVE meant (id) AS (
                     SELECT id FROM user u WHERE ",
                $filter,
                " UNION SELECT u.id FROM user u JOIN meant m ON u.joined = m.id)
                 SELECT u.id, u.parent_bsuid, u.created_at, ",
                identity_columns!(),
                " FROM user u WHERE u.id IN (SELECT id FROM meant) ORDER BY u.id DESC"
            )
        };
    }
    let (sql, id) = match key {
        UserKey::Phone(id) => (users!("u.wa_id = ?1 OR u.former_wa_id = ?1"), id.as_str()),
        UserKey::Bsuid(id) => (users!("u.bsuid = ?1"), id.as_str()),
    };
    let read = |row: &Row<'_>| {
        let user = UserRecord {
            identity: user::read(row, 3)?,
            parent_bsuid: row.get::<_, Option<String>>(1)?.map(Bsuid::new),
            known_since: Timestamp::from_millis(row.get(2)?),
        };
        Ok((row.get(0)?, user))
    };
    Ok(conn.prepare(sql)?.query_map([id], read)?.collect::<Result<_, _>>()?)
}

fn conversation(conn: &Connection, row: ConversationRow) -> Result<ConversationRecord, Fault> {
    let count = |sql: &str| conn.query_row(sql, [row.id.0], |row| row.get(0));
    let received = count("SELECT count(*) FROM inbox WHERE conversation = ?1")?;
    let sent = count("SELECT count(*) FROM outbox WHERE conversation = ?1")?;
    let mut sessions = conn.prepare(
        "SELECT agent, label, current, (SELECT count(*) FROM session_entry e WHERE e.session = s.id), state, used_at
         FROM session s WHERE conversation = ?1 ORDER BY id DESC",
    )?;
    let read = |row: &Row<'_>| {
        Ok(SessionRecord {
            agent: row.get(0)?,
            label: row.get(1)?,
            is_current: row.get(2)?,
            entries: row.get(3)?,
            state: row.get::<_, Option<Vec<u8>>>(4)?.map(Bytes::from),
            used_at: Timestamp::from_millis(row.get(5)?),
        })
    };
    let sessions = sessions.query_map(params![row.id.0], read)?.collect::<Result<_, _>>()?;
    let mut memories = conn.prepare("SELECT agent, body FROM memory WHERE conversation = ?1 ORDER BY agent")?;
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?.into()));
    let memories = memories.query_map([row.id.0], read)?.collect::<Result<_, _>>()?;
    Ok(ConversationRecord { row, received, sent, sessions, memories })
}
