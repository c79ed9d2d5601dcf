//! Pending work of a restored database.
//!
//! The server that wrote the backup may have done the work after the backup. Doing it again would send messages twice, so an operator decides.

use rusqlite::params;

use crate::sqlite::fault::Fault;
use crate::sqlite::outbox::Ending;
use crate::sqlite::tables::{attempt, campaign, campaign_recipient, conversation, inbox, outbox as rows, send_queue};
use crate::sqlite::tx::Tx;
use crate::sqlite::{commit, outbox};
use crate::{
    CampaignId, CampaignKind, CampaignState, ConversationId, HeldWork, Lease, MessageOutcome, OutboxId, OutboxState,
    PauseReason, RunId, SendError, TurnCommit,
};

/// Reason of an outgoing message that is held.
const MAY_BE_SENT: &str =
    "restored from a backup; the message may have been sent after the backup, so it is sent only if it is requeued";

/// Reason of a received message without an answer.
const MAY_BE_ANSWERED: &str = "restored from a backup; the message may have been answered after the backup";

/// Gives new rows larger ids than the rows that were written after the backup: ids continue with the time in milliseconds, and no database gets
/// more than one row in each millisecond of its life. Events, conversation keys and tokens of the lost rows then name no other row.
pub(super) fn advance_ids(tx: &Tx<'_>) -> Result<(), Fault> {
    let mut statement = tx
        .conn
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%PRIMARY KEY AUTOINCREMENT%'")?;
    let tables: Vec<String> = statement.query_map((), |row| row.get(0))?.collect::<Result<_, _>>()?;
    for table in tables {
        let parameters = params![table, tx.now.as_millis()];
        let sql = "UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1";
        if tx.conn.execute(sql, parameters)? == 0 {
            tx.conn.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)", parameters)?;
        }
    }
    Ok(())
}

/// Holds the pending work of a database whose leases have ended.
pub(super) fn hold(tx: &Tx<'_>) -> Result<HeldWork, Fault> {
    let outgoing = hold_outgoing(tx)?;
    let unanswered = record_unanswered(tx)?;
    let (campaigns, scheduled) = hold_campaigns(tx)?;
    Ok(HeldWork { outgoing, unanswered, campaigns, scheduled })
}

/// A message of the outbox that waits, or whose outcome is unknown.
struct OpenRow {
    id: OutboxId,
    conversation: ConversationId,
    state: OutboxState,
    attempts: u32,
}

/// Makes the open and parked messages dead letters. Each gets an attempt for the one that may have been made after the backup, so that a status
/// that arrives later proves it.
fn hold_outgoing(tx: &Tx<'_>) -> Result<u64, Fault> {
    // Parts that need an earlier part come first, so that they get their own reason.
    let mut statement = tx.conn.prepare(
        "SELECT id, conversation, state, attempts FROM outbox WHERE state IN ('queued', 'sending', 'in_doubt', 'parked')
         ORDER BY conversation, position DESC",
    )?;
    let read = |row: &rusqlite::Row<'_>| {
        let (id, conversation) = (OutboxId(row.get(0)?), ConversationId(row.get(1)?));
        Ok(OpenRow { id, conversation, state: rows::read_state(row, 2)?, attempts: row.get(3)? })
    };
    let open: Vec<OpenRow> = statement.query_map((), read)?.collect::<Result<_, _>>()?;
    let error = SendError { code: None, message: MAY_BE_SENT.into() };
    for OpenRow { id, state, attempts, .. } in &open {
        let mut number = *attempts;
        if matches!(state, OutboxState::Queued | OutboxState::Parked) {
            number += 1;
            attempt::insert(tx, *id, number)?;
            rows::set_sending(tx, *id, number)?;
        }
        attempt::set_outcome_recorded(tx, *id, number)?;
        attempt::set_error(tx, *id, number, &error)?;
        // The result of a recipient of a campaign is unknown then, and not a failure.
        rows::set_waiting(tx, *id, OutboxState::InDoubt, tx.now)?;
        outbox::end(tx, *id, &Ending::dead_letter(&error))?;
    }
    for row in &open {
        send_queue::release(tx, row.conversation)?;
        send_queue::update_due(tx, row.conversation)?;
    }
    Ok(u64::try_from(open.len()).unwrap_or(u64::MAX))
}

/// Records the pending messages as received without an answer, so that the next turn finds them in the history.
fn record_unanswered(tx: &Tx<'_>) -> Result<u64, Fault> {
    let mut statement = tx.conn.prepare("SELECT DISTINCT conversation FROM inbox WHERE outcome IS NULL")?;
    let conversations: Vec<_> =
        statement.query_map((), |row| row.get(0).map(ConversationId))?.collect::<Result<_, _>>()?;
    let mut total = 0;
    for id in conversations {
        loop {
            let row = conversation::hold(tx, id, tx.now)?;
            let pending = inbox::pending(tx, id)?;
            if pending.is_empty() {
                conversation::release(tx, id, tx.now)?;
                break;
            }
            total += u64::try_from(pending.len()).unwrap_or(u64::MAX);
            let ignored = || MessageOutcome::Ignored(MAY_BE_ANSWERED.into());
            let run = RunId(format!("restore-{}-{}", tx.now.as_millis(), row.epoch));
            let outcomes = pending.iter().map(|message| (message.seq, ignored())).collect();
            let lease = Lease { conversation: id, epoch: row.epoch };
            commit::commit(tx, &lease, &TurnCommit { outcomes, ..TurnCommit::new(run) })?;
        }
    }
    Ok(total)
}

/// A campaign that is not over.
struct OpenCampaign {
    id: CampaignId,
    kind: CampaignKind,
    state: CampaignState,
    /// Whether its start was due after the backup.
    has_started: bool,
}

/// Pauses the campaigns that had started, and ends the scheduled messages whose time has come. Returns the numbers of both.
fn hold_campaigns(tx: &Tx<'_>) -> Result<(u64, u64), Fault> {
    let mut statement = tx.conn.prepare(
        "SELECT id, kind, state, coalesce(starts_at, 0) <= ?1 FROM campaign WHERE state IN ('running', 'paused')",
    )?;
    let read = |row: &rusqlite::Row<'_>| {
        let (kind, state) = (campaign::read_kind(row, 1)?, campaign::read_state(row, 2)?);
        Ok(OpenCampaign { id: CampaignId(row.get(0)?), kind, state, has_started: row.get(3)? })
    };
    let open: Vec<OpenCampaign> = statement.query_map([tx.now.as_millis()], read)?.collect::<Result<_, _>>()?;
    let (mut campaigns, mut scheduled) = (0, 0);
    for OpenCampaign { id, kind, state, has_started } in open {
        if state == CampaignState::Running && !has_started {
            continue;
        }
        if kind == CampaignKind::Campaign {
            campaign::stop(tx, id, CampaignState::Paused, Some(PauseReason::Restored))?;
            campaigns += 1;
        } else {
            scheduled += campaign_recipient::restored::set_unknown(tx, id, MAY_BE_SENT)?;
            campaign::stop(tx, id, CampaignState::Finished, None)?;
        }
    }
    Ok((campaigns, scheduled))
}
