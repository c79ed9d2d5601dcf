//! Erasure of a user.
//!
//! One transaction reads whole tables. That takes less time than the compaction of the file that follows.

mod campaigns;
mod names;

use std::collections::HashSet;

use rusqlite::{Params, Row, params};
use waxwing_types::{OutboundContent, Text};

use self::names::Names;
use super::fault::Fault;
use super::ids::json_list;
use super::tables::{conversation, outbox, user};
use super::tx::Tx;
use super::{compaction, run, token};
use crate::vault::Column;
use crate::{ABOUT, ConversationId, ErasureReport, Error, OutboxId, TOOL_ROUND, TRANSCRIPT, UserKey};

/// The messages among some rows that are being sent.
const SENDING: &str = "SELECT id FROM outbox WHERE state = 'sending' AND id IN (SELECT value FROM json_each(?1))";

/// Erases all data of the users with this key.
pub(super) fn user(tx: &Tx<'_>, key: &UserKey) -> Result<ErasureReport, Fault> {
    let found = user::find(tx.conn, key)?;
    if found.is_empty() {
        // A recipient of a campaign is no user before the message is queued.
        let recipients = campaigns::erase(tx, &Names::of_key(key), "[]")?;
        if recipients > 0 {
            compaction::request(tx)?;
            return Ok(ErasureReport { recipients, ..ErasureReport::default() });
        }
        // The rows may be erased already, while an earlier compaction failed.
        compaction::retry(tx)?;
        return Err(Fault::Refused(Error::NotFound));
    }
    let users = json_list(found.iter().map(|(id, _)| *id));
    let names = Names::new(&found, former_ids(tx, &users)?);
    let own = ids(tx, "SELECT id FROM conversation WHERE user IN (SELECT value FROM json_each(?1))", [&users])?;
    let conversations = json_list(own.iter().copied());
    let rows =
        ids(tx, "SELECT id FROM outbox WHERE conversation IN (SELECT value FROM json_each(?1))", [&conversations])?;
    let sent = rows.len();
    let statuses = erase_statuses(tx, &names, rows)?;
    let quarantine = erase_where(tx, "quarantine", "id, body", |row| {
        Ok(names.occur_in(&tx.conn.read(Column::Quarantine, row, 1)?))
    })?;
    let recipients = campaigns::erase(tx, &names, &conversations)?;
    erase_where(tx, "event", "id, data", |row| Ok(names.occur_in(&tx.conn.read(Column::EventData, row, 1)?)))?;
    let sessions = erase_conversation_data(tx, &conversations)?;
    erase_messages_about(tx, &conversations)?;
    let groups = erase_group_data(tx, &users, &conversations)?;
    let received = execute(
        tx,
        "DELETE FROM inbox WHERE sender IN (SELECT value FROM json_each(?1))
             OR conversation IN (SELECT value FROM json_each(?2))",
        [&users, &conversations],
    )?;
    let entries = erase_entries(tx, &users, &conversations, &names)?;
    groups.iter().try_for_each(|group| restart(tx, *group))?;
    erase_users(tx, &names, &users, &conversations)?;
    compaction::request(tx)?;
    let conversations = own.into_iter().map(ConversationId).chain(groups).collect();
    Ok(ErasureReport { conversations, received, sent, statuses, entries, sessions, quarantine, recipients })
}

/// Returns the former ids of users, without WhatsApp ids that belong to other users now.
fn former_ids(tx: &Tx<'_>, users: &str) -> Result<Vec<String>, Fault> {
    let mut statement = tx.conn.prepare(
        "SELECT DISTINCT alias FROM user_alias WHERE user IN (SELECT value FROM json_each(?1))
             AND NOT EXISTS (SELECT 1 FROM user WHERE wa_id = alias AND id NOT IN (SELECT value FROM json_each(?1)))",
    )?;
    Ok(statement.query_map([users], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Erases outbox rows, memories, journals and sessions of conversations. Returns the number of sessions.
fn erase_conversation_data(tx: &Tx<'_>, conversations: &str) -> Result<usize, Fault> {
    for sql in [
        "DELETE FROM uploaded_media WHERE media_id IN (
             SELECT media_id FROM outbox WHERE conversation IN (SELECT value FROM json_each(?1)))",
        "DELETE FROM outbox_media WHERE outbox IN (
             SELECT id FROM outbox WHERE conversation IN (SELECT value FROM json_each(?1)))",
        "DELETE FROM attempt WHERE outbox IN (
             SELECT id FROM outbox WHERE conversation IN (SELECT value FROM json_each(?1)))",
        "DELETE FROM outbox WHERE conversation IN (SELECT value FROM json_each(?1))",
        "DELETE FROM idempotency WHERE conversation IN (SELECT value FROM json_each(?1))",
        "DELETE FROM event WHERE conversation IN (SELECT value FROM json_each(?1))",
        "DELETE FROM cost WHERE conversation IN (SELECT value FROM json_each(?1))",
        "DELETE FROM memory WHERE conversation IN (SELECT value FROM json_each(?1))",
        "DELETE FROM step WHERE conversation IN (SELECT value FROM json_each(?1))",
        // Without the keys, copies of the content that remain outside of the database cannot be opened with it.
        "DELETE FROM content_key WHERE conversation IN (SELECT value FROM json_each(?1))",
    ] {
        execute(tx, sql, [conversations])?;
    }
    execute(tx, "DELETE FROM session WHERE conversation IN (SELECT value FROM json_each(?1))", [conversations])
}

