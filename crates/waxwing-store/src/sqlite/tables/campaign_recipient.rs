//! Table `campaign_recipient`: recipients of campaigns. A trigger applies the states of outbox rows.

pub(in crate::sqlite) mod restored;

use rusqlite::{Connection, Row, params};
use waxwing_types::{Bsuid, PhoneNumberId, UserProfile, WaId};

use super::outbox::read_error;
use crate::sqlite::content::ContentConnection;
use crate::sqlite::fault::{Fault, unknown_name};
use crate::sqlite::tx::Tx;
use crate::vault::Column;
use crate::{
    CampaignId, ConversationId, NewRecipient, OutboxId, RecipientCounts, RecipientQuery, RecipientRecord,
    RecipientState, RunId, SendResult, SkipReason, Timestamp, WaitingRecipient,
};

/// Inserts a waiting recipient, unless the campaign has the address. Returns whether it was inserted.
pub(in crate::sqlite) fn insert(
    tx: &Tx<'_>,
    campaign: CampaignId,
    place: u32,
    new: &NewRecipient,
) -> Result<bool, Fault> {
    let bsuid = new.user.bsuid.as_ref().map(Bsuid::as_str);
    let address = bsuid.or(new.user.wa_id.as_ref().map(WaId::as_str)).unwrap_or_default();
    let data = tx.conn.seal(Column::RecipientData, None, &new.data)?;
    let inserted = tx.run(
        "INSERT INTO campaign_recipient (campaign, place, address, is_bsuid, data, state, due_at)
         VALUES (?1, ?2, ?3, ?4, ?5, 'waiting', ?6) ON CONFLICT DO NOTHING",
        params![campaign.0, place, address, bsuid.is_some(), data, tx.now.as_millis()],
    )?;
    Ok(inserted > 0)
}

/// Inserts the recipient of a scheduled message.
pub(in crate::sqlite) fn insert_scheduled(
    tx: &Tx<'_>,
    campaign: CampaignId,
    conversation: ConversationId,
    data: &[u8],
    due_at: Timestamp,
) -> Result<(), Fault> {
    let data = tx.conn.seal(Column::RecipientData, Some(conversation), data)?;
    tx.run(
        "INSERT INTO campaign_recipient (campaign, place, address, is_bsuid, conversation, data, state, due_at)
         VALUES (?1, 1, '', 0, ?2, ?3, 'waiting', ?4)",
        params![campaign.0, conversation.0, data, due_at.as_millis()],
    )?;
    Ok(())
}

/// Returns the number of scheduled messages of a conversation that wait.
pub(in crate::sqlite) fn count_scheduled(tx: &Tx<'_>, conversation: ConversationId) -> Result<u32, Fault> {
    tx.one(
        "SELECT count(*) FROM campaign_recipient r JOIN campaign c ON c.id = r.campaign
         WHERE r.conversation = ?1 AND r.state = 'waiting' AND c.kind <> 'campaign' AND c.state IN ('running', 'paused')",
        [conversation.0],
        |row| row.get(0),
    )
}

/// Returns the number of recipients of a campaign in a state, at most `limit`.
pub(in crate::sqlite) fn count(
    tx: &Tx<'_>,
    campaign: CampaignId,
    state: RecipientState,
    limit: u32,
) -> Result<u32, Fault> {
    tx.one(
        "SELECT count(*) FROM (SELECT 1 FROM campaign_recipient WHERE campaign = ?1 AND state = ?2 LIMIT ?3)",
        params![campaign.0, state.as_str(), limit],
        |row| row.get(0),
    )
}

/// Returns up to `limit` waiting recipients that are due, in the order of their times.
pub(in crate::sqlite) fn due(tx: &Tx<'_>, campaign: CampaignId, limit: u32) -> Result<Vec<WaitingRecipient>, Fault> {
    tx.all(
        "SELECT place, data FROM campaign_recipient
         WHERE campaign = ?1 AND state = 'waiting' AND due_at <= ?2 ORDER BY due_at, place LIMIT ?3",
        params![campaign.0, tx.now.as_millis(), limit],
        |row| read_waiting(tx.conn, row),
    )
}

fn read_waiting(conn: &ContentConnection, row: &Row<'_>) -> rusqlite::Result<WaitingRecipient> {
    Ok(WaitingRecipient { place: row.get(0)?, data: conn.read(Column::RecipientData, row, 1)?.into() })
}

