//! What statuses say of the messages that were sent.

use rusqlite::params;
use waxwing_types::MessageId;

use super::fault::Fault;
use super::tx::Tx;
use super::{outbox, send_queue};
use crate::{ConversationId, OutboxId, OutboxState, SendError, StatusKind, StatusUpdate, Timestamp};

/// What is known of an attempt's message.
struct News {
    state: OutboxState,
    error: Option<SendError>,
    at: Timestamp,
}

impl News {
    fn new(state: OutboxState, participant: Option<&str>, error: Option<(i64, String)>, seconds: i64) -> Self {
        let at = Timestamp::from_millis(seconds.saturating_mul(1000));
        match participant {
            // One participant of a group that cannot be reached does not make the message a failed one.
            Some(_) if state == OutboxState::Failed => Self { state: OutboxState::Accepted, error: None, at },
            _ => {
                let error = error.map(|(code, message)| SendError { code: Some(code), message });
                Self { state, error, at }
            }
        }
    }
}

/// The state that a status brings a row to.
pub(super) fn state(kind: StatusKind) -> OutboxState {
    match kind {
        StatusKind::Sent => OutboxState::Sent,
        StatusKind::Delivered => OutboxState::Delivered,
        StatusKind::Read => OutboxState::Read,
        StatusKind::Played => OutboxState::Played,
        StatusKind::Failed => OutboxState::Failed,
    }
}

/// Stores a status and applies it to the row that it is about, if that is known; tells whether it settled a send whose fate was unknown.
pub(super) fn take(tx: &Tx<'_>, update: &StatusUpdate) -> Result<bool, Fault> {
    let state = state(update.status);
    let token = update.callback_data.as_deref().and_then(|token| parse_token(tx, token));
    let named = match token {
        Some((id, attempt)) => tx.first(
            "SELECT message_id FROM attempt WHERE outbox = ?1 AND attempt = ?2",
            params![id.0, attempt],
            |row| Ok((id, attempt, row.get::<_, Option<String>>(0)?.is_some())),
        )?,
        None => None,
    };
    let known = match named {
        Some(_) => named,
        None => tx.first("SELECT outbox, attempt FROM attempt WHERE message_id = ?1", [update.id.as_str()], |row| {
            Ok((OutboxId(row.get(0)?), row.get(1)?, true))
        })?,
    };
    if token.is_some() && known.is_none() {
        // Of a message of ours that is gone: its user may have been forgotten, and nobody will ask for it again.
        return Ok(false);
    }
    let (code, title) = update.error.as_ref().map(|(code, title)| (*code, title.as_str())).unzip();
    tx.run(
        "INSERT INTO status (message_id, kind, at, participant, callback_data, error_code, error, body, received_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            update.id.as_str(),
            state.as_str(),
            update.at,
            update.participant,
            update.callback_data,
            code,
            title,
            &update.body[..],
            tx.now.as_millis(),
        ],
    )?;
    let news = News::new(state, update.participant.as_deref(), update.error.clone(), update.at);
    match known {
        Some((id, attempt, true)) => apply(tx, id, attempt, &news),
        Some((id, attempt, false)) => learn(tx, id, attempt, &update.id),
        None => Ok(false),
    }
}

/// The attempt that a token of this database names, whether or not there is one.
pub(super) fn parse_token(tx: &Tx<'_>, token: &str) -> Option<(OutboxId, u32)> {
    let (row, attempt) = token.strip_prefix(tx.namespace)?.strip_prefix('.')?.split_once('.')?;
    Some((OutboxId(row.parse().ok()?), attempt.parse().ok()?))
}

/// Records Meta's id of an attempt's message, which proves that Meta took it, and applies what statuses have said of it so far.
///
/// Returns true if this settled a send whose fate was unknown.
pub(super) fn learn(tx: &Tx<'_>, id: OutboxId, attempt: u32, message: &MessageId) -> Result<bool, Fault> {
    tx.run(
        "UPDATE attempt SET message_id = ?3, accepted_at = coalesce(accepted_at, ?4) WHERE outbox = ?1 AND attempt = ?2",
        params![id.0, attempt, message.as_str(), tx.now.as_millis()],
    )?;
    let said = tx.all(
        "SELECT kind, participant, error_code, error, at FROM status WHERE message_id = ?1 ORDER BY id",
        [message.as_str()],
        |row| {
            let participant: Option<String> = row.get(1)?;
            let error = row.get::<_, Option<i64>>(2)?.zip(row.get(3)?);
            Ok(News::new(outbox::read_state(row, 0)?, participant.as_deref(), error, row.get(4)?))
        },
    )?;
    // Only the highest: an attempt that is known to have failed must not look accepted on the way there.
    let taken = News { state: OutboxState::Accepted, error: None, at: tx.now };
    let news = said.into_iter().max_by_key(|news| rank(news.state)).unwrap_or(taken);
    apply(tx, id, attempt, &news)
}