/// Erases messages to other users about conversations. One that is being sent keeps its row, without its content.
fn erase_messages_about(tx: &Tx<'_>, conversations: &str) -> Result<(), Fault> {
    let is_about = format!("EXISTS (SELECT 1 FROM json_each(?1) WHERE run GLOB '{ABOUT}' || value || '-*')");
    execute(tx, &format!("DELETE FROM entry WHERE {is_about}"), [conversations])?;
    let rows = ids(tx, &format!("SELECT id FROM outbox WHERE {is_about}"), [conversations])?;
    let rows = json_list(rows.into_iter());
    let text = OutboundContent::from(Text::new("[erased]"));
    let text = serde_json::to_vec(&text)?;
    let sending = ids(tx, SENDING, [&rows])?;
    for row in sending {
        let conversation = outbox::state(tx, OutboxId(row))?.map(|(conversation, _)| conversation);
        let text = tx.conn.seal(Column::Outbox, conversation, &text)?;
        execute(tx, "UPDATE outbox SET content = ?2 WHERE id = ?1", params![row, text])?;
    }
    let others = "(SELECT id FROM outbox WHERE state <> 'sending' AND id IN (SELECT value FROM json_each(?1)))";
    for table in ["attempt", "idempotency", "outbox_media"] {
        execute(tx, &format!("DELETE FROM {table} WHERE outbox IN {others}"), [&rows])?;
    }
    execute(tx, &format!("DELETE FROM outbox WHERE id IN {others}"), [&rows])?;
    Ok(())
}

/// Erases quotes of the users in groups. Returns the groups in which their messages are pending.
fn erase_group_data(tx: &Tx<'_>, users: &str, own: &str) -> Result<Vec<ConversationId>, Fault> {
    execute(
        tx,
        "UPDATE outbox SET reply_to = NULL WHERE reply_to IN (
             SELECT message_id FROM inbox WHERE sender IN (SELECT value FROM json_each(?1)))",
        [users],
    )?;
    let groups = ids(
        tx,
        "SELECT DISTINCT conversation FROM inbox WHERE outcome IS NULL AND sender IN (SELECT value FROM json_each(?1))
             AND conversation NOT IN (SELECT value FROM json_each(?2))",
        [users, own],
    )?;
    Ok(groups.into_iter().map(ConversationId).collect())
}

/// Erases the entries of the conversation log: all entries of the conversations, and in groups those of the users with the tool results and the
/// transcripts of the runs that answered them. Entries of other members lose the ids of the users. Returns the number of erased entries.
fn erase_entries(tx: &Tx<'_>, users: &str, conversations: &str, names: &Names) -> Result<usize, Fault> {
    let of_runs = execute(
        tx,
        "DELETE FROM entry WHERE kind IN (?2, ?3) AND run IN (
             SELECT run FROM entry WHERE run IS NOT NULL AND user IN (SELECT value FROM json_each(?1)))",
        params![users, TOOL_ROUND, TRANSCRIPT],
    )?;
    let own = execute(
        tx,
        "DELETE FROM entry WHERE conversation IN (SELECT value FROM json_each(?2))
             OR user IN (SELECT value FROM json_each(?1))",
        [users, conversations],
    )?;
    execute(
        tx,
        "DELETE FROM entry_media WHERE NOT EXISTS (
             SELECT 1 FROM entry e WHERE e.conversation = entry_media.conversation AND e.id = entry_media.entry)",
        (),
    )?;
    // A group may hold quotes of users whose entries are gone, and mentions of members who never wrote.
    let groups = ids(tx, "SELECT id FROM conversation WHERE group_id IS NOT NULL", ())?;
    groups.into_iter().try_for_each(|group| hide_in_entries(tx, names, group))?;
    Ok(of_runs + own)
}

