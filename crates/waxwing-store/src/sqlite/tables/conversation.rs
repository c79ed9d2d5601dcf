//! Table `conversation`: conversations, which are the locks of their turns.

pub(in crate::sqlite) mod activity;
pub(in crate::sqlite) mod arrival;
pub(in crate::sqlite) mod handoff;
pub(in crate::sqlite) mod joined;
pub(in crate::sqlite) mod marketing;
pub(in crate::sqlite) mod notices;
pub(in crate::sqlite) mod outage;
pub(in crate::sqlite) mod owner;
pub(in crate::sqlite) mod window;

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use waxwing_types::{Bsuid, GroupId, PhoneNumberId, UserProfile, WaId};

use self::arrival::Arrival;
use super::user::{identity_columns, read_identity};
use crate::sqlite::conversation_key::conversation_key;
use crate::sqlite::fault::Fault;
use crate::sqlite::ids;
use crate::sqlite::tx::Tx;
use crate::{
    Conversation, ConversationFilter, ConversationId, ConversationRow, Lease, MarketingState, Outage, Peer, Responder,
    SentNotices, Timestamp, UserKey,
};

/// Returns a conversation.
pub(in crate::sqlite) fn get(tx: &Tx<'_>, id: ConversationId) -> Result<Conversation, Fault> {
    tx.one(
        concat!(
            "SELECT c.number, c.group_id, ",
            identity_columns!(),
            " FROM conversation c LEFT JOIN user u ON u.id = c.user WHERE c.id = ?1"
        ),
        [id.0],
        |row| {
            let number = PhoneNumberId::new(row.get::<_, String>(0)?);
            let key = conversation_key(tx.namespace, id);
            Ok(Conversation { id, key, number, peer: read_peer(row, 1, 2)? })
        },
    )
}

fn read_peer(row: &Row<'_>, group: usize, identity: usize) -> rusqlite::Result<Peer> {
    match row.get::<_, Option<String>>(group)? {
        Some(group) => Ok(Peer::Group(GroupId::new(group))),
        None => Ok(Peer::User(read_identity(row, identity)?)),
    }
}

/// Tells whether a conversation exists.
pub(in crate::sqlite) fn exists(conn: &Connection, id: ConversationId) -> Result<bool, Fault> {
    let mut statement = conn.prepare("SELECT 1 FROM conversation WHERE id = ?1")?;
    Ok(statement.exists([id.0])?)
}

/// Returns the conversation of a group with a business number.
pub(in crate::sqlite) fn of_group(
    tx: &Tx<'_>,
    number: &PhoneNumberId,
    group: &GroupId,
) -> Result<Option<ConversationId>, Fault> {
    tx.first(
        "SELECT id FROM conversation WHERE group_id = ?1 AND number = ?2",
        params![group.as_str(), number.as_str()],
        |row| row.get(0).map(ConversationId),
    )
}

/// Returns the conversation of a user with a business number.
pub(in crate::sqlite) fn of_user(
    tx: &Tx<'_>,
    number: &PhoneNumberId,
    user: i64,
) -> Result<Option<ConversationId>, Fault> {
    tx.first("SELECT id FROM conversation WHERE user = ?1 AND number = ?2", params![user, number.as_str()], |row| {
        row.get(0).map(ConversationId)
    })
}

/// A user with the conversation with a business number.
pub(in crate::sqlite) struct KnownUser {
    pub(in crate::sqlite) user: i64,
    pub(in crate::sqlite) conversation: ConversationId,
    /// Whether no lease is held, and nothing is due or the agent could not work.
    pub(in crate::sqlite) is_idle: bool,
}

/// Finds a user whose ids and names have not changed, with the conversation. One statement for the usual case.
pub(in crate::sqlite) fn of_unchanged_user(
    tx: &Tx<'_>,
    number: &PhoneNumberId,
    profile: &UserProfile,
) -> Result<Option<KnownUser>, Fault> {
    macro_rules! select {
        ($id:literal) => {
            concat!(
                "SELECT u.id, c.id, c.held = 0 AND (c.due_at IS NULL OR c.retry_since IS NOT NULL OR c.waits_for_opening) FROM user u JOIN conversation c ON c.user = u.id
                 WHERE u.",
                $id,
                " = ?1 AND c.number = ?2 AND u.wa_id IS coalesce(?3, u.wa_id) AND u.name IS coalesce(?4, u.name)
                     AND u.username IS coalesce(?5, u.username) AND u.parent_bsuid IS coalesce(?6, u.parent_bsuid)"
            )
        };
    }
    let wa_id = profile.wa_id.as_ref().map(WaId::as_str);
    let bsuid = profile.bsuid.as_ref().map(Bsuid::as_str);
    let parent = profile.parent_bsuid.as_ref().map(Bsuid::as_str);
    let sql = if bsuid.is_some() { select!("bsuid") } else { select!("wa_id") };
    let params = params![bsuid.or(wa_id), number.as_str(), wa_id, profile.name, profile.username, parent];
    tx.first(sql, params, |row| {
        Ok(KnownUser { user: row.get(0)?, conversation: ConversationId(row.get(1)?), is_idle: row.get(2)? })
    })
}

