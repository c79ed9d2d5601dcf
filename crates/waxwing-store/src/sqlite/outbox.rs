//! The rows of the outbox. Who may send one is [`lane`]'s business.

use rusqlite::{Row, params};
use waxwing_types::{MessageId, PhoneNumberId};

use super::fault::{Fault, unknown_word};
use super::send_queue;
use super::tx::Tx;
use crate::turn::MAX_UNDELIVERED;
use crate::{
    ConversationId, DeliveryEvent, Draft, Error, OutboxId, OutboxState, RunId, SendError, Timestamp, UndeliveredMessage,
};

/// Whether a run has said this before.
pub(super) fn has_said(tx: &Tx<'_>, conversation: ConversationId, run: &RunId, key: &str) -> Result<bool, Fault> {
    let found = tx.first(
        "SELECT 1 FROM outbox WHERE conversation = ?1 AND run = ?2 AND interim = ?3",
        params![conversation.0, run.0, key],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// The part that follows everything that a run has placed.
pub(super) fn next_part(tx: &Tx<'_>, conversation: ConversationId, run: &RunId) -> Result<u32, Fault> {
    tx.one(
        "SELECT coalesce(max(part) + 1, 0) FROM outbox WHERE conversation = ?1 AND run = ?2",
        params![conversation.0, run.0],
        |row| row.get(0),
    )
}

/// Places a message at the end of its conversation's queue.
pub(super) fn push(
    tx: &Tx<'_>,
    conversation: ConversationId,
    run: &RunId,
    (part, interim): (u32, Option<&str>),
    draft: &Draft,
) -> Result<OutboxId, Fault> {
    let id: i64 = tx.one(
        "INSERT INTO outbox (conversation, position, run, part, recipient, kind, content, reply_to, callback_data,
             interim, state, due, created_at, queued_at, changed_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?11, 'queued', ?10, ?10, ?10, ?10) RETURNING id",
        params![
            conversation.0,
            next_position(tx, conversation)?,
            run.0,
            part,
            serde_json::to_vec(&draft.to)?,
            draft.content.kind(),
            serde_json::to_vec(&draft.content)?,
            draft.reply_to.as_ref().map(MessageId::as_str),
            draft.callback_data,
            tx.now.as_millis(),
            interim,
        ],
        |row| row.get(0),
    )?;
    if let Some(upload) = &draft.upload {
        tx.run(
            "INSERT INTO outbox_media (outbox, mime_type, filename, bytes) VALUES (?1, ?2, ?3, ?4)",
            params![id, upload.mime_type, upload.filename, &upload.bytes[..]],
        )?;
    }
    Ok(OutboxId(id))
}

fn next_position(tx: &Tx<'_>, conversation: ConversationId) -> Result<i64, Fault> {
    tx.one("UPDATE send_queue SET tail = tail + 1 WHERE conversation = ?1 RETURNING tail", [conversation.0], |row| {
        row.get(0)
    })
}

/// Gives a row up, and with it the parts of the same reply that wait behind it. What was said while a run went on stands alone.
pub(super) fn dead_letter(tx: &Tx<'_>, id: OutboxId, error: &SendError) -> Result<(), Fault> {
    let (conversation, position, run, part, is_interim) = tx.one(
        "UPDATE outbox SET state = 'dead_letter', error_code = ?2, error = ?3, changed_at = ?4 WHERE id = ?1
         RETURNING conversation, position, run, part, interim IS NOT NULL",
        params![id.0, error.code, error.message, tx.now.as_millis()],
        |row| {
            let (conversation, position) = (row.get::<_, i64>(0)?, row.get::<_, i64>(1)?);
            Ok((conversation, position, row.get::<_, String>(2)?, row.get::<_, u32>(3)?, row.get::<_, bool>(4)?))
        },
    )?;
    tell(tx, id, tx.now)?;
    if is_interim {
        return Ok(());
    }
    let rest =
        tx.all(
            "UPDATE outbox SET state = 'dead_letter', error_code = NULL, error = ?4, changed_at = ?5
         WHERE conversation = ?1 AND position > ?2 AND run = ?3 AND interim IS NULL AND state = 'queued'
             AND state IN ('queued', 'sending', 'in_doubt') RETURNING id",
            params![
                conversation,
                position,
                run,
                format!("part {part} of the same reply was given up"),
                tx.now.as_millis(),
            ],
            |row| row.get(0).map(OutboxId),
        )?;
    rest.into_iter().try_for_each(|id| tell(tx, id, tx.now))
}

/// Tells those who listen what became of a row.
pub(super) fn tell(tx: &Tx<'_>, id: OutboxId, at: Timestamp) -> Result<(), Fault> {
    if !tx.events.are_wanted() {
        return Ok(());
    }
    let delivery = tx.one(
        "SELECT o.conversation, l.number, o.message_id, o.callback_data, o.state, o.error_code, o.error
         FROM outbox o JOIN send_queue l ON l.conversation = o.conversation WHERE o.id = ?1",
        [id.0],
        |row| {
            let code = row.get(5)?;
            Ok(DeliveryEvent {
                outbox: id,
                conversation: ConversationId(row.get(0)?),
                number: PhoneNumberId::new(row.get::<_, String>(1)?),
                message_id: row.get::<_, Option<String>>(2)?.map(MessageId::new),
                callback_data: row.get(3)?,
                state: read_state(row, 4)?,
                error: row.get::<_, Option<String>>(6)?.map(|message| SendError { code, message }),
                at,
            })
        },
    )?;
    tx.events.push(delivery);
    Ok(())
}

/// Messages that will not arrive, of which the agent does not know yet.
pub(super) fn untold(tx: &Tx<'_>, conversation: ConversationId) -> Result<Vec<UndeliveredMessage>, Fault> {
    let rows = tx.all(
        "SELECT id, content, error_code, error FROM outbox
         WHERE conversation = ?1 AND state IN ('failed', 'dead_letter') AND reported = 0 ORDER BY id LIMIT ?2",
        params![conversation.0, i64::try_from(MAX_UNDELIVERED).unwrap_or(i64::MAX)],
        |row| {
            let message = row.get::<_, Option<String>>(3)?.unwrap_or_else(|| "no reason was given".into());
            Ok((OutboxId(row.get(0)?), row.get::<_, Vec<u8>>(1)?, SendError { code: row.get(2)?, message }))
        },
    )?;
    // One that cannot be read any more cannot be told either.
    let read = |(id, content, error): (_, Vec<u8>, _)| {
        serde_json::from_slice(&content).ok().map(|content| UndeliveredMessage { id, content, error })
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

/// Records that the agent knows of messages that will not arrive.
pub(super) fn note_told(tx: &Tx<'_>, conversation: ConversationId, rows: &[OutboxId]) -> Result<(), Fault> {
    for id in rows {
        tx.run("UPDATE outbox SET reported = 1 WHERE id = ?1 AND conversation = ?2", [id.0, conversation.0])?;
    }
    Ok(())
}

/// Forgets the file of a row that Meta has, once its id is known.
pub(super) fn drop_media(tx: &Tx<'_>, id: OutboxId) -> Result<(), Fault> {
    tx.run(
        "DELETE FROM outbox_media WHERE outbox = ?1
             AND EXISTS (SELECT 1 FROM outbox WHERE id = ?1 AND media_id IS NOT NULL)",
        [id.0],
    )?;
    Ok(())
}

/// Places a row that was given up, or that failed, at the end of its conversation's queue.
pub(super) fn requeue(tx: &Tx<'_>, id: OutboxId) -> Result<(), Fault> {
    let found = tx.first("SELECT conversation, state FROM outbox WHERE id = ?1", [id.0], |row| {
        Ok((ConversationId(row.get(0)?), read_state(row, 1)?))
    })?;
    let Some((conversation, state)) = found else {
        return Err(Fault::Refused(Error::NotFound));
    };
    if !matches!(state, OutboxState::DeadLetter | OutboxState::Failed) {
        return Err(Fault::Refused(Error::WrongState { state: state.as_str() }));
    }
    // A file that is still here is uploaded anew: the old upload may be what was wrong, or may have expired.
    tx.run(
        "UPDATE outbox SET state = 'queued', position = ?2, due = ?3, queued_at = ?3, changed_at = ?3,
             uncounted_attempts = attempts, message_id = NULL, reported = 0,
             media_id = CASE WHEN EXISTS (SELECT 1 FROM outbox_media WHERE outbox = ?1) THEN NULL ELSE media_id END
         WHERE id = ?1",
        params![id.0, next_position(tx, conversation)?, tx.now.as_millis()],
    )?;
    send_queue::refresh(tx, conversation)
}

/// Gives up a row that waits.
pub(super) fn discard(tx: &Tx<'_>, id: OutboxId) -> Result<(), Fault> {
    let found = tx.first(
        "SELECT o.conversation, o.state, l.held = 1 AND l.wake > ?2
         FROM outbox o JOIN send_queue l ON l.conversation = o.conversation WHERE o.id = ?1",
        params![id.0, tx.now.as_millis()],
        |row| Ok((ConversationId(row.get(0)?), read_state(row, 1)?, row.get::<_, bool>(2)?)),
    )?;
    let Some((conversation, state, is_leased)) = found else {
        return Err(Fault::Refused(Error::NotFound));
    };
    let waits = match state {
        OutboxState::Queued | OutboxState::InDoubt => true,
        // Whoever was sending it is gone: it is in doubt, although nobody has claimed its queue since.
        OutboxState::Sending => !is_leased,
        _ => false,
    };
    if !waits {
        return Err(Fault::Refused(Error::WrongState { state: state.as_str() }));
    }
    dead_letter(tx, id, &SendError { code: None, message: "dropped by the operator".into() })?;
    send_queue::refresh(tx, conversation)
}

/// Reads a column that holds the word for a state.
pub(super) fn read_state(row: &Row<'_>, at: usize) -> rusqlite::Result<OutboxState> {
    let word = row.get_ref(at)?.as_str()?;
    OutboxState::parse(word).ok_or_else(|| unknown_word(at, word))
}