/// Replaces the ids of erased users in the entries of a group: quotes and mentions of other members contain them.
fn hide_in_entries(tx: &Tx<'_>, names: &Names, group: i64) -> Result<(), Fault> {
    let mut all = tx.conn.prepare("SELECT id, content FROM entry WHERE conversation = ?1")?;
    let hidden = all.query_map([group], |row| {
        let id: i64 = row.get(0)?;
        Ok(names.hidden_in(&tx.conn.read(Column::Entry, row, 1)?).map(|content| (id, content)))
    })?;
    let hidden: Vec<_> = hidden.filter_map(Result::transpose).collect::<Result<_, _>>()?;
    for (id, content) in hidden {
        let content = tx.conn.seal(Column::Entry, Some(ConversationId(group)), &content)?;
        execute(tx, "UPDATE entry SET content = ?3 WHERE conversation = ?1 AND id = ?2", params![group, id, content])?;
    }
    Ok(())
}

/// Revokes the lease on a group and abandons its run, because the run contains erased messages.
fn restart(tx: &Tx<'_>, group: ConversationId) -> Result<(), Fault> {
    conversation::revoke(tx, group)?;
    run::forget(tx, group)?;
    conversation::release(tx, group, tx.now)?;
    Ok(())
}

/// Erases the rows of users with their conversations.
fn erase_users(tx: &Tx<'_>, names: &Names, users: &str, conversations: &str) -> Result<(), Fault> {
    execute(tx, "DELETE FROM send_queue WHERE conversation IN (SELECT value FROM json_each(?1))", [conversations])?;
    execute(tx, "DELETE FROM conversation WHERE id IN (SELECT value FROM json_each(?1))", [conversations])?;
    // Other users may have had the same WhatsApp id before.
    for name in names.iter() {
        execute(tx, "UPDATE user SET lost_wa_id = NULL, lost_at = NULL WHERE lost_wa_id = ?1", [name])?;
    }
    execute(tx, "DELETE FROM user_alias WHERE user IN (SELECT value FROM json_each(?1))", [users])?;
    execute(tx, "DELETE FROM user WHERE id IN (SELECT value FROM json_each(?1))", [users])?;
    Ok(())
}

/// Erases the statuses of outbox rows, and statuses that contain one of the names.
fn erase_statuses(tx: &Tx<'_>, names: &Names, rows: Vec<i64>) -> Result<usize, Fault> {
    let messages: HashSet<String> = {
        let mut messages = tx.conn.prepare(
            "SELECT message_id FROM attempt
             WHERE message_id IS NOT NULL AND outbox IN (SELECT value FROM json_each(?1))",
        )?;
        messages.query_map([json_list(rows.iter().copied())], |row| row.get(0))?.collect::<Result<_, _>>()?
    };
    let rows: HashSet<_> = rows.into_iter().map(OutboxId).collect();
    erase_where(tx, "status", "id, message_id, callback_data, participant, body", |row| {
        let token = row.get_ref(2)?.as_str_or_null()?.and_then(|token| token::parse(tx.namespace, token));
        let participant = row.get_ref(3)?.as_str_or_null()?;
        Ok(messages.contains(row.get_ref(1)?.as_str()?)
            || token.is_some_and(|(id, _)| rows.contains(&id))
            || participant.is_some_and(|participant| names.occur_in(participant.as_bytes()))
            || names.occur_in(row.get_ref(4)?.as_blob()?))
    })
}

/// Erases the rows of a table that match a condition. The first column is the key `id`.
fn erase_where(
    tx: &Tx<'_>,
    table: &str,
    columns: &str,
    matches: impl Fn(&Row<'_>) -> rusqlite::Result<bool>,
) -> Result<usize, Fault> {
    let mut all = tx.conn.prepare(&format!("SELECT {columns} FROM {table}"))?;
    let keys = all.query_map((), |row| Ok(if matches(row)? { Some(row.get(0)?) } else { None }))?;
    let keys: Vec<i64> = keys.filter_map(Result::transpose).collect::<Result<_, _>>()?;
    let erase = format!("DELETE FROM {table} WHERE id IN (SELECT value FROM json_each(?1))");
    execute(tx, &erase, [json_list(keys.into_iter())])
}

/// Runs a statement that may read a whole table.
pub(super) fn execute(tx: &Tx<'_>, sql: &str, params: impl Params) -> Result<usize, Fault> {
    Ok(tx.conn.prepare(sql)?.execute(params)?)
}

fn ids(tx: &Tx<'_>, sql: &str, params: impl Params) -> Result<Vec<i64>, Fault> {
    Ok(tx.conn.prepare(sql)?.query_map(params, |row| row.get(0))?.collect::<Result<_, _>>()?)
}
