//! Erases a person.
//!
//! All in one transaction, which goes through whole tables: that takes less time than writing the file anew, as [`compaction`] does then.

use std::collections::HashSet;

use rusqlite::{Params, Row};
use waxwing_types::{Bsuid, WaId};

use super::compaction;
use super::fault::Fault;
use super::tx::Tx;
use super::user_report;
use super::{status, turn};
use crate::{ConversationId, ErasureReport, Error, OutboxId, UserKey, UserRecord};

/// Erases everything that is kept of the users with this key.
pub(super) fn user(tx: &Tx<'_>, key: &UserKey) -> Result<ErasureReport, Fault> {
    let found = user_report::users(tx.conn, key)?;
    if found.is_empty() {
        // Whoever asks again may do so because it failed.
        compaction::resume(tx)?;
        return Err(Fault::Refused(Error::NotFound));
    }
    let users = list(found.iter().map(|(id, _)| *id));
    let mut names = Names::of(&found);
    names.0.extend(former_ids(tx, &users)?);
    let own = ids(tx, "SELECT id FROM conversation WHERE user IN (SELECT value FROM json_each(?1))", [&users])?;
    let conversations = list(own.iter().copied());
    let rows =
        ids(tx, "SELECT id FROM outbox WHERE conversation IN (SELECT value FROM json_each(?1))", [&conversations])?;
    let mut forgotten = ErasureReport { sent: rows.len(), ..ErasureReport::default() };
    forgotten.statuses = erase_statuses(tx, &names, rows)?;
    forgotten.quarantine =
        erase_where(tx, "quarantine", "id, body", |row| Ok(names.are_in(row.get_ref(1)?.as_blob()?)))?;
    for sql in [
        "DELETE FROM outbox_media WHERE outbox IN (
             SELECT id FROM outbox WHERE conversation IN (SELECT value FROM json_each(?1)))",
        "DELETE FROM attempt WHERE outbox IN (
             SELECT id FROM outbox WHERE conversation IN (SELECT value FROM json_each(?1)))",
        "DELETE FROM outbox WHERE conversation IN (SELECT value FROM json_each(?1))",
        "DELETE FROM memory WHERE conversation IN (SELECT value FROM json_each(?1))",
        "DELETE FROM step WHERE conversation IN (SELECT value FROM json_each(?1))",
        "DELETE FROM session_entry WHERE session IN (
             SELECT id FROM session WHERE conversation IN (SELECT value FROM json_each(?1)))",
    ] {
        run(tx, sql, [&conversations])?;
    }
    forgotten.sessions =
        run(tx, "DELETE FROM session WHERE conversation IN (SELECT value FROM json_each(?1))", [&conversations])?;
    let groups = leave_groups(tx, &users, &conversations)?;
    forgotten.received = run(
        tx,
        "DELETE FROM inbox WHERE sender IN (SELECT value FROM json_each(?1))
             OR conversation IN (SELECT value FROM json_each(?2))",
        [&users, &conversations],
    )?;
    for group in &groups {
        turn::interrupt(tx, *group)?;
    }
    run(tx, "DELETE FROM send_queue WHERE conversation IN (SELECT value FROM json_each(?1))", [&conversations])?;
    run(tx, "DELETE FROM conversation WHERE id IN (SELECT value FROM json_each(?1))", [&conversations])?;
    // Others may have had the number before them.
    for name in &names.0 {
        run(tx, "UPDATE user SET lost_wa_id = NULL, lost_at = NULL WHERE lost_wa_id = ?1", [name])?;
    }
    run(tx, "DELETE FROM alias WHERE user IN (SELECT value FROM json_each(?1))", [&users])?;
    run(tx, "DELETE FROM user WHERE id IN (SELECT value FROM json_each(?1))", [&users])?;
    forgotten.conversations = own.into_iter().map(ConversationId).chain(groups).collect();
    compaction::request(tx)?;
    Ok(forgotten)
}

