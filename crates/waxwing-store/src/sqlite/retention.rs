//! Removal of old rows, a few at a time.
//!
//! Each table is examined in the order of its key, from where the previous step ended. Keys rise with time, so the examination of a table
//! ends at the first row that is too young. Two tables differ: `deduplication` is ordered by hash and examined completely, and old sessions
//! and memories may be in use, so all old ones are examined.

use std::time::Duration;

use rusqlite::params;
use rusqlite::types::Value;

use super::fault::Fault;
use super::tables::retention_cursor;
use super::tx::Tx;
use crate::{Retention, RetentionStats, Timestamp};

/// Retention of one table.
struct Rule {
    age: fn(&Retention) -> Option<Duration>,
    /// Returns up to ?3 rows after the key ?1, in order: the key, whether the row can be removed if its time is at most ?2, and whether the
    /// examination ends before the row.
    examine: &'static str,
    /// Removes the row with the key ?1, after the rows that refer to it.
    remove: &'static [&'static str],
    count: fn(&mut RetentionStats) -> &mut usize,
}

/// The order matters: statuses belong to messages that still exist, and a session is removed after its entries.
const RULES: [Rule; 8] = [
    Rule {
        age: |retention| retention.inbox,
        examine: "SELECT seq, outcome IS NOT NULL AND done_at <= ?2, received_at > ?2 FROM inbox
                  WHERE seq > ?1 ORDER BY seq LIMIT ?3",
        remove: &["DELETE FROM inbox WHERE seq = ?1"],
        count: |stats| &mut stats.inbox,
    },
    Rule {
        age: |retention| retention.outbox,
        // A repeated run finds its interim messages by their rows. The holder of a lease has yet to record the outcome of its attempt.
        examine: "SELECT id, state NOT IN ('queued', 'sending', 'in_doubt') AND changed_at <= ?2
                      AND NOT EXISTS (
                          SELECT 1 FROM inbox i
                          WHERE i.conversation = o.conversation AND i.outcome IS NULL AND i.run = o.run)
                      AND NOT EXISTS (
                          SELECT 1 FROM attempt a JOIN send_queue q ON q.conversation = o.conversation
                          WHERE a.outbox = o.id AND a.outcome_recorded = 0 AND q.held = 1),
                      created_at > ?2
                  FROM outbox o WHERE id > ?1 ORDER BY id LIMIT ?3",
        remove: &[
            "DELETE FROM attempt WHERE outbox = ?1",
            "DELETE FROM outbox_media WHERE outbox = ?1",
            "DELETE FROM outbox WHERE id = ?1",
        ],
        count: |stats| &mut stats.outbox,
    },
    Rule {
        age: |retention| retention.outbox,
        examine: "SELECT id, NOT EXISTS (SELECT 1 FROM attempt a WHERE a.message_id = s.message_id), received_at > ?2
                  FROM status s WHERE id > ?1 ORDER BY id LIMIT ?3",
        remove: &["DELETE FROM status WHERE id = ?1"],
        count: |stats| &mut stats.statuses,
    },
    Rule {
        age: |retention| retention.sessions,
        // A conversation that is due or held may have a run that has read its session.
        examine: "SELECT id, (
                      SELECT c.due_at IS NULL FROM session s JOIN conversation c ON c.id = s.conversation
                      WHERE s.id = e.session),
                      written_at > ?2
                  FROM session_entry e WHERE id > ?1 ORDER BY id LIMIT ?3",
        remove: &["DELETE FROM session_entry WHERE id = ?1"],
        count: |stats| &mut stats.entries,
    },
    Rule {
        age: |retention| retention.sessions,
        examine: "SELECT id, used_at <= ?2 AND (SELECT due_at IS NULL FROM conversation c WHERE c.id = s.conversation)
                      AND NOT EXISTS (SELECT 1 FROM session_entry e WHERE e.session = s.id),
                      created_at > ?2
                  FROM session s WHERE id > ?1 ORDER BY id LIMIT ?3",
        remove: &["DELETE FROM session WHERE id = ?1"],
        count: |stats| &mut stats.sessions,
    },
    Rule {
        age: |retention| retention.sessions,
        // A memory is in use as long as the agent has a session in the conversation.
        examine: "SELECT id, used_at <= ?2 AND (SELECT due_at IS NULL FROM conversation c WHERE c.id = m.conversation)
                      AND NOT EXISTS (
                          SELECT 1 FROM session s WHERE s.conversation = m.conversation AND s.agent = m.agent),
                      created_at > ?2
                  FROM memory m WHERE id > ?1 ORDER BY id LIMIT ?3",
        remove: &["DELETE FROM memory WHERE id = ?1"],
        count: |stats| &mut stats.memories,
    },
    Rule {
        age: |retention| retention.quarantine,
        examine: "SELECT id, 1, received_at > ?2 FROM quarantine WHERE id > ?1 ORDER BY id LIMIT ?3",
        remove: &["DELETE FROM quarantine WHERE id = ?1"],
        count: |stats| &mut stats.quarantine,
    },
    Rule {
        age: Retention::recognizes_duplicates_for,
        examine: "SELECT hash, stored_at <= ?2, 0 FROM deduplication WHERE hash > ?1 ORDER BY hash LIMIT ?3",
        remove: &["DELETE FROM deduplication WHERE hash = ?1"],
        count: |stats| &mut stats.deduplication,
    },
];

/// A key before every key: SQLite orders numbers before BLOBs.
const FIRST_KEY: Value = Value::Integer(0);

/// Examines up to `limit` rows from where the previous step ended, and removes those that are old enough.
pub(super) fn step(tx: &Tx<'_>, retention: &Retention, limit: usize) -> Result<RetentionStats, Fault> {
    let (mut index, mut last_key) = retention_cursor::get(tx)?;
    let mut stats = RetentionStats::default();
    let mut left = limit.max(1);
    while let Some(rule) = RULES.get(index as usize)
        && left > 0
    {
        let rows = match (rule.age)(retention) {
            Some(age) => rule.rows(tx, &last_key, tx.now.before(age), left)?,
            None => Vec::new(),
        };
        let is_finished = rows.len() < left;
        left -= rows.len();
        for (key, can_be_removed) in rows {
            if can_be_removed {
                rule.remove.iter().try_for_each(|statement| tx.run(statement, [&key]).map(|_| ()))?;
                *(rule.count)(&mut stats) += 1;
            }
            last_key = key;
        }
        if is_finished {
            (index, last_key) = (index + 1, FIRST_KEY);
        }
    }
    stats.is_complete = index as usize == RULES.len();
    if stats.is_complete {
        index = 0;
    }
    retention_cursor::set(tx, index, &last_key)?;
    Ok(stats)
}

impl Rule {
    /// Returns up to `limit` keys after `last_key`, each with whether its row can be removed. Returns fewer at the end of the table.
    fn rows(&self, tx: &Tx<'_>, last_key: &Value, until: Timestamp, limit: usize) -> Result<Vec<(Value, bool)>, Fault> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        tx.all_until(self.examine, params![last_key, until.as_millis(), limit], |row| {
            let is_end: bool = row.get(2)?;
            if is_end { Ok(None) } else { Ok(Some((row.get(0)?, row.get(1)?))) }
        })
    }
}