/// Inserts the conversation of a user or a group with a business number.
pub(in crate::sqlite) fn insert(
    tx: &Tx<'_>,
    number: &PhoneNumberId,
    user: Option<i64>,
    group: Option<&GroupId>,
) -> Result<ConversationId, Fault> {
    tx.one(
        "INSERT INTO conversation (number, user, group_id, created_at) VALUES (?1, ?2, ?3, ?4) RETURNING id",
        params![number.as_str(), user, group.map(GroupId::as_str), tx.now.as_millis()],
        |row| row.get(0).map(ConversationId),
    )
}

/// Moves a conversation to another user.
pub(in crate::sqlite) fn set_user(tx: &Tx<'_>, id: ConversationId, user: i64) -> Result<(), Fault> {
    tx.run("UPDATE conversation SET user = ?2 WHERE id = ?1", [id.0, user])?;
    Ok(())
}

/// Returns up to `limit` conversations of a business number whose turns are due, longest due first, each after its due time.
pub(in crate::sqlite) fn due(
    tx: &Tx<'_>,
    number: &PhoneNumberId,
    limit: i64,
) -> Result<Vec<(i64, ConversationId)>, Fault> {
    tx.all(
        "SELECT due_at, id FROM conversation WHERE number = ?1 AND due_at <= ?2 ORDER BY due_at LIMIT ?3",
        params![number.as_str(), tx.now.as_millis(), limit],
        |row| Ok((row.get(0)?, ConversationId(row.get(1)?))),
    )
}

/// Returns the time at which the next turn of a business number is due.
pub(in crate::sqlite) fn next_due_at(tx: &Tx<'_>, number: &PhoneNumberId) -> Result<Option<i64>, Fault> {
    tx.one("SELECT min(due_at) FROM conversation WHERE number = ?1 AND due_at IS NOT NULL", [number.as_str()], |row| {
        row.get(0)
    })
}

/// Ends the leases of a process that has ended. The conversations are due at `due_at`, and count a crash if the process has crashed.
pub(in crate::sqlite) fn end_leases(conn: &Connection, due_at: Timestamp, has_crashed: bool) -> Result<(), Fault> {
    conn.execute(
        "UPDATE conversation SET held = 0, crash_count = crash_count + ?2,
             isolated_crash_count = isolated_crash_count + (isolated AND ?2), isolated = 0, due_at = ?1
         WHERE held = 1",
        params![due_at.as_millis(), has_crashed],
    )?;
    Ok(())
}

/// Moves the ends of all leases by a number of milliseconds.
pub(in crate::sqlite) fn extend_leases(conn: &Connection, millis: i64) -> Result<(), Fault> {
    conn.execute("UPDATE conversation SET due_at = due_at + ?1 WHERE held = 1", [millis])?;
    Ok(())
}

/// Row state that a claim returns.
pub(in crate::sqlite) struct ClaimedRow {
    pub(in crate::sqlite) epoch: i64,
    pub(in crate::sqlite) failures: u32,
    pub(in crate::sqlite) crash_count: u32,
    pub(in crate::sqlite) isolated_crash_count: u32,
    pub(in crate::sqlite) outage: Option<Outage>,
    pub(in crate::sqlite) notices: SentNotices,
    pub(in crate::sqlite) responder: Responder,
    pub(in crate::sqlite) service_window: Duration,
    pub(in crate::sqlite) marketing: MarketingState,
}

