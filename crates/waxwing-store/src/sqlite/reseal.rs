//! Changes of the storage key: stored content follows the settings.
//!
//! All work is done in small transactions and can be repeated, so a killed process loses nothing.

use rusqlite::params;

use super::content::{ContentConnection, keys as content_key};
use super::fault::Fault;
use super::tx::Tx;
use super::writer::Priority;
use super::{SqliteStore, compaction};
use crate::vault::{Column, SEALED};
use crate::{ConversationId, Error, Resealed};

/// Number of keys or values in a transaction.
const BATCH: i64 = 200;

/// The key of the row that was examined last.
type Cursor = (i64, i64);

/// A column with the keys of its rows.
struct Rows {
    column: Column,
    /// Columns of the primary key.
    key: &'static str,
    /// Condition on the rows after a key, and on the row with a key.
    after: &'static str,
    one: &'static str,
    /// Number of values in a transaction.
    limit: i64,
    conversation: &'static str,
}

impl Rows {
    fn of(column: Column) -> Self {
        let by_id = |conversation| Self {
            column,
            key: "id, 0",
            after: "id > ?1 AND ?2 = ?2",
            one: "id = ?1 AND ?2 = ?2",
            limit: BATCH,
            conversation,
        };
        match column {
            Column::Entry => Self {
                key: "conversation, id",
                after: "(conversation, id) > (?1, ?2)",
                one: "conversation = ?1 AND id = ?2",
                ..by_id("conversation")
            },
            Column::RecipientData => Self {
                key: "campaign, place",
                after: "(campaign, place) > (?1, ?2)",
                one: "campaign = ?1 AND place = ?2",
                ..by_id("conversation")
            },
            // A medium has up to 100 MB.
            Column::Medium | Column::Filename => Self {
                key: "outbox, 0",
                after: "outbox > ?1 AND ?2 = ?2",
                one: "outbox = ?1 AND ?2 = ?2",
                limit: 1,
                ..by_id("(SELECT o.conversation FROM outbox o WHERE o.id = outbox)")
            },
            Column::Quarantine | Column::CampaignPlan => by_id("NULL"),
            _ => by_id("conversation"),
        }
    }

    /// Seals or opens the next values after a key, as the settings say. Returns the number of values, and the last key if there may be more.
    fn convert(&self, tx: &Tx<'_>, after: Cursor) -> Result<(usize, Option<Cursor>), Fault> {
        let seals = tx.conn.vault().seals();
        let Self { column, key, after: condition, one, limit, conversation } = self;
        let (table, name) = column.place();
        let mut statement = tx.conn.prepare(&format!(
            "SELECT {key}, {conversation}, {name} FROM {table}
             WHERE {condition} AND substr({name}, 1, 1) = ?4 ORDER BY 1, 2 LIMIT ?3"
        ))?;
        let format = [u8::from(!seals)];
        let rows = statement.query_map(params![after.0, after.1, limit, format], |row| {
            let conversation = row.get::<_, Option<i64>>(2)?.map(ConversationId);
            Ok(((row.get(0)?, row.get(1)?), conversation, row.get::<_, Vec<u8>>(3)?))
        })?;
        let rows: Vec<(Cursor, _, _)> = rows.collect::<Result<_, _>>()?;
        let mut update = tx.conn.prepare(&format!("UPDATE {table} SET {name} = ?3 WHERE {one}"))?;
        for ((first, second), conversation, stored) in &rows {
            let content = tx.conn.open(*column, stored)?;
            update.execute(params![first, second, tx.conn.seal(*column, *conversation, &content)?])?;
        }
        let count = rows.len();
        let is_last = i64::try_from(count).unwrap_or(i64::MAX) < *limit;
        Ok((count, rows.last().filter(|_| !is_last).map(|(key, ..)| *key)))
    }
}

impl SqliteStore {
    /// Makes the stored content follow the storage keys. With a current key, it wraps all content keys, and plain content is sealed. Without
    /// one, all content is opened, and the content keys are removed. Then the file is compacted, so that no earlier form remains.
    ///
    /// A process that is killed meanwhile loses nothing: call it again.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if content cannot be opened, or if the file cannot be compacted.
    pub async fn reseal(&self) -> Result<Resealed, Error> {
        let mut done = Resealed::default();
        loop {
            let wrapped = self.writer.run(Priority::Write, rewrap).await?;
            done.keys += wrapped;
            if wrapped == 0 {
                break;
            }
        }
        for column in Column::ALL {
            let mut next = Some((i64::MIN, i64::MIN));
            while let Some(after) = next {
                let convert = move |tx: &Tx<'_>| {
                    let (count, next) = Rows::of(column).convert(tx, after)?;
                    if count > 0 {
                        compaction::mark(tx)?;
                    }
                    Ok((count, next))
                };
                let (count, after) = self.writer.run(Priority::Write, convert).await?;
                done.values += count;
                next = after;
            }
        }
        self.writer.run(Priority::Write, finish).await?;
        self.writer.run(Priority::Write, compaction::check).await?;
        Ok(done)
    }
}

/// Wraps some keys with the current storage key. Returns their number.
fn rewrap(tx: &Tx<'_>) -> Result<usize, Fault> {
    let conn: &ContentConnection = tx.conn;
    let Some(current) = conn.vault().current() else { return Ok(0) };
    let earlier = content_key::storage_keys(conn)?.into_iter().find(|id| id != current);
    let Some(earlier) = earlier else { return Ok(0) };
    let keys = content_key::of_storage_key(conn, &earlier, BATCH)?;
    for key in &keys {
        conn.rewrap(key)?;
    }
    compaction::mark(tx)?;
    Ok(keys.len())
}

/// Removes the keys of a database without sealed content, and compacts the file. Retention may have removed plain content whose bytes are still in
/// free pages, so the file is compacted in any case.
fn finish(tx: &Tx<'_>) -> Result<(), Fault> {
    if !tx.conn.vault().seals() && !is_sealed(tx)? {
        tx.conn.prepare("DELETE FROM content_key")?.execute(())?;
    }
    compaction::request(tx)
}

fn is_sealed(tx: &Tx<'_>) -> Result<bool, Fault> {
    for column in Column::ALL {
        let (table, name) = column.place();
        let sql = format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE substr({name}, 1, 1) = ?1)");
        if tx.conn.query_row(&sql, [[SEALED]], |row| row.get(0))? {
            return Ok(true);
        }
    }
    Ok(false)
}