/// What a row is before news of one of its attempts is applied.
struct Known {
    conversation: ConversationId,
    state: OutboxState,
    attempts: u32,
    uncounted_attempts: u32,
    /// The message of the attempt that brought it there, and that of this one.
    shown: Option<String>,
    message: Option<String>,
    of_attempt: Option<OutboxState>,
    /// Whether another copy, sent in doubt, has reached the user.
    has_arrived: bool,
}

/// Applies news of an attempt to it and to its row: the highest rank wins, and a failure is final. Of several copies of a message, one that arrived is enough.
fn apply(tx: &Tx<'_>, id: OutboxId, attempt: u32, news: &News) -> Result<bool, Fault> {
    let known = tx.one(
        "SELECT o.conversation, o.state, o.attempts, o.uncounted_attempts, a.message_id, a.state, o.message_id, EXISTS (
             SELECT 1 FROM attempt c WHERE c.outbox = o.id AND c.attempt > o.uncounted_attempts AND c.attempt <> a.attempt
                 AND c.state IN ('delivered', 'read', 'played'))
         FROM outbox o JOIN attempt a ON a.outbox = o.id WHERE o.id = ?1 AND a.attempt = ?2",
        params![id.0, attempt],
        |row| {
            let of_attempt = match row.get_ref(5)?.as_str_or_null()? {
                Some(_) => Some(outbox::read_state(row, 5)?),
                None => None,
            };
            Ok(Known {
                conversation: ConversationId(row.get(0)?),
                state: outbox::read_state(row, 1)?,
                attempts: row.get(2)?,
                uncounted_attempts: row.get(3)?,
                message: row.get(4)?,
                of_attempt,
                shown: row.get(6)?,
                has_arrived: row.get(7)?,
            })
        },
    )?;
    if known.of_attempt.is_some_and(|of_attempt| rank(of_attempt) >= rank(news.state)) {
        return Ok(false);
    }
    tx.run(
        "UPDATE attempt SET state = ?3 WHERE outbox = ?1 AND attempt = ?2",
        params![id.0, attempt, news.state.as_str()],
    )?;
    // The failure of one attempt says nothing of a later one, nor of the one that an operator has asked for since.
    let superseded = attempt < known.attempts || attempt <= known.uncounted_attempts || known.has_arrived;
    if news.state == OutboxState::Failed && superseded {
        return Ok(false);
    }
    let of_another = attempt > known.uncounted_attempts && known.shown != known.message;
    let arrives_after_all = known.state == OutboxState::Failed && of_another && has_arrived(news.state);
    if rank(known.state) >= rank(news.state) && !arrives_after_all {
        return Ok(false);
    }
    let (code, title) = news.error.as_ref().map(|error| (error.code, error.message.as_str())).unzip();
    tx.run(
        "UPDATE outbox SET state = ?2, error_code = ?3, error = ?4, message_id = ?5, changed_at = ?6 WHERE id = ?1",
        params![id.0, news.state.as_str(), code, title, known.message, tx.now.as_millis()],
    )?;
    outbox::tell(tx, id, news.at)?;
    outbox::drop_media(tx, id)?;
    // A lane that is held goes on when its holder settles.
    send_queue::refresh(tx, known.conversation)?;
    Ok(matches!(known.state, OutboxState::InDoubt | OutboxState::Queued))
}

fn has_arrived(state: OutboxState) -> bool {
    matches!(state, OutboxState::Delivered | OutboxState::Read | OutboxState::Played)
}

/// None for what is not known to have been taken by Meta.
fn rank(state: OutboxState) -> Option<u8> {
    match state {
        OutboxState::Queued | OutboxState::Sending | OutboxState::InDoubt | OutboxState::DeadLetter => None,
        OutboxState::Accepted => Some(0),
        OutboxState::Sent => Some(1),
        OutboxState::Delivered => Some(2),
        OutboxState::Read => Some(3),
        OutboxState::Played => Some(4),
        OutboxState::Failed => Some(5),
    }
}
