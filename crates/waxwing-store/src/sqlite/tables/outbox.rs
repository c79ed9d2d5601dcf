//! Table `outbox`: outgoing messages.

pub(in crate::sqlite) mod fallback;
pub(in crate::sqlite) mod parked;
pub(in crate::sqlite) mod report;
pub(in crate::sqlite) mod unreported;

use rusqlite::{Connection, OptionalExtension, Row, params};
use waxwing_types::{Address, MediaId, MessageId, OutboundContent, PhoneNumberId};

use super::conversation::notices::FIRST_CONTACT;
use super::{conversation, send_queue};
use crate::sqlite::content::ContentConnection;
use crate::sqlite::fault::{Fault, unknown_name};
use crate::sqlite::tx::Tx;
use crate::vault::Column;
use crate::{
    ConversationId, DeliveryEvent, Draft, OutboxClass, OutboxId, OutboxState, RunId, SendError, SentMessage, Timestamp,
};

/// Place of a row in a run.
#[derive(Debug, Clone, Copy)]
pub(in crate::sqlite) struct RowPart<'a> {
    pub(in crate::sqlite) run: &'a RunId,
    /// Number of the row, counted from 0 over all rows of the run.
    pub(in crate::sqlite) number: u32,
    /// Key of an interim message; `None` for a part of the reply, except for the first-contact text.
    pub(in crate::sqlite) interim: Option<&'a str>,
    /// Whether an operator wrote the message.
    pub(in crate::sqlite) from_operator: bool,
    /// Name of the agent of the turn.
    pub(in crate::sqlite) agent: Option<&'a str>,
    pub(in crate::sqlite) class: OutboxClass,
}

/// Returns the name of the agent of the turn that queued a row.
pub(in crate::sqlite) fn agent(tx: &Tx<'_>, row: OutboxId) -> Result<Option<String>, Fault> {
    Ok(tx.first("SELECT agent FROM outbox WHERE id = ?1", [row.0], |row| row.get(0))?.flatten())
}

