//! Table `event`: events for other systems.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;
use waxwing_types::{MessageId, PhoneNumberId};

use super::entry::read_content;
use super::outbox::read_error;
use super::user::{identity_columns, join_user, read_identity};
use crate::sqlite::content::ContentConnection;
use crate::sqlite::conversation_key::conversation_key;
use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::vault::Column;
use crate::{
    ConversationId, EventId, EventSubject, EventType, OutboxId, OutgoingEvent, PendingEvent, Timestamp, UserIdentity,
};

/// An event as it is stored.
pub(in crate::sqlite) struct EventRow {
    id: i64,
    kind: Option<EventType>,
    at: Timestamp,
    conversation: Option<i64>,
    number: Option<String>,
    subject: Option<i64>,
    data: Vec<u8>,
}

impl EventRow {
    pub(in crate::sqlite) fn id(&self) -> EventId {
        EventId(self.id)
    }

    /// Returns the type; `None` if this version does not know the type.
    pub(in crate::sqlite) fn kind(&self) -> Option<EventType> {
        self.kind
    }
}

/// Inserts an event. `subject` is the row of the message that the event is about.
pub(in crate::sqlite) fn insert(
    tx: &Tx<'_>,
    event: &OutgoingEvent,
    part: u8,
    subject: Option<i64>,
) -> Result<(), Fault> {
    let data = tx.conn.seal(Column::EventData, event.conversation, event.data.to_string().as_bytes())?;
    tx.run(
        "INSERT INTO event (at, conversation, number, part, type, ref, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            event.at.as_millis(),
            event.conversation.map(|id| id.0),
            event.number.as_ref().map(PhoneNumberId::as_str),
            part,
            event.kind.as_str(),
            subject,
            data,
        ],
    )?;
    Ok(())
}

/// Returns up to `limit` events of a partition after an event.
pub(in crate::sqlite) fn after(
    conn: &ContentConnection,
    part: u8,
    after: EventId,
    limit: usize,
) -> Result<Vec<EventRow>, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = conn.prepare_cached(
        "SELECT id, type, at, conversation, number, ref, data FROM event
         WHERE part = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
    )?;
    let read = |row: &Row<'_>| {
        Ok(EventRow {
            id: row.get(0)?,
            kind: row.get_ref(1)?.as_str()?.parse().ok(),
            at: Timestamp::from_millis(row.get(2)?),
            conversation: row.get(3)?,
            number: row.get(4)?,
            subject: row.get(5)?,
            data: conn.read(Column::EventData, row, 6)?,
        })
    };
    Ok(statement.query_map(params![part, after.0, limit], read)?.collect::<Result<_, _>>()?)
}

/// Returns the last event before a time, or the event before all kept ones.
pub(in crate::sqlite) fn before(tx: &Tx<'_>, time: Timestamp) -> Result<EventId, Fault> {
    let first: Option<i64> =
        tx.first("SELECT id FROM event WHERE at >= ?1 ORDER BY at, id LIMIT 1", [time.as_millis()], |row| row.get(0))?;
    Ok(EventId(first.map_or(i64::MAX, |first| first - 1)))
}

/// Gives the events of a conversation to another conversation. The partition stays, so that no event is delivered twice or left out.
pub(in crate::sqlite) fn move_all(tx: &Tx<'_>, from: ConversationId, to: ConversationId) -> Result<(), Fault> {
    tx.run("UPDATE event SET conversation = ?2 WHERE conversation = ?1", [from.0, to.0])?;
    Ok(())
}

/// Adds the current data of an event's conversation and message.
pub(in crate::sqlite) fn pending(
    conn: &ContentConnection,
    namespace: &str,
    row: EventRow,
    kind: EventType,
) -> Result<PendingEvent, Fault> {
    let conversation = row.conversation.map(ConversationId);
    let mut number = row.number.map(PhoneNumberId::new);
    let mut user = None;
    if let Some(id) = conversation {
        let (of_conversation, identity) = peer(conn, id)?;
        number = Some(of_conversation);
        user = identity;
    }
    let subject = match row.subject {
        None => EventSubject::None,
        Some(seq) if kind == EventType::MessageReceived => match received(conn, seq, row.conversation)? {
            Some((subject, sender)) => {
                user = Some(sender);
                subject
            }
            None => EventSubject::Removed,
        },
        Some(id) => sent(conn, OutboxId(id))?.unwrap_or(EventSubject::Removed),
    };
    let data = serde_json::from_slice(&row.data).unwrap_or(Value::Null);
    Ok(PendingEvent {
        id: EventId(row.id),
        event_id: format!("evt_{namespace}_{}", row.id),
        event: OutgoingEvent { kind, at: row.at, conversation, number, data },
        conversation_key: conversation.map(|id| conversation_key(namespace, id)),
        user,
        subject,
    })
}

/// Returns the business number of a conversation, and its user unless it is a group.
fn peer(conn: &Connection, id: ConversationId) -> Result<(PhoneNumberId, Option<UserIdentity>), Fault> {
    let mut statement = conn.prepare_cached(concat!(
        "SELECT c.number, c.user IS NOT NULL, ",
        identity_columns!(),
        " FROM conversation c LEFT JOIN user u ON u.id = c.user WHERE c.id = ?1"
    ))?;
    let read = |row: &Row<'_>| {
        let user = if row.get(1)? { Some(read_identity(row, 2)?) } else { None };
        Ok((PhoneNumberId::new(row.get::<_, String>(0)?), user))
    };
    Ok(statement.query_row([id.0], read)?)
}

/// Returns a received message with its sender. `conversation` has the log with the message: a message that was handled before an identity change
/// joined conversations stays in the inbox of the old one.
fn received(
    conn: &ContentConnection,
    seq: i64,
    conversation: Option<i64>,
) -> Result<Option<(EventSubject, UserIdentity)>, Fault> {
    let mut statement = conn.prepare_cached(concat!(
        "SELECT i.message_id, e.kind, e.content, ",
        identity_columns!(),
        " FROM inbox i JOIN entry e ON e.conversation = ?2 AND e.id = i.entry",
        join_user!("i.sender"),
        "WHERE i.seq = ?1"
    ))?;
    let read = |row: &Row<'_>| {
        let id = MessageId::new(row.get::<_, String>(0)?);
        let subject = EventSubject::Received { id, kind: row.get(1)?, body: read_content(conn, row, 2)? };
        Ok((subject, read_identity(row, 3)?))
    };
    Ok(statement.query_row(params![seq, conversation], read).optional()?)
}

/// Returns a message of the outbox.
fn sent(conn: &ContentConnection, id: OutboxId) -> Result<Option<EventSubject>, Fault> {
    let mut statement =
        conn.prepare_cached("SELECT content, agent, from_operator, error_code, error FROM outbox WHERE id = ?1")?;
    let read = |row: &Row<'_>| {
        Ok(EventSubject::Sent {
            id,
            content: serde_json::from_slice(&conn.read(Column::Outbox, row, 0)?).ok(),
            agent: row.get(1)?,
            is_from_operator: row.get(2)?,
            error: read_error(row, 3)?,
        })
    };
    Ok(statement.query_row([id.0], read).optional()?)
}
