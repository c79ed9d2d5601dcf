//! Removal of old rows, a few at a time.
//!
//! Each table is examined in the order of its key, from where the previous step ended. Keys rise with time, so the examination of a table
//! ends at the first row that is too young. Some tables differ: `deduplication` is ordered by hash and examined completely. Entries of the
//! conversation log are ordered by conversation, so all conversations are examined. Old sessions and memories may be in use, so all old ones are
//! examined.

use std::time::Duration;

use rusqlite::params;
use rusqlite::types::Value;

use super::fault::Fault;
use super::tables::retention_cursor;
use super::tx::Tx;
use crate::{EVENT_AGE, Retention, RetentionStats, Timestamp};

/// Retention of one table.
struct Rule {
    age: fn(&Retention) -> Option<Duration>,
    /// Returns up to ?3 rows after the key ?1, in order: the key, whether the row can be removed if its time is at most ?2, and whether the
    /// examination ends before the row.
    examine: &'static str,
    remove: Removal,
    count: fn(&mut RetentionStats) -> &mut usize,
}

/// The time for which calls of tools stay in the conversation log, unless they are among the last five turns with calls.
const TOOL_ROUNDS_AGE: Duration = Duration::from_hours(7 * 24);

/// Examines conversations for entries of their logs. A conversation that is due or held may have a run that has read its history.
macro_rules! conversations_with_entries {
    ($condition:literal) => {
        concat!(
            "SELECT id, due_at IS NULL AND EXISTS (SELECT 1 FROM entry e WHERE e.conversation = c.id AND ",
            $condition,
            "), 0 FROM conversation c WHERE id > ?1 ORDER BY id LIMIT ?3"
        )
    };
}

/// Removes the entries of the conversation ?1 that fulfil a condition, up to a limit. The rest is left to the next round.
macro_rules! remove_entries {
    ($condition:literal) => {
        concat!(
            "DELETE FROM entry WHERE conversation = ?1 AND id IN (SELECT id FROM entry e WHERE e.conversation = ?1 AND ",
            $condition,
            " ORDER BY id LIMIT 1000)"
        )
    };
}

/// Examines campaigns that are over. A message of a recipient may still be on its way.
macro_rules! finished_campaigns {
    () => {
        "SELECT id, state IN ('finished', 'cancelled') AND changed_at <= ?2
             AND NOT EXISTS (SELECT 1 FROM campaign_recipient q WHERE q.campaign = c.id AND q.state = 'queued') AND "
    };
}

/// How the data of an examined row is removed.
enum Removal {
    /// The statements remove the row with the key ?1, after the rows that refer to it.
    Row(&'static [&'static str]),
    /// The statement removes rows of another table that belong to the row with the key ?1, up to the time ?2.
    UpTo(&'static str),
}

impl Removal {
    /// Returns the number of removed rows, without the rows that refer to them.
    fn run(&self, tx: &Tx<'_>, key: &Value, until: Timestamp) -> Result<usize, Fault> {
        match self {
            Self::Row(statements) => {
                statements.iter().try_for_each(|statement| tx.run(statement, [key]).map(|_| ()))?;
                Ok(1)
            }
            Self::UpTo(statement) => tx.run(statement, params![key, until.as_millis()]),
        }
    }
}