/// Returns whether a run has queued an interim message under this key.
pub(in crate::sqlite) fn has_interim(
    tx: &Tx<'_>,
    conversation: ConversationId,
    run: &RunId,
    key: &str,
) -> Result<bool, Fault> {
    let found = tx.first(
        "SELECT 1 FROM outbox WHERE conversation = ?1 AND run = ?2 AND interim = ?3",
        params![conversation.0, run.0, key],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// Tells whether the unfinished run of a conversation has queued a message.
pub(in crate::sqlite) fn unfinished_run_has_rows(tx: &Tx<'_>, conversation: ConversationId) -> Result<bool, Fault> {
    let found = tx.first(
        "SELECT 1 FROM inbox i JOIN outbox o ON o.conversation = i.conversation AND o.run = i.run
         WHERE i.conversation = ?1 AND i.outcome IS NULL AND i.run IS NOT NULL LIMIT 1",
        [conversation.0],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// Returns the number of the next row of a run.
pub(in crate::sqlite) fn next_part(tx: &Tx<'_>, conversation: ConversationId, run: &RunId) -> Result<u32, Fault> {
    tx.one(
        "SELECT coalesce(max(part) + 1, 0) FROM outbox WHERE conversation = ?1 AND run = ?2",
        params![conversation.0, run.0],
        |row| row.get(0),
    )
}

/// Inserts a row at the end of the send queue.
pub(in crate::sqlite) fn insert(
    tx: &Tx<'_>,
    conversation: ConversationId,
    part: RowPart<'_>,
    draft: &Draft,
) -> Result<OutboxId, Fault> {
    let content = tx.conn.seal(Column::Outbox, Some(conversation), &serde_json::to_vec(&draft.content)?)?;
    let fallback = draft.fallback.as_ref().map(serde_json::to_vec).transpose()?;
    let fallback =
        fallback.map(|fallback| tx.conn.seal(Column::Fallback, Some(conversation), &fallback)).transpose()?;
    tx.one(
        "INSERT INTO outbox (conversation, position, run, part, recipient, kind, content, reply_to, callback_data,
             interim, from_operator, needs, fallback, agent, class, state, due_at, created_at, queued_at, changed_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?11, ?12, ?13, ?14, ?15, ?16, 'queued', ?10, ?10, ?10, ?10)
         RETURNING id",
        params![
            conversation.0,
            send_queue::next_position(tx, conversation)?,
            part.run.0,
            part.number,
            serde_json::to_vec(&draft.to)?,
            draft.content.kind(),
            content,
            draft.reply_to.as_ref().map(MessageId::as_str),
            draft.callback_data,
            tx.now.as_millis(),
            part.interim,
            part.from_operator,
            if draft.needs_previous { part.number.checked_sub(1) } else { None },
            fallback,
            part.agent,
            part.class.as_str(),
        ],
        |row| row.get(0).map(OutboxId),
    )
}

/// Returns the sent message with this id. A message whose content cannot be parsed is left out.
pub(in crate::sqlite) fn sent(
    conn: &ContentConnection,
    conversation: ConversationId,
    message: &MessageId,
) -> Result<Option<SentMessage>, Fault> {
    let mut statement = conn.prepare_cached(
        "SELECT o.content, o.from_operator, o.run FROM attempt a JOIN outbox o ON o.id = a.outbox
         WHERE a.message_id = ?1 AND o.conversation = ?2",
    )?;
    let read = |row: &Row<'_>| Ok((conn.read(Column::Outbox, row, 0)?, row.get(1)?, row.get(2)?));
    let found = statement.query_row(params![message.as_str(), conversation.0], read).optional()?;
    let parse = |(content, from_operator, run): (Vec<u8>, _, _)| {
        Some(SentMessage { content: serde_json::from_slice(&content).ok()?, from_operator, run: RunId(run) })
    };
    Ok(found.and_then(parse))
}

/// The first row of a send queue that is not finished.
pub(in crate::sqlite) struct Head {
    pub(in crate::sqlite) id: OutboxId,
    pub(in crate::sqlite) state: OutboxState,
    pub(in crate::sqlite) due_at: Timestamp,
    pub(in crate::sqlite) changed_at: Timestamp,
    pub(in crate::sqlite) attempts_since_queued: u32,
    pub(in crate::sqlite) queued_at: Timestamp,
    pub(in crate::sqlite) is_campaign: bool,
}

/// Returns the head of a send queue.
pub(in crate::sqlite) fn head(tx: &Tx<'_>, conversation: ConversationId) -> Result<Option<Head>, Fault> {
    tx.first(
        "SELECT id, state, due_at, attempts - uncounted_attempts, queued_at, changed_at, class = 'campaign' FROM outbox
         WHERE conversation = ?1 AND state IN ('queued', 'sending', 'in_doubt') ORDER BY position LIMIT 1",
        [conversation.0],
        |row| {
            Ok(Head {
                id: OutboxId(row.get(0)?),
                state: read_state(row, 1)?,
                due_at: Timestamp::from_millis(row.get(2)?),
                attempts_since_queued: row.get(3)?,
                queued_at: Timestamp::from_millis(row.get(4)?),
                changed_at: Timestamp::from_millis(row.get(5)?),
                is_campaign: row.get(6)?,
            })
        },
    )
}

/// A row to be sent.
pub(in crate::sqlite) struct Sendable {
    pub(in crate::sqlite) to: Address,
    pub(in crate::sqlite) content: OutboundContent,
    pub(in crate::sqlite) reply_to: Option<MessageId>,
    pub(in crate::sqlite) attempts: u32,
    pub(in crate::sqlite) uncounted_attempts: u32,
    pub(in crate::sqlite) media_id: Option<MediaId>,
    pub(in crate::sqlite) queued_at: Timestamp,
    pub(in crate::sqlite) agent: Option<String>,
    pub(in crate::sqlite) run: RunId,
}

/// Returns a row to be sent. Fails with [`Fault::Value`] or [`Fault::Content`] if its stored content cannot be read.
pub(in crate::sqlite) fn sendable(tx: &Tx<'_>, id: OutboxId) -> Result<Sendable, Fault> {
    let (recipient, content, row) = tx.one(
        "SELECT recipient, content, reply_to, attempts, uncounted_attempts, media_id, queued_at, agent, run
         FROM outbox WHERE id = ?1",
        [id.0],
        |row| {
            let rest = (
                row.get::<_, Option<String>>(2)?,
                row.get(3)?,
                row.get(4)?,
                row.get::<_, Option<String>>(5)?,
                row.get(6)?,
                row.get(7)?,
                RunId(row.get(8)?),
            );
            Ok((row.get::<_, Vec<u8>>(0)?, tx.conn.read(Column::Outbox, row, 1)?, rest))
        },
    )?;
    let (reply_to, attempts, uncounted_attempts, media_id, queued_at, agent, run) = row;
    Ok(Sendable {
        to: serde_json::from_slice(&recipient)?,
        content: serde_json::from_slice(&content)?,
        reply_to: reply_to.map(MessageId::new),
        attempts,
        uncounted_attempts,
        media_id: media_id.map(MediaId::new),
        queued_at: Timestamp::from_millis(queued_at),
        agent,
        run,
    })
}

/// Returns the conversation and the state of a row.
pub(in crate::sqlite) fn state(tx: &Tx<'_>, id: OutboxId) -> Result<Option<(ConversationId, OutboxState)>, Fault> {
    tx.first("SELECT conversation, state FROM outbox WHERE id = ?1", [id.0], |row| {
        Ok((ConversationId(row.get(0)?), read_state(row, 1)?))
    })
}

/// Returns the class of a row.
pub(in crate::sqlite) fn class(tx: &Tx<'_>, id: OutboxId) -> Result<OutboxClass, Fault> {
    tx.one("SELECT class FROM outbox WHERE id = ?1", [id.0], |row| {
        let name = row.get_ref(0)?.as_str()?;
        OutboxClass::parse(name).ok_or_else(|| unknown_name(0, name))
    })
}

/// Returns the number of rows of a conversation that wait, are being sent, or are in doubt.
pub(in crate::sqlite) fn open_count(tx: &Tx<'_>, conversation: ConversationId) -> Result<u32, Fault> {
    tx.one(
        "SELECT count(*) FROM outbox WHERE conversation = ?1 AND state IN ('queued', 'sending', 'in_doubt')",
        [conversation.0],
        |row| row.get(0),
    )
}

/// Returns whether a row waits, is being sent, or is in doubt. False for a row that was taken back.
pub(in crate::sqlite) fn is_open(tx: &Tx<'_>, id: OutboxId) -> Result<bool, Fault> {
    let sql = "SELECT state IN ('queued', 'sending', 'in_doubt') FROM outbox WHERE id = ?1";
    Ok(tx.first(sql, [id.0], |row| row.get(0))?.unwrap_or(false))
}

/// Returns whether the lease on the send queue of a row is held and has not expired.
pub(in crate::sqlite) fn is_leased(tx: &Tx<'_>, id: OutboxId) -> Result<bool, Fault> {
    tx.one(
        "SELECT q.held = 1 AND q.due_at > ?2 FROM outbox o JOIN send_queue q ON q.conversation = o.conversation
         WHERE o.id = ?1",
        params![id.0, tx.now.as_millis()],
        |row| row.get(0),
    )
}

/// Sets a row to `sending` with this number of attempts.
pub(in crate::sqlite) fn set_sending(tx: &Tx<'_>, id: OutboxId, attempts: u32) -> Result<(), Fault> {
    tx.run(
        "UPDATE outbox SET state = 'sending', attempts = ?2, changed_at = ?3 WHERE id = ?1",
        params![id.0, attempts, tx.now.as_millis()],
    )?;
    Ok(())
}

/// Sets an open row to `queued` or `in_doubt`, until `due_at`.
pub(in crate::sqlite) fn set_waiting(
    tx: &Tx<'_>,
    id: OutboxId,
    state: OutboxState,
    due_at: Timestamp,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE outbox SET state = ?2, due_at = ?3, changed_at = ?4 WHERE id = ?1",
        params![id.0, state.as_str(), due_at.as_millis(), tx.now.as_millis()],
    )?;
    Ok(())
}

/// Moves the due time of a row without a change of its state.
pub(in crate::sqlite) fn set_due(tx: &Tx<'_>, id: OutboxId, due_at: Timestamp) -> Result<(), Fault> {
    tx.run("UPDATE outbox SET due_at = ?2 WHERE id = ?1", params![id.0, due_at.as_millis()])?;
    Ok(())
}

/// Records the last failure of a row.
pub(in crate::sqlite) fn set_error(tx: &Tx<'_>, id: OutboxId, error: &SendError) -> Result<(), Fault> {
    tx.run("UPDATE outbox SET error_code = ?2, error = ?3 WHERE id = ?1", params![id.0, error.code, error.message])?;
    Ok(())
}

/// Excludes one more attempt from the limits. All attempts of a row that was requeued meanwhile are excluded already.
pub(in crate::sqlite) fn exclude_attempt(tx: &Tx<'_>, id: OutboxId) -> Result<(), Fault> {
    tx.run("UPDATE outbox SET uncounted_attempts = min(uncounted_attempts + 1, attempts) WHERE id = ?1", [id.0])?;
    Ok(())
}

/// Takes back the number of an attempt that was not made.
pub(in crate::sqlite) fn remove_attempt(tx: &Tx<'_>, id: OutboxId) -> Result<(), Fault> {
    tx.run(
        "UPDATE outbox SET attempts = attempts - 1, uncounted_attempts = min(uncounted_attempts, attempts - 1)
         WHERE id = ?1",
        [id.0],
    )?;
    Ok(())
}

/// Records Meta's id of a row's medium.
pub(in crate::sqlite) fn set_media_id(tx: &Tx<'_>, id: OutboxId, media: &MediaId) -> Result<(), Fault> {
    tx.run("UPDATE outbox SET media_id = ?2 WHERE id = ?1", params![id.0, media.as_str()])?;
    Ok(())
}

/// Records a state that a status or a response reported, with the message id of the attempt.
pub(in crate::sqlite) fn set_reported_state(
    tx: &Tx<'_>,
    id: OutboxId,
    state: OutboxState,
    error: Option<&SendError>,
    message: Option<&str>,
) -> Result<(), Fault> {
    let (code, title) = error.map(|error| (error.code, error.message.as_str())).unzip();
    tx.run(
        "UPDATE outbox SET state = ?2, error_code = ?3, error = ?4, message_id = ?5, changed_at = ?6 WHERE id = ?1",
        params![id.0, state.as_str(), code, title, message, tx.now.as_millis()],
    )?;
    Ok(())
}

/// Removes a queued row with its attempts. Meta has certainly accepted none of them.
pub(in crate::sqlite) fn delete_unsent(tx: &Tx<'_>, id: OutboxId) -> Result<(), Fault> {
    tx.run("DELETE FROM attempt WHERE outbox = ?1", [id.0])?;
    tx.run("DELETE FROM outbox WHERE id = ?1", [id.0])?;
    Ok(())
}

/// Sets the queued rows of turns to `dead_letter`, except for the first-contact text. Returns their ids.
pub(in crate::sqlite) fn set_unsent_dead_letter(
    tx: &Tx<'_>,
    conversation: ConversationId,
    reason: &str,
) -> Result<Vec<OutboxId>, Fault> {
    // The second condition on the state lets SQLite use the partial index `outbox_open`.
    tx.all(
        "UPDATE outbox SET state = 'dead_letter', error_code = NULL, error = ?2, changed_at = ?3
         WHERE conversation = ?1 AND state = 'queued' AND state IN ('queued', 'sending', 'in_doubt')
             AND from_operator = 0 AND class = 'reply' AND coalesce(interim, '') <> ?4
         RETURNING id",
        params![conversation.0, reason, tx.now.as_millis(), FIRST_CONTACT],
        |row| row.get(0).map(OutboxId),
    )
}

/// Queues a finished row at the end of the send queue, for the current address of the conversation. A medium whose file is still stored is
/// uploaded again, because the earlier upload may have expired or may be the cause of the failure.
pub(in crate::sqlite) fn requeue(tx: &Tx<'_>, id: OutboxId, conversation: ConversationId) -> Result<(), Fault> {
    let recipient = conversation::get(tx, conversation)?.peer.address();
    tx.run(
        "UPDATE outbox SET state = 'queued', position = ?2, due_at = ?3, queued_at = ?3, changed_at = ?3,
             uncounted_attempts = attempts, message_id = NULL, reported = 0, needs = NULL,
             recipient = coalesce(?4, recipient),
             media_id = CASE WHEN EXISTS (SELECT 1 FROM outbox_media WHERE outbox = ?1) THEN NULL ELSE media_id END
         WHERE id = ?1",
        params![
            id.0,
            send_queue::next_position(tx, conversation)?,
            tx.now.as_millis(),
            recipient.as_ref().map(serde_json::to_vec).transpose()?,
        ],
    )?;
    Ok(())
}

/// Returns rows in doubt to the state of an attempt in progress.
pub(in crate::sqlite) fn restart_in_doubt(conn: &Connection) -> Result<(), Fault> {
    conn.execute("UPDATE outbox SET state = 'sending' WHERE state = 'in_doubt'", [])?;
    Ok(())
}

/// Returns the delivery event for the current state of a row.
pub(in crate::sqlite) fn delivery_event(tx: &Tx<'_>, id: OutboxId, at: Timestamp) -> Result<DeliveryEvent, Fault> {
    tx.one(
        "SELECT o.conversation, q.number, o.message_id, o.callback_data, o.state, o.error_code, o.error, o.run, o.agent
         FROM outbox o JOIN send_queue q ON q.conversation = o.conversation WHERE o.id = ?1",
        [id.0],
        |row| {
            Ok(DeliveryEvent {
                outbox: id,
                conversation: ConversationId(row.get(0)?),
                number: PhoneNumberId::new(row.get::<_, String>(1)?),
                message_id: row.get::<_, Option<String>>(2)?.map(MessageId::new),
                callback_data: row.get(3)?,
                state: read_state(row, 4)?,
                error: read_error(row, 5)?,
                run: RunId(row.get(7)?),
                agent: row.get(8)?,
                at,
            })
        },
    )
}

/// Reads a column with the name of a state.
pub(in crate::sqlite) fn read_state(row: &Row<'_>, column: usize) -> rusqlite::Result<OutboxState> {
    let name = row.get_ref(column)?.as_str()?;
    OutboxState::parse(name).ok_or_else(|| unknown_name(column, name))
}

/// Reads an error code and the error text in the next column.
pub(in crate::sqlite) fn read_error(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<SendError>> {
    let code = row.get(column)?;
    Ok(row.get::<_, Option<String>>(column + 1)?.map(|message| SendError { code, message }))
}