/// Holds a conversation under a new epoch. A lease that is still held has expired. Its holder has not crashed, because the holder is this process:
/// the process stood still, or could not reach the database.
pub(in crate::sqlite) fn hold(tx: &Tx<'_>, id: ConversationId, until: Timestamp) -> Result<ClaimedRow, Fault> {
    tx.one(
        "UPDATE conversation SET isolated = 0, held = 1, epoch = epoch + 1, due_at = ?2, waits_for_opening = 0
         WHERE id = ?1 RETURNING epoch, failures, crash_count, isolated_crash_count, paused_until,
             retry_since, retry_count, interim_sent, apologized_at, window_until,
             marketing_stopped, marketing_sent_at, away_at, first_contact, is_with_other_app",
        params![id.0, until.as_millis()],
        |row| {
            let human_until = row.get::<_, Option<i64>>(4)?.map(Timestamp::from_millis).filter(|end| *end > tx.now);
            let rest = |until: Timestamp| (until != Timestamp::MAX).then(|| until.since(tx.now));
            let since = row.get::<_, Option<i64>>(5)?.map(Timestamp::from_millis);
            let (failed_runs, is_told) = (row.get(6)?, row.get(7)?);
            let age = |row: &Row<'_>, column: usize| {
                let at = row.get::<_, Option<i64>>(column)?;
                Ok::<_, rusqlite::Error>(at.map(|at| tx.now.since(Timestamp::from_millis(at))))
            };
            Ok(ClaimedRow {
                outage: since.map(|since| Outage { lasts: tx.now.since(since), failed_runs, is_told }),
                epoch: row.get(0)?,
                failures: row.get(1)?,
                crash_count: row.get(2)?,
                isolated_crash_count: row.get(3)?,
                notices: SentNotices { apology: age(row, 8)?, away: age(row, 12)?, first_contact: row.get(13)? },
                responder: match human_until {
                    _ if row.get(14)? => Responder::OtherApp,
                    Some(until) => Responder::Human { rest: rest(until) },
                    None => Responder::Agent,
                },
                service_window: window::rest_until(tx, row.get(9)?),
                marketing: MarketingState { is_stopped: row.get(10)?, last_sent: age(row, 11)? },
            })
        },
    )
}

/// Tells whether a lease is held.
pub(in crate::sqlite) fn is_held(conn: &Connection, lease: &Lease) -> Result<bool, Fault> {
    let mut statement = conn.prepare_cached("SELECT 1 FROM conversation WHERE id = ?1 AND epoch = ?2 AND held = 1")?;
    let held = statement.query_row(params![lease.conversation.0, lease.epoch], |_| Ok(())).optional()?;
    Ok(held.is_some())
}

/// Moves the end of a held lease.
pub(in crate::sqlite) fn set_lease_end(tx: &Tx<'_>, id: ConversationId, until: Timestamp) -> Result<(), Fault> {
    tx.run("UPDATE conversation SET due_at = ?2 WHERE id = ?1", params![id.0, until.as_millis()])?;
    Ok(())
}

/// Ends a lease. The conversation is due at `due_at` if messages are pending. Returns whether messages are pending.
pub(in crate::sqlite) fn release(tx: &Tx<'_>, id: ConversationId, due_at: Timestamp) -> Result<bool, Fault> {
    let due_at: Option<i64> = tx.one(
        "UPDATE conversation SET held = 0, isolated = 0,
             due_at = CASE WHEN EXISTS (SELECT 1 FROM inbox WHERE conversation = ?1 AND outcome IS NULL) THEN ?2 END
         WHERE id = ?1 RETURNING due_at",
        params![id.0, due_at.as_millis()],
        |row| row.get(0),
    )?;
    Ok(due_at.is_some())
}

/// Ends every lease on a conversation, so that its holder cannot write any more.
pub(in crate::sqlite) fn revoke(tx: &Tx<'_>, id: ConversationId) -> Result<(), Fault> {
    tx.run("UPDATE conversation SET held = 0, isolated = 0, epoch = epoch + 1, due_at = NULL WHERE id = ?1", [id.0])?;
    Ok(())
}

/// Revokes a held lease. The conversation is due now. Returns false if no lease was held.
pub(in crate::sqlite) fn revoke_if_held(tx: &Tx<'_>, id: ConversationId) -> Result<bool, Fault> {
    let changed = tx.run(
        "UPDATE conversation SET held = 0, isolated = 0, epoch = epoch + 1, due_at = ?2 WHERE id = ?1 AND held = 1",
        params![id.0, tx.now.as_millis()],
    )?;
    Ok(changed > 0)
}