/// The order matters: statuses belong to messages that still exist, and a session is removed after its entries.
const RULES: [Rule; 16] = [
    Rule {
        age: |retention| retention.inbox,
        examine: "SELECT seq, outcome IS NOT NULL AND done_at <= ?2, received_at > ?2 FROM inbox
                  WHERE seq > ?1 ORDER BY seq LIMIT ?3",
        remove: Removal::Row(&["DELETE FROM inbox WHERE seq = ?1"]),
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
        remove: Removal::Row(&[
            "DELETE FROM attempt WHERE outbox = ?1",
            "DELETE FROM outbox_media WHERE outbox = ?1",
            "DELETE FROM outbox WHERE id = ?1",
        ]),
        count: |stats| &mut stats.outbox,
    },
    Rule {
        age: |retention| retention.outbox,
        examine: "SELECT id, NOT EXISTS (SELECT 1 FROM attempt a WHERE a.message_id = s.message_id), received_at > ?2
                  FROM status s WHERE id > ?1 ORDER BY id LIMIT ?3",
        remove: Removal::Row(&["DELETE FROM status WHERE id = ?1"]),
        count: |stats| &mut stats.statuses,
    },
    Rule {
        age: |retention| retention.sessions,
        examine: conversations_with_entries!("e.id < (?2 + 1) * 4096"),
        remove: Removal::UpTo(remove_entries!("e.id < (?2 + 1) * 4096")),
        count: |stats| &mut stats.entries,
    },
    Rule {
        age: |retention| retention.sessions.map(|age| age.min(TOOL_ROUNDS_AGE)),
        examine: conversations_with_entries!("e.id < (?2 + 1) * 4096 AND e.kind = 'tool_round'"),
        remove: Removal::UpTo(remove_entries!(
            "e.id < (?2 + 1) * 4096 AND e.kind = 'tool_round' AND e.id < (
                 SELECT n.id FROM entry n WHERE n.conversation = ?1 AND n.kind = 'tool_round' AND n.run IS NOT (
                     SELECT p.run FROM entry p WHERE p.conversation = ?1 AND p.kind = 'tool_round' AND p.id < n.id
                     ORDER BY p.id DESC LIMIT 1)
                 ORDER BY n.id DESC LIMIT 1 OFFSET 4)"
        )),
        count: |stats| &mut stats.entries,
    },
    Rule {
        age: |retention| retention.sessions,
        examine: "SELECT id, used_at <= ?2 AND (SELECT due_at IS NULL FROM conversation c WHERE c.id = s.conversation),
                      created_at > ?2
                  FROM session s WHERE id > ?1 ORDER BY id LIMIT ?3",
        remove: Removal::Row(&["DELETE FROM session WHERE id = ?1"]),
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
        remove: Removal::Row(&["DELETE FROM memory WHERE id = ?1"]),
        count: |stats| &mut stats.memories,
    },
    Rule {
        age: Retention::keeps_media_for,
        examine: "SELECT id, EXISTS (SELECT 1 FROM entry_media m WHERE m.conversation = c.id AND m.entry < (?2 + 1) * 4096), 0
                  FROM conversation c WHERE id > ?1 ORDER BY id LIMIT ?3",
        remove: Removal::UpTo(
            "DELETE FROM entry_media WHERE conversation = ?1 AND entry IN (
                 SELECT entry FROM entry_media WHERE conversation = ?1 AND entry < (?2 + 1) * 4096 ORDER BY entry LIMIT 1000)",
        ),
        count: |stats| &mut stats.media,
    },
    Rule {
        age: |retention| retention.quarantine,
        examine: "SELECT id, 1, received_at > ?2 FROM quarantine WHERE id > ?1 ORDER BY id LIMIT ?3",
        remove: Removal::Row(&["DELETE FROM quarantine WHERE id = ?1"]),
        count: |stats| &mut stats.quarantine,
    },
    Rule {
        age: Retention::keeps_uploads_for,
        examine: "SELECT id, 1, uploaded_at > ?2 FROM uploaded_media WHERE id > ?1 ORDER BY id LIMIT ?3",
        remove: Removal::Row(&["DELETE FROM uploaded_media WHERE id = ?1"]),
        count: |stats| &mut stats.uploads,
    },
    Rule {
        age: Retention::recognizes_duplicates_for,
        examine: "SELECT hash, stored_at <= ?2, 0 FROM deduplication WHERE hash > ?1 ORDER BY hash LIMIT ?3",
        remove: Removal::Row(&["DELETE FROM deduplication WHERE hash = ?1"]),
        count: |stats| &mut stats.deduplication,
    },
    Rule {
        age: |retention| retention.outbox,
        examine: concat!(finished_campaigns!(), "1, created_at > ?2 FROM campaign c WHERE id > ?1 ORDER BY id LIMIT ?3"),
        // The rest is left to the next round.
        remove: Removal::UpTo(
            "DELETE FROM campaign_recipient WHERE campaign = ?1 AND ?2 IS NOT NULL AND place IN (
                 SELECT place FROM campaign_recipient WHERE campaign = ?1 ORDER BY place LIMIT 1000)",
        ),
        count: |stats| &mut stats.recipients,
    },
    Rule {
        age: |retention| retention.outbox,
        examine: concat!(
            finished_campaigns!(),
            "NOT EXISTS (SELECT 1 FROM campaign_recipient r WHERE r.campaign = c.id), created_at > ?2
             FROM campaign c WHERE id > ?1 ORDER BY id LIMIT ?3"
        ),
        remove: Removal::Row(&["DELETE FROM campaign WHERE id = ?1"]),
        count: |stats| &mut stats.campaigns,
    },
    Rule {
        age: |retention| retention.usage,
        examine: "SELECT DISTINCT day, 1, (day + 1) * 86400000 > ?2 FROM message_count WHERE day > ?1 ORDER BY day LIMIT ?3",
        remove: Removal::UpTo("DELETE FROM message_count WHERE day = ?1 AND (day + 1) * 86400000 <= ?2"),
        count: |stats| &mut stats.usage,
    },
    Rule {
        age: |retention| retention.usage,
        examine: "SELECT DISTINCT day, 1, (day + 1) * 86400000 > ?2 FROM model_cost WHERE day > ?1 ORDER BY day LIMIT ?3",
        remove: Removal::UpTo("DELETE FROM model_cost WHERE day = ?1 AND (day + 1) * 86400000 <= ?2"),
        count: |stats| &mut stats.usage,
    },
    Rule {
        age: |_| Some(EVENT_AGE),
        examine: "SELECT id, 1, at > ?2 FROM event WHERE id > ?1 ORDER BY id LIMIT ?3",
        remove: Removal::Row(&["DELETE FROM event WHERE id = ?1"]),
        count: |stats| &mut stats.events,
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
        let until = (rule.age)(retention).map(|age| tx.now.before(age));
        let rows = until.map_or_else(|| Ok(Vec::new()), |until| rule.rows(tx, &last_key, until, left))?;
        let is_finished = rows.len() < left;
        left -= rows.len();
        for (key, can_be_removed) in rows {
            if let Some(until) = until.filter(|_| can_be_removed) {
                *(rule.count)(&mut stats) += rule.remove.run(tx, &key, until)?;
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