/// Returns the time at which the next waiting recipient is due.
pub(in crate::sqlite) fn next_due_at(tx: &Tx<'_>, campaign: CampaignId) -> Result<Option<Timestamp>, Fault> {
    let due_at: Option<i64> = tx.one(
        "SELECT min(due_at) FROM campaign_recipient WHERE campaign = ?1 AND state = 'waiting'",
        [campaign.0],
        |row| row.get(0),
    )?;
    Ok(due_at.map(Timestamp::from_millis))
}

/// Returns the last results of sends since a time, newest first.
pub(in crate::sqlite) fn results(
    tx: &Tx<'_>,
    campaign: CampaignId,
    since: Timestamp,
    limit: u32,
) -> Result<Vec<SendResult>, Fault> {
    tx.all(
        "SELECT state = 'failed', error_code FROM campaign_recipient
         WHERE campaign = ?1 AND ended_at > ?2 ORDER BY ended_at DESC LIMIT ?3",
        params![campaign.0, since.as_millis(), limit],
        |row| {
            let is_failed: bool = row.get(0)?;
            Ok(if is_failed { SendResult::Failed(row.get(1)?) } else { SendResult::Sent })
        },
    )
}

/// A waiting recipient of a running campaign.
pub(in crate::sqlite) struct WaitingRow {
    pub(in crate::sqlite) number: PhoneNumberId,
    pub(in crate::sqlite) is_list: bool,
    pub(in crate::sqlite) user: UserProfile,
    pub(in crate::sqlite) conversation: Option<ConversationId>,
    pub(in crate::sqlite) busy_since: Option<Timestamp>,
}

/// Returns a recipient, if it waits and its campaign runs.
pub(in crate::sqlite) fn waiting(tx: &Tx<'_>, campaign: CampaignId, place: u32) -> Result<Option<WaitingRow>, Fault> {
    tx.first(
        "SELECT c.number, c.kind = 'campaign', r.address, r.is_bsuid, r.conversation, r.busy_since
         FROM campaign_recipient r JOIN campaign c ON c.id = r.campaign
         WHERE r.campaign = ?1 AND r.place = ?2 AND r.state = 'waiting' AND c.state = 'running'",
        params![campaign.0, place],
        |row| {
            let (address, is_bsuid): (String, bool) = (row.get(2)?, row.get(3)?);
            let user = if is_bsuid { Bsuid::new(address).into() } else { WaId::new(address).into() };
            Ok(WaitingRow {
                number: PhoneNumberId::new(row.get::<_, String>(0)?),
                is_list: row.get(1)?,
                user,
                conversation: row.get::<_, Option<i64>>(4)?.map(ConversationId),
                busy_since: row.get::<_, Option<i64>>(5)?.map(Timestamp::from_millis),
            })
        },
    )
}

/// Tells whether another recipient of the campaign has this conversation.
pub(in crate::sqlite) fn has_other(
    tx: &Tx<'_>,
    campaign: CampaignId,
    place: u32,
    conversation: ConversationId,
) -> Result<bool, Fault> {
    let found = tx.first(
        "SELECT 1 FROM campaign_recipient WHERE conversation = ?1 AND campaign = ?2 AND place <> ?3 LIMIT 1",
        params![conversation.0, campaign.0, place],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// Records that a recipient is tried again later.
pub(in crate::sqlite) fn set_later(
    tx: &Tx<'_>,
    campaign: CampaignId,
    place: u32,
    due_at: Timestamp,
    busy_since: Option<Timestamp>,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE campaign_recipient SET due_at = ?3, busy_since = coalesce(?4, busy_since)
         WHERE campaign = ?1 AND place = ?2",
        params![campaign.0, place, due_at.as_millis(), busy_since.map(Timestamp::as_millis)],
    )?;
    Ok(())
}

/// Records that a recipient gets no message.
pub(in crate::sqlite) fn set_skipped(
    tx: &Tx<'_>,
    campaign: CampaignId,
    place: u32,
    reason: SkipReason,
    error: &str,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE campaign_recipient SET state = 'skipped', reason = ?3, error = ?4 WHERE campaign = ?1 AND place = ?2",
        params![campaign.0, place, reason.as_str(), error],
    )?;
    Ok(())
}

/// Records that the message of a recipient is in the outbox, with the time if the service window is closed.
pub(in crate::sqlite) fn set_queued(
    tx: &Tx<'_>,
    (campaign, place): (CampaignId, u32),
    conversation: ConversationId,
    row: OutboxId,
    outside_at: Option<Timestamp>,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE campaign_recipient SET state = 'queued', conversation = ?3, outbox = ?4, outside_at = ?5
         WHERE campaign = ?1 AND place = ?2",
        params![campaign.0, place, conversation.0, row.0, outside_at.map(Timestamp::as_millis)],
    )?;
    Ok(())
}

