//! Table `campaign`: campaigns, also those of one message.

use std::time::Duration;

use bytes::Bytes;
use rusqlite::{Row, params};
use waxwing_types::PhoneNumberId;

use super::campaign_recipient;
use crate::sqlite::content::ContentConnection;
use crate::sqlite::fault::{Fault, unknown_name};
use crate::sqlite::tx::Tx;
use crate::vault::Column;
use crate::{CampaignId, CampaignKind, CampaignRecord, CampaignState, Error, PauseReason, Timestamp};

/// A campaign to insert.
pub(in crate::sqlite) struct NewRow<'a> {
    pub(in crate::sqlite) number: &'a PhoneNumberId,
    pub(in crate::sqlite) kind: CampaignKind,
    pub(in crate::sqlite) name: &'a str,
    pub(in crate::sqlite) key: Option<&'a str>,
    pub(in crate::sqlite) plan: &'a [u8],
    /// Time of the start. A draft has none.
    pub(in crate::sqlite) starts_at: Option<Timestamp>,
}

/// Inserts a campaign: a draft, or one that runs.
pub(in crate::sqlite) fn insert(tx: &Tx<'_>, new: &NewRow<'_>) -> Result<CampaignId, Fault> {
    let state = if new.starts_at.is_some() { CampaignState::Running } else { CampaignState::Draft };
    let plan = tx.conn.seal(Column::CampaignPlan, None, new.plan)?;
    tx.one(
        "INSERT INTO campaign (number, kind, name, key, state, plan, starts_at, due_at, created_at, resumed_at, changed_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?8, ?8) RETURNING id",
        params![
            new.number.as_str(),
            new.kind.as_str(),
            new.name,
            new.key,
            state.as_str(),
            plan,
            new.starts_at.map(Timestamp::as_millis),
            tx.now.as_millis(),
        ],
        |row| row.get(0).map(CampaignId),
    )
}

/// Returns the campaign with a key.
pub(in crate::sqlite) fn by_key(tx: &Tx<'_>, key: &str) -> Result<Option<CampaignId>, Fault> {
    tx.first("SELECT id FROM campaign WHERE key = ?1", [key], |row| row.get(0).map(CampaignId))
}

/// Returns the number of campaigns of a kind in a state, at most `limit`.
pub(in crate::sqlite) fn count(
    tx: &Tx<'_>,
    kind: CampaignKind,
    state: CampaignState,
    limit: u32,
) -> Result<u32, Fault> {
    tx.one(
        "SELECT count(*) FROM (SELECT 1 FROM campaign WHERE kind = ?1 AND state = ?2 LIMIT ?3)",
        params![kind.as_str(), state.as_str(), limit],
        |row| row.get(0),
    )
}

/// Returns the state of a campaign and the place of its last recipient.
///
/// # Errors
///
/// [`Error::NotFound`] if there is no such campaign.
pub(in crate::sqlite) fn state(tx: &Tx<'_>, id: CampaignId) -> Result<(CampaignState, u32), Fault> {
    let found = tx.first("SELECT state, last_place FROM campaign WHERE id = ?1", [id.0], |row| {
        Ok((read_state(row, 0)?, row.get(1)?))
    })?;
    found.ok_or(Fault::Refused(Error::NotFound))
}

/// Sets the place of the last recipient.
pub(in crate::sqlite) fn set_last_place(tx: &Tx<'_>, id: CampaignId, place: u32) -> Result<(), Fault> {
    tx.run("UPDATE campaign SET last_place = ?2 WHERE id = ?1", params![id.0, place])?;
    Ok(())
}

/// Starts a draft at a time.
pub(in crate::sqlite) fn start(tx: &Tx<'_>, id: CampaignId, at: Timestamp) -> Result<(), Fault> {
    tx.run(
        "UPDATE campaign SET state = 'running', starts_at = ?2, due_at = ?2, resumed_at = ?3, changed_at = ?3 WHERE id = ?1",
        params![id.0, at.as_millis(), tx.now.as_millis()],
    )?;
    Ok(())
}

/// Resumes a paused campaign, not before its start.
pub(in crate::sqlite) fn resume(tx: &Tx<'_>, id: CampaignId) -> Result<(), Fault> {
    tx.run(
        "UPDATE campaign SET state = 'running', reason = NULL, due_at = max(starts_at, ?2), resumed_at = ?2, changed_at = ?2
         WHERE id = ?1",
        params![id.0, tx.now.as_millis()],
    )?;
    Ok(())
}

/// Sets the state of a campaign that does not run any more.
pub(in crate::sqlite) fn stop(
    tx: &Tx<'_>,
    id: CampaignId,
    state: CampaignState,
    reason: Option<PauseReason>,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE campaign SET state = ?2, reason = ?3, due_at = NULL, changed_at = ?4 WHERE id = ?1",
        params![id.0, state.as_str(), reason.map(PauseReason::as_str), tx.now.as_millis()],
    )?;
    Ok(())
}

/// Moves the next visit of a running campaign.
pub(in crate::sqlite) fn set_due(tx: &Tx<'_>, id: CampaignId, at: Timestamp) -> Result<(), Fault> {
    tx.run("UPDATE campaign SET due_at = ?2 WHERE id = ?1 AND state = 'running'", params![id.0, at.as_millis()])?;
    Ok(())
}