/// Records whether the run of the holder is the only run of its process.
pub(in crate::sqlite) fn set_isolated(tx: &Tx<'_>, id: ConversationId, is_isolated: bool) -> Result<(), Fault> {
    tx.run("UPDATE conversation SET isolated = ?2 WHERE id = ?1 AND isolated <> ?2", params![id.0, is_isolated])?;
    Ok(())
}

/// Counts a failed run.
pub(in crate::sqlite) fn count_failure(tx: &Tx<'_>, id: ConversationId) -> Result<(), Fault> {
    tx.run("UPDATE conversation SET failures = failures + 1 WHERE id = ?1", [id.0])?;
    Ok(())
}

/// Resets the counters of failed runs and crashes, and ends the outage.
pub(in crate::sqlite) fn reset_failures(tx: &Tx<'_>, id: ConversationId) -> Result<(), Fault> {
    tx.run(
        "UPDATE conversation SET failures = 0, crash_count = 0, isolated_crash_count = 0, retry_since = NULL, retry_count = 0,
             interim_sent = 0
         WHERE id = ?1 AND (failures > 0 OR crash_count > 0 OR retry_since IS NOT NULL)",
        [id.0],
    )?;
    Ok(())
}

/// Makes an idle conversation due now, and one whose agent could not work or whose business is closed. A held conversation, and one that waits for
/// another reason, stays as it is.
pub(in crate::sqlite) fn make_due(tx: &Tx<'_>, id: ConversationId) -> Result<(), Fault> {
    arrival::make_due(tx, id, &Arrival { wakes: true, ..Arrival::default() })
}

/// The query for the columns that [`read_row`] reads.
macro_rules! select_rows {
    ($filter:literal) => {
        concat!(
            "SELECT c.id, c.number, c.group_id, c.paused_until, c.created_at, c.marketing_stopped, c.is_with_other_app,
                 (SELECT count(*) FROM inbox i WHERE i.conversation = c.id AND i.outcome IS NULL), ",
            identity_columns!(),
            " FROM conversation c LEFT JOIN user u ON u.id = c.user WHERE ",
            $filter,
            " ORDER BY c.id DESC LIMIT ?1"
        )
    };
}

/// Returns up to `limit` conversations, newest first.
pub(in crate::sqlite) fn list(
    conn: &Connection,
    filter: &ConversationFilter,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<ConversationRow>, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = |sql, params: &[&dyn ToSql]| rows(conn, sql, params, now);
    match filter {
        ConversationFilter::All => rows(select_rows!("1"), params![limit]),
        ConversationFilter::Paused => rows(select_rows!("c.paused_until > ?2"), params![limit, now.as_millis()]),
        ConversationFilter::MarketingStopped => rows(select_rows!("c.marketing_stopped = 1"), params![limit]),
        ConversationFilter::Id(id) => rows(select_rows!("c.id = ?2"), params![limit, id.0]),
        ConversationFilter::User(UserKey::Phone(id)) => {
            rows(select_rows!("u.wa_id = ?2 OR u.former_wa_id = ?2"), params![limit, id.as_str()])
        }
        ConversationFilter::User(UserKey::Bsuid(id)) => rows(select_rows!("u.bsuid = ?2"), params![limit, id.as_str()]),
    }
}

/// Returns the one-to-one conversations of users, newest first.
pub(in crate::sqlite) fn list_of_users(
    conn: &Connection,
    users: &[i64],
    now: Timestamp,
) -> Result<Vec<ConversationRow>, Fault> {
    let users = ids::json_list(users.iter().copied());
    rows(conn, select_rows!("c.user IN (SELECT value FROM json_each(?2))"), params![i64::MAX, users], now)
}

fn rows(conn: &Connection, sql: &str, params: &[&dyn ToSql], now: Timestamp) -> Result<Vec<ConversationRow>, Fault> {
    Ok(conn.prepare_cached(sql)?.query_map(params, |row| read_row(row, now))?.collect::<Result<_, _>>()?)
}

fn read_row(row: &Row<'_>, now: Timestamp) -> rusqlite::Result<ConversationRow> {
    Ok(ConversationRow {
        id: ConversationId(row.get(0)?),
        number: PhoneNumberId::new(row.get::<_, String>(1)?),
        peer: read_peer(row, 2, 8)?,
        paused_until: row.get::<_, Option<i64>>(3)?.map(Timestamp::from_millis).filter(|until| *until > now),
        waiting: row.get(7)?,
        has_stopped_marketing: row.get(5)?,
        is_with_other_app: row.get(6)?,
        created_at: Timestamp::from_millis(row.get(4)?),
    })
}
