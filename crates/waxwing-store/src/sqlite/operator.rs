//! What people of the business do.

use rusqlite::{Connection, Row, ToSql, params};
use waxwing_types::{GroupId, PhoneNumberId};

use super::fault::Fault;
use super::tx::Tx;
use super::user::{self, identity_columns};
use super::{erase, outbox, send_queue, turn};
use crate::{
    ConversationFilter, ConversationId, ConversationRow, ConversationTarget, Draft, Error, NewOperatorAction, Origin,
    OutboxId, Peer, RunId, Timestamp, UserKey,
};

/// Takes in what a person of the business does.
pub(super) fn record_action(tx: &Tx<'_>, act: &NewOperatorAction) -> Result<(ConversationId, Option<OutboxId>), Fault> {
    let id = match &act.target {
        ConversationTarget::Conversation(id) => {
            let known = tx.first("SELECT 1 FROM conversation WHERE id = ?1", [id.0], |_| Ok(()))?;
            known.map(|()| *id).ok_or(Fault::Refused(Error::NotFound))?
        }
        ConversationTarget::User(_, user) if user.wa_id.is_none() && user.bsuid.is_none() => {
            return Err(Fault::Refused(Error::NotFound));
        }
        ConversationTarget::User(number, user) => user::place(tx, number, user, None)?.conversation,
    };
    let said = match &act.content {
        Some(content) => {
            let to = turn::conversation(tx, id)?.peer.address().ok_or(Fault::Refused(Error::NotFound))?;
            let draft = Draft { to, content: content.clone(), reply_to: None, callback_data: None, upload: None };
            let row = outbox::push(tx, id, &RunId(act.id.clone()), (0, None), &draft)?;
            send_queue::refresh(tx, id)?;
            Some(row)
        }
        None => None,
    };
    tx.run(
        "INSERT INTO inbox (conversation, message_id, origin, sender, sent_at, received_at, kind, body)
         VALUES (?1, ?2, ?3, (SELECT user FROM conversation WHERE id = ?1), ?4 / 1000, ?4, 'operator', ?5)",
        params![id.0, act.id, Origin::Operator.as_str(), tx.now.as_millis(), &act.body[..]],
    )?;
    turn::wake(tx, id)?;
    Ok((id, said))
}

/// The columns that [`read`] reads, and their tables.
macro_rules! rows {
    ($filter:literal) => {
        concat!(
            "SELECT c.id, c.number, c.group_id, c.paused_until, c.created_at,
                 (SELECT count(*) FROM inbox i WHERE i.conversation = c.id AND i.outcome IS NULL), ",
            identity_columns!(),
            " FROM conversation c LEFT JOIN user u ON u.id = c.user WHERE ",
            $filter,
            " ORDER BY c.id DESC LIMIT ?1"
        )
    };
}

/// Looks conversations up, the newest first.
pub(super) fn conversations(
    conn: &Connection,
    which: &ConversationFilter,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<ConversationRow>, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let find = |sql, params: &[&dyn ToSql]| find(conn, sql, params, now);
    match which {
        ConversationFilter::All => find(rows!("1"), params![limit]),
        ConversationFilter::Paused => find(rows!("c.paused_until > ?2"), params![limit, now.as_millis()]),
        ConversationFilter::Id(id) => find(rows!("c.id = ?2"), params![limit, id.0]),
        ConversationFilter::User(UserKey::Phone(id)) => {
            find(rows!("u.wa_id = ?2 OR u.former_wa_id = ?2"), params![limit, id.as_str()])
        }
        ConversationFilter::User(UserKey::Bsuid(id)) => find(rows!("u.bsuid = ?2"), params![limit, id.as_str()]),
    }
}

/// The conversations of users, by the keys of their rows.
pub(super) fn conversations_of(
    conn: &Connection,
    users: &[i64],
    now: Timestamp,
) -> Result<Vec<ConversationRow>, Fault> {
    let users = erase::list(users.iter().copied());
    find(conn, rows!("c.user IN (SELECT value FROM json_each(?2))"), params![i64::MAX, users], now)
}

fn find(conn: &Connection, sql: &str, params: &[&dyn ToSql], now: Timestamp) -> Result<Vec<ConversationRow>, Fault> {
    Ok(conn.prepare_cached(sql)?.query_map(params, |row| read(row, now.as_millis()))?.collect::<Result<_, _>>()?)
}

fn read(row: &Row<'_>, now: i64) -> rusqlite::Result<ConversationRow> {
    let peer = match row.get::<_, Option<String>>(2)? {
        Some(group) => Peer::Group(GroupId::new(group)),
        None => Peer::User(user::read(row, 6)?),
    };
    Ok(ConversationRow {
        id: ConversationId(row.get(0)?),
        number: PhoneNumberId::new(row.get::<_, String>(1)?),
        peer,
        paused_until: row.get::<_, Option<i64>>(3)?.filter(|until| *until > now).map(Timestamp::from_millis),
        waiting: row.get(5)?,
        created_at: Timestamp::from_millis(row.get(4)?),
    })
}