/// Returns the running campaigns of a number, without scheduled messages.
pub(in crate::sqlite) fn running(tx: &Tx<'_>, number: &PhoneNumberId) -> Result<Vec<CampaignId>, Fault> {
    tx.all(
        "SELECT id FROM campaign WHERE kind = 'campaign' AND state = 'running' AND +number = ?1",
        [number.as_str()],
        |row| row.get(0).map(CampaignId),
    )
}

/// A campaign that is due for a visit.
pub(in crate::sqlite) struct DueRow {
    pub(in crate::sqlite) id: CampaignId,
    pub(in crate::sqlite) kind: CampaignKind,
    pub(in crate::sqlite) plan: Bytes,
    pub(in crate::sqlite) resumed_at: Timestamp,
}

/// Returns up to `limit` campaigns of a number that are due for a visit, longest due first.
pub(in crate::sqlite) fn due(tx: &Tx<'_>, number: &PhoneNumberId, limit: usize) -> Result<Vec<DueRow>, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    tx.all(
        "SELECT id, kind, plan, coalesce(resumed_at, 0) FROM campaign
         WHERE number = ?1 AND due_at <= ?2 ORDER BY due_at LIMIT ?3",
        params![number.as_str(), tx.now.as_millis(), limit],
        |row| {
            Ok(DueRow {
                id: CampaignId(row.get(0)?),
                kind: read_kind(row, 1)?,
                plan: tx.conn.read(Column::CampaignPlan, row, 2)?.into(),
                resumed_at: Timestamp::from_millis(row.get(3)?),
            })
        },
    )
}

/// Returns the time until the next visit of a campaign of a number.
pub(in crate::sqlite) fn next_due_in(tx: &Tx<'_>, number: &PhoneNumberId) -> Result<Option<Duration>, Fault> {
    let due_at: Option<i64> = tx.one(
        "SELECT min(due_at) FROM campaign WHERE number = ?1 AND due_at IS NOT NULL",
        [number.as_str()],
        |row| row.get(0),
    )?;
    Ok(due_at.map(|due_at| Timestamp::from_millis(due_at).since(tx.now)))
}

macro_rules! record_columns {
    () => {
        "SELECT id, number, kind, name, state, reason, plan, starts_at, created_at, changed_at FROM campaign "
    };
}

/// Returns a campaign.
pub(in crate::sqlite) fn get(conn: &ContentConnection, id: CampaignId) -> Result<CampaignRecord, Fault> {
    let mut statement = conn.prepare_cached(concat!(record_columns!(), "WHERE id = ?1"))?;
    let found = statement.query_map([id.0], |row| read_record(conn, row))?.next().transpose()?;
    with_counts(conn, found.ok_or(Fault::Refused(Error::NotFound))?)
}

/// Returns up to `limit` campaigns of a kind, newest first.
pub(in crate::sqlite) fn list(
    conn: &ContentConnection,
    kind: CampaignKind,
    before: Option<CampaignId>,
    limit: usize,
) -> Result<Vec<CampaignRecord>, Fault> {
    let mut statement =
        conn.prepare_cached(concat!(record_columns!(), "WHERE kind = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3"))?;
    let before = before.map_or(i64::MAX, |id| id.0);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let found: Vec<_> = statement
        .query_map(params![kind.as_str(), before, limit], |row| read_record(conn, row))?
        .collect::<Result<_, _>>()?;
    found.into_iter().map(|record| with_counts(conn, record)).collect()
}

fn with_counts(conn: &ContentConnection, record: CampaignRecord) -> Result<CampaignRecord, Fault> {
    let is_cancelled = record.state == CampaignState::Cancelled;
    Ok(CampaignRecord { counts: campaign_recipient::counts(conn, record.id, is_cancelled)?, ..record })
}

fn read_record(conn: &ContentConnection, row: &Row<'_>) -> rusqlite::Result<CampaignRecord> {
    let reason = row.get::<_, Option<String>>(5)?;
    Ok(CampaignRecord {
        id: CampaignId(row.get(0)?),
        number: PhoneNumberId::new(row.get::<_, String>(1)?),
        kind: read_kind(row, 2)?,
        name: row.get(3)?,
        state: read_state(row, 4)?,
        reason: reason.as_deref().and_then(PauseReason::parse),
        plan: conn.read(Column::CampaignPlan, row, 6)?.into(),
        counts: crate::RecipientCounts::default(),
        starts_at: row.get::<_, Option<i64>>(7)?.map(Timestamp::from_millis),
        created_at: Timestamp::from_millis(row.get(8)?),
        changed_at: Timestamp::from_millis(row.get(9)?),
    })
}

/// Reads a column with the name of a state.
pub(in crate::sqlite) fn read_state(row: &Row<'_>, column: usize) -> rusqlite::Result<CampaignState> {
    let name = row.get_ref(column)?.as_str()?;
    CampaignState::parse(name).ok_or_else(|| unknown_name(column, name))
}

/// Reads a column with the name of a kind.
pub(in crate::sqlite) fn read_kind(row: &Row<'_>, column: usize) -> rusqlite::Result<CampaignKind> {
    let name = row.get_ref(column)?.as_str()?;
    CampaignKind::parse(name).ok_or_else(|| unknown_name(column, name))
}
