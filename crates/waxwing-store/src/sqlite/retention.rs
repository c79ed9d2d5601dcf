//! Removes what is older than it has to be, a few rows at a time.
//!
//! Each table is walked in the order of its key, from where the last step ended. A walk ends at the first row that came in too late to be
//! old enough, as keys rise with time, so that a round costs what there is to remove. Some tables are different: `seen` is ordered by hash,
//! and is walked as a whole; and old sessions and memories may live, so that all old ones are looked at.

use std::time::Duration;

use rusqlite::params;
use rusqlite::types::Value;

use super::fault::Fault;
use super::tx::Tx;
use crate::{Retention, RetentionStats, Timestamp};

/// What is removed from one table.
struct Walk {
    age: fn(&Retention) -> Option<Duration>,
    /// Up to ?3 keys behind ?1, in order; whether each row can go that is to go if its time is up to ?2; and whether the walk ends before it.
    look: &'static str,
    /// Removes the row with the key ?1, what hangs on it first.
    remove: &'static [&'static str],
    count: fn(&mut RetentionStats) -> &mut usize,
}

/// In this order: statuses are known by their messages as long as these are there, and a session goes after its entries.
const WALKS: [Walk; 8] = [
    Walk {
        age: |keep| keep.inbox,
        look: "SELECT seq, outcome IS NOT NULL AND done_at <= ?2, received_at > ?2 FROM inbox
               WHERE seq > ?1 ORDER BY seq LIMIT ?3",
        remove: &["DELETE FROM inbox WHERE seq = ?1"],
        count: |swept| &mut swept.inbox,
    },
    Walk {
        age: |keep| keep.outbox,
        // A run that is repeated knows by its rows what it has said, and whoever made an attempt has to tell how it ended.
        look: "SELECT id, state NOT IN ('queued', 'sending', 'in_doubt') AND changed_at <= ?2
                   AND NOT EXISTS (
                       SELECT 1 FROM inbox i WHERE i.conversation = o.conversation AND i.outcome IS NULL AND i.run = o.run)
                   AND NOT EXISTS (
                       SELECT 1 FROM attempt a JOIN send_queue l ON l.conversation = o.conversation
                       WHERE a.outbox = o.id AND a.outcome_recorded = 0 AND l.held = 1),
                   created_at > ?2
               FROM outbox o WHERE id > ?1 ORDER BY id LIMIT ?3",
        remove: &[
            "DELETE FROM attempt WHERE outbox = ?1",
            "DELETE FROM outbox_media WHERE outbox = ?1",
            "DELETE FROM outbox WHERE id = ?1",
        ],
        count: |swept| &mut swept.outbox,
    },
    Walk {
        age: |keep| keep.outbox,
        look: "SELECT id, NOT EXISTS (SELECT 1 FROM attempt a WHERE a.message_id = s.message_id), received_at > ?2
               FROM status s WHERE id > ?1 ORDER BY id LIMIT ?3",
        remove: &["DELETE FROM status WHERE id = ?1"],
        count: |swept| &mut swept.statuses,
    },
    Walk {
        age: |keep| keep.sessions,
        // A conversation that waits or is held may have a run that has read its session.
        look: "SELECT id, (
                   SELECT c.wake IS NULL FROM session s JOIN conversation c ON c.id = s.conversation WHERE s.id = e.session),
                   at > ?2
               FROM session_entry e WHERE id > ?1 ORDER BY id LIMIT ?3",
        remove: &["DELETE FROM session_entry WHERE id = ?1"],
        count: |swept| &mut swept.entries,
    },
    Walk {
        age: |keep| keep.sessions,
        look: "SELECT id, used_at <= ?2 AND (SELECT wake IS NULL FROM conversation c WHERE c.id = s.conversation)
                   AND NOT EXISTS (SELECT 1 FROM session_entry e WHERE e.session = s.id),
                   created_at > ?2
               FROM session s WHERE id > ?1 ORDER BY id LIMIT ?3",
        remove: &["DELETE FROM session WHERE id = ?1"],
        count: |swept| &mut swept.sessions,
    },
    Walk {
        age: |keep| keep.sessions,
        // A memory is in use for as long as a session is.
        look: "SELECT id, used_at <= ?2 AND (SELECT wake IS NULL FROM conversation c WHERE c.id = m.conversation)
                   AND NOT EXISTS (SELECT 1 FROM session s WHERE s.conversation = m.conversation AND s.agent = m.agent),
                   created_at > ?2
               FROM memory m WHERE id > ?1 ORDER BY id LIMIT ?3",
        remove: &["DELETE FROM memory WHERE id = ?1"],
        count: |swept| &mut swept.memories,
    },
    Walk {
        age: |keep| keep.quarantine,
        look: "SELECT id, 1, received_at > ?2 FROM quarantine WHERE id > ?1 ORDER BY id LIMIT ?3",
        remove: &["DELETE FROM quarantine WHERE id = ?1"],
        count: |swept| &mut swept.quarantine,
    },
    Walk {
        age: |keep| keep.deduplication.map(|age| age.max(Retention::MIN_DEDUPLICATION)),
        look: "SELECT hash, at <= ?2, 0 FROM deduplication WHERE hash > ?1 ORDER BY hash LIMIT ?3",
        remove: &["DELETE FROM deduplication WHERE hash = ?1"],
        count: |swept| &mut swept.deduplication,
    },
];

/// Smaller than every key: a number is smaller than every BLOB.
const BEGINNING: Value = Value::Integer(0);

/// Looks at up to `limit` rows, from where the last step ended, and removes those that are old enough.
pub(super) fn step(tx: &Tx<'_>, keep: &Retention, limit: usize) -> Result<RetentionStats, Fault> {
    let (mut nth, mut after): (u32, Value) =
        tx.one("SELECT nth, after FROM retention_cursor WHERE id = 1", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut swept = RetentionStats::default();
    let mut left = limit.max(1);
    while let Some(walk) = WALKS.get(nth as usize)
        && left > 0
    {
        let rows = match (walk.age)(keep) {
            Some(age) => walk.rows(tx, &after, tx.now.before(age), left)?,
            None => Vec::new(),
        };
        let is_over = rows.len() < left;
        left -= rows.len();
        for (key, can_go) in rows {
            if can_go {
                walk.remove.iter().try_for_each(|statement| tx.run(statement, [&key]).map(|_| ()))?;
                *(walk.count)(&mut swept) += 1;
            }
            after = key;
        }
        if is_over {
            (nth, after) = (nth + 1, BEGINNING);
        }
    }
    swept.is_complete = nth as usize == WALKS.len();
    if swept.is_complete {
        nth = 0;
    }
    tx.run("UPDATE retention_cursor SET nth = ?1, after = ?2 WHERE id = 1", params![nth, after])?;
    Ok(swept)
}

impl Walk {
    /// Up to `limit` keys behind `after`, and whether each row can go; fewer at the end of the walk.
    fn rows(&self, tx: &Tx<'_>, after: &Value, until: Timestamp, limit: usize) -> Result<Vec<(Value, bool)>, Fault> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        tx.all_until(self.look, params![after, until.as_millis(), limit], |row| {
            let is_end: bool = row.get(2)?;
            if is_end { Ok(None) } else { Ok(Some((row.get(0)?, row.get(1)?))) }
        })
    }
}