/// A queued message that Meta has certainly not accepted: a message of a list, which is queued again only after refusals, or a scheduled message
/// without an attempt.
pub(in crate::sqlite) struct UnsentRow {
    pub(in crate::sqlite) campaign: CampaignId,
    pub(in crate::sqlite) place: u32,
    pub(in crate::sqlite) row: OutboxId,
    /// The conversation that has the message in its send queue.
    pub(in crate::sqlite) queue: ConversationId,
    /// The conversation that has the message in its log. Another one than `queue` after an identity change that joined conversations.
    pub(in crate::sqlite) log: ConversationId,
    pub(in crate::sqlite) run: RunId,
}

/// The query for messages that Meta has certainly not accepted.
macro_rules! select_unsent {
    ($index:literal, $filter:literal) => {
        select_unsent!(
            "r.campaign, r.place, o.id, o.conversation, coalesce(r.conversation, o.conversation), o.run",
            $index,
            $filter
        )
    };
    ($columns:literal, $index:literal, $filter:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM campaign_recipient r INDEXED BY ",
            $index,
            " JOIN outbox o ON o.id = r.outbox
             WHERE r.state = 'queued' AND o.state = 'queued' AND (o.class = 'campaign' OR o.attempts = 0) AND ",
            $filter
        )
    };
}

fn read_unsent(row: &Row<'_>) -> rusqlite::Result<UnsentRow> {
    Ok(UnsentRow {
        campaign: CampaignId(row.get(0)?),
        place: row.get(1)?,
        row: OutboxId(row.get(2)?),
        queue: ConversationId(row.get(3)?),
        log: ConversationId(row.get(4)?),
        run: RunId(row.get(5)?),
    })
}

/// Reads the queued recipients only, which are few. The primary key would read all recipients.
const UNSENT: &str = select_unsent!("campaign_recipient_state", "r.campaign = ?1");

/// Returns the unsent messages of a campaign.
pub(in crate::sqlite) fn unsent(tx: &Tx<'_>, campaign: CampaignId) -> Result<Vec<UnsentRow>, Fault> {
    tx.all(UNSENT, [campaign.0], read_unsent)
}