/// The ids that the users had before, but for numbers that are somebody else's now.
fn former_ids(tx: &Tx<'_>, users: &str) -> Result<Vec<String>, Fault> {
    let mut former = tx.conn.prepare(
        "SELECT DISTINCT name FROM alias WHERE user IN (SELECT value FROM json_each(?1))
             AND NOT EXISTS (SELECT 1 FROM user WHERE wa_id = name AND id NOT IN (SELECT value FROM json_each(?1)))",
    )?;
    Ok(former.query_map([users], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Takes back what quotes the users in groups, and what agents have kept of their words; returns the groups that are about to answer them.
fn leave_groups(tx: &Tx<'_>, users: &str, own: &str) -> Result<Vec<ConversationId>, Fault> {
    run(
        tx,
        "UPDATE outbox SET reply_to = NULL WHERE reply_to IN (
             SELECT message_id FROM inbox WHERE sender IN (SELECT value FROM json_each(?1)))",
        [users],
    )?;
    run(tx, "DELETE FROM session_entry WHERE user IN (SELECT value FROM json_each(?1))", [users])?;
    let groups = ids(
        tx,
        "SELECT DISTINCT conversation FROM inbox WHERE outcome IS NULL AND sender IN (SELECT value FROM json_each(?1))
             AND conversation NOT IN (SELECT value FROM json_each(?2))",
        [users, own],
    )?;
    Ok(groups.into_iter().map(ConversationId).collect())
}

/// Erases the statuses of these rows, and those that name the person.
fn erase_statuses(tx: &Tx<'_>, names: &Names, rows: Vec<i64>) -> Result<usize, Fault> {
    let messages: HashSet<String> = {
        let mut messages = tx.conn.prepare(
            "SELECT message_id FROM attempt WHERE message_id IS NOT NULL AND outbox IN (SELECT value FROM json_each(?1))",
        )?;
        messages.query_map([list(rows.iter().copied())], |row| row.get(0))?.collect::<Result<_, _>>()?
    };
    let rows: HashSet<_> = rows.into_iter().map(OutboxId).collect();
    erase_where(tx, "status", "id, message_id, callback_data, participant, body", |row| {
        let token = row.get_ref(2)?.as_str_or_null()?.and_then(|token| status::parse_token(tx, token));
        let participant = row.get_ref(3)?.as_str_or_null()?;
        Ok(messages.contains(row.get_ref(1)?.as_str()?)
            || token.is_some_and(|(id, _)| rows.contains(&id))
            || participant.is_some_and(|participant| names.are_in(participant.as_bytes()))
            || names.are_in(row.get_ref(4)?.as_blob()?))
    })
}

/// Erases the rows of a table that `is_meant` picks; the first column is their key `id`.
fn erase_where(
    tx: &Tx<'_>,
    table: &str,
    columns: &str,
    is_meant: impl Fn(&Row<'_>) -> rusqlite::Result<bool>,
) -> Result<usize, Fault> {
    let mut all = tx.conn.prepare(&format!("SELECT {columns} FROM {table}"))?;
    let keys = all.query_map((), |row| Ok(if is_meant(row)? { Some(row.get(0)?) } else { None }))?;
    let keys: Vec<i64> = keys.filter_map(Result::transpose).collect::<Result<_, _>>()?;
    let erase = format!("DELETE FROM {table} WHERE id IN (SELECT value FROM json_each(?1))");
    run(tx, &erase, [list(keys.into_iter())])
}

/// The ids by which webhooks name somebody.
struct Names(Vec<String>);

impl Names {
    fn of(users: &[(i64, UserRecord)]) -> Self {
        let ids = users.iter().flat_map(|(_, user)| {
            let phone = user.identity.wa_id.as_ref().map(WaId::as_str);
            let bsuids = [&user.identity.bsuid, &user.parent_bsuid];
            phone.into_iter().chain(bsuids.into_iter().filter_map(|bsuid| bsuid.as_ref().map(Bsuid::as_str)))
        });
        Self(ids.filter(|id| !id.is_empty()).map(str::to_owned).collect())
    }

    /// Whether one of them stands in a text, and not as a part of a longer id.
    fn are_in(&self, text: &[u8]) -> bool {
        self.0.iter().any(|id| {
            let id = id.as_bytes();
            let stands_alone = |at: usize| {
                let before = at.checked_sub(1).and_then(|before| text.get(before));
                let after = text.get(at + id.len());
                ![before, after].into_iter().flatten().any(u8::is_ascii_alphanumeric)
            };
            text.windows(id.len()).enumerate().any(|(at, part)| part == id && stands_alone(at))
        })
    }
}

/// Keys as SQL reads them with `json_each`.
pub(super) fn list(ids: impl Iterator<Item = i64>) -> String {
    let ids: Vec<_> = ids.map(|id| id.to_string()).collect();
    format!("[{}]", ids.join(","))
}

/// Runs a statement that may go through a whole table.
fn run(tx: &Tx<'_>, sql: &str, params: impl Params) -> Result<usize, Fault> {
    Ok(tx.conn.prepare(sql)?.execute(params)?)
}

fn ids(tx: &Tx<'_>, sql: &str, params: impl Params) -> Result<Vec<i64>, Fault> {
    Ok(tx.conn.prepare(sql)?.query_map(params, |row| row.get(0))?.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn an_id_is_no_part_of_a_longer_one() {
        let names = Names(vec!["34600000001".into(), "ES.1".into()]);
        for (text, expected) in [
            (r#"{"wa_id":"34600000001"}"#, true),
            ("34600000001", true),
            ("+34600000001", true),
            ("346000000011", false),
            ("134600000001 and 34600000001", true),
            (r#"{"user_id":"ES.1"}"#, true),
            (r#"{"user_id":"ES.12"}"#, false),
            ("", false),
        ] {
            assert_eq!(names.are_in(text.as_bytes()), expected, "{text}");
        }
    }
}