/// Returns the recipients of the unsent messages of a campaign, in the order of their places.
pub(in crate::sqlite) fn list_unsent(
    conn: &ContentConnection,
    campaign: CampaignId,
) -> Result<Vec<WaitingRecipient>, Fault> {
    let query = select_unsent!("r.place, r.data", "campaign_recipient_state", "r.campaign = ?1 ORDER BY r.place");
    let mut statement = conn.prepare_cached(query)?;
    let rows = statement.query_map([campaign.0], |row| read_waiting(conn, row))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Returns an unsent message of a campaign that was paused or cancelled.
pub(in crate::sqlite) fn unsent_of_stopped(tx: &Tx<'_>, row: OutboxId) -> Result<Option<UnsentRow>, Fault> {
    tx.first(
        select_unsent!(
            "campaign_recipient_outbox",
            "r.outbox = ?1 AND (SELECT state <> 'running' FROM campaign c WHERE c.id = r.campaign)"
        ),
        [row.0],
        read_unsent,
    )
}

/// Returns a recipient to those that wait.
pub(in crate::sqlite) fn set_waiting(tx: &Tx<'_>, campaign: CampaignId, place: u32) -> Result<(), Fault> {
    tx.run(
        "UPDATE campaign_recipient SET state = 'waiting', outbox = NULL, outside_at = NULL, due_at = ?3
         WHERE campaign = ?1 AND place = ?2",
        params![campaign.0, place, tx.now.as_millis()],
    )?;
    Ok(())
}

/// Gives the recipients of a conversation another one.
pub(in crate::sqlite) fn move_all(tx: &Tx<'_>, from: ConversationId, to: ConversationId) -> Result<(), Fault> {
    tx.run("UPDATE campaign_recipient SET conversation = ?2 WHERE conversation = ?1", [from.0, to.0])?;
    Ok(())
}

/// Returns the numbers of recipients by state. Those of a cancelled campaign that waited are cancelled.
pub(in crate::sqlite) fn counts(
    conn: &Connection,
    campaign: CampaignId,
    is_cancelled: bool,
) -> Result<RecipientCounts, Fault> {
    let mut statement =
        conn.prepare_cached("SELECT state, count(*) FROM campaign_recipient WHERE campaign = ?1 GROUP BY state")?;
    let rows = statement.query_map([campaign.0], |row| Ok((read_state(row, 0, is_cancelled)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The index covers the query, which each visit of a campaign makes. The times of messages that failed are negative.
const OUTSIDE_SINCE: &str = "SELECT count(DISTINCT conversation) FROM campaign_recipient INDEXED BY campaign_recipient_outside WHERE outside_at > ?1";

/// Returns the number of different conversations with a message outside the service window since a time. Messages that failed do not count.
pub(in crate::sqlite) fn outside_since(conn: &Connection, since: Timestamp) -> Result<u64, Fault> {
    let mut statement = conn.prepare_cached(OUTSIDE_SINCE)?;
    Ok(statement.query_row([since.as_millis()], |row| row.get::<_, i64>(0))?.unsigned_abs())
}

macro_rules! select_records {
    ($index:literal, $filter:literal) => {
        concat!(
            "SELECT place, address, state, reason, error_code, error, outbox, conversation, due_at FROM campaign_recipient ",
            $index,
            " WHERE campaign = ?1 AND place > ?2",
            $filter,
            " ORDER BY place LIMIT ?3"
        )
    };
}

/// Reads the recipients in the state only. The primary key would read all recipients.
const BY_STATE: &str = select_records!("INDEXED BY campaign_recipient_state", " AND state = ?4");

/// Returns recipients in the order of their places.
pub(in crate::sqlite) fn list(
    conn: &Connection,
    campaign: CampaignId,
    query: RecipientQuery,
    is_cancelled: bool,
) -> Result<Vec<RecipientRecord>, Fault> {
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    let read = |row: &Row<'_>| read_record(row, is_cancelled);
    let stored = match query.state {
        // The recipients of a cancelled campaign stay as they are.
        Some(RecipientState::Cancelled) if is_cancelled => Some(RecipientState::Waiting),
        Some(RecipientState::Waiting) if is_cancelled => return Ok(Vec::new()),
        state => state,
    };
    let rows: Vec<_> = if let Some(state) = stored {
        let mut statement = conn.prepare_cached(BY_STATE)?;
        let params = params![campaign.0, query.after, limit, state.as_str()];
        statement.query_map(params, read)?.collect::<Result<_, _>>()?
    } else {
        let mut statement = conn.prepare_cached(select_records!("", ""))?;
        statement.query_map(params![campaign.0, query.after, limit], read)?.collect::<Result<_, _>>()?
    };
    Ok(rows)
}

fn read_record(row: &Row<'_>, is_cancelled: bool) -> rusqlite::Result<RecipientRecord> {
    let reason = row.get::<_, Option<String>>(3)?;
    Ok(RecipientRecord {
        place: row.get(0)?,
        address: row.get(1)?,
        state: read_state(row, 2, is_cancelled)?,
        reason: reason.as_deref().and_then(SkipReason::parse),
        error: read_error(row, 4)?,
        message: row.get::<_, Option<i64>>(6)?.map(OutboxId),
        conversation: row.get::<_, Option<i64>>(7)?.map(ConversationId),
        due_at: Timestamp::from_millis(row.get(8)?),
    })
}

fn read_state(row: &Row<'_>, column: usize, is_cancelled: bool) -> rusqlite::Result<RecipientState> {
    let name = row.get_ref(column)?.as_str()?;
    match RecipientState::parse(name) {
        Some(RecipientState::Waiting) if is_cancelled => Ok(RecipientState::Cancelled),
        Some(state) => Ok(state),
        None => Err(unknown_name(column, name)),
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::{BY_STATE, OUTSIDE_SINCE, UNSENT};
    use crate::sqlite::schema;

    /// Returns how SQLite carries out a query in a database without statistics, as in production.
    fn plan(sql: &str) -> String {
        let mut conn = Connection::open_in_memory().unwrap();
        schema::migrate(&mut conn).unwrap();
        let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let parameters = vec![rusqlite::types::Null; statement.parameter_count()];
        let steps = statement.query_map(rusqlite::params_from_iter(parameters), |row| row.get::<_, String>(3)).unwrap();
        steps.collect::<Result<Vec<_>, _>>().unwrap().join("; ")
    }

    #[test]
    fn the_cost_of_a_visit_does_not_grow_with_the_campaign() {
        assert!(plan(OUTSIDE_SINCE).contains("USING COVERING INDEX campaign_recipient_outside (outside_at>?)"));
        assert!(plan(UNSENT).contains("USING INDEX campaign_recipient_state (campaign=? AND state=?)"));
    }

    #[test]
    fn a_page_of_a_state_reads_no_other_recipients() {
        let plan = plan(BY_STATE);
        assert!(plan.contains("USING INDEX campaign_recipient_state (campaign=? AND state=? AND place>?)"), "{plan}");
        assert!(!plan.contains("ORDER BY"), "{plan}");
    }
}
