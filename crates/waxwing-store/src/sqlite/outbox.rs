//! Life of outbox rows: queue, refusal, dead letter, delivery events.

use std::time::Duration;

use waxwing_types::{Address, MessageId, OutboundContent};

use super::fault::Fault;
use super::outgoing;
use super::tables::conversation::{self, window};
use super::tables::outbox::fallback::{self, EndedRow};
use super::tables::outbox::parked as rows_parked;
use super::tables::outbox::{self, RowPart, unreported};
use super::tables::{outbox_media, send_queue, uploaded_media};
use super::tx::Tx;
use crate::{
    ConversationId, Draft, Error, EventType, MAX_PARKED, OutboxClass, OutboxId, OutboxState, RunId, SendError,
    Timestamp, Upload,
};

/// Age from which a fallback is not sent any more when a failure becomes known after the acceptance: it would answer a question of long ago.
const LATE_FALLBACK_MAX_AGE: Duration = Duration::from_mins(10);

/// Time before the end of the service window from which nothing is queued.
const WINDOW_MARGIN: Duration = Duration::from_mins(1);

/// Queues a message at the end of a send queue. The due time of the queue is not updated.
pub(super) fn push(
    tx: &Tx<'_>,
    conversation: ConversationId,
    part: RowPart<'_>,
    draft: &Draft,
) -> Result<OutboxId, Fault> {
    let row = outbox::insert(tx, conversation, part, draft)?;
    if let Some(upload) = &draft.upload {
        outbox_media::insert(tx, conversation, row, upload)?;
    }
    Ok(row)
}

/// Queues a message that no turn asked for, in a run of its own. Returns its row.
pub(super) fn push_own(
    tx: &Tx<'_>,
    conversation: ConversationId,
    run: &RunId,
    message: OwnMessage<'_>,
) -> Result<OutboxId, Fault> {
    let to = conversation::get(tx, conversation)?.peer.address().ok_or(Fault::Refused(Error::NotFound))?;
    push_own_to(tx, conversation, to, run, message)
}

/// Queues a message that no turn asked for to the address of the conversation.
pub(super) fn push_own_to(
    tx: &Tx<'_>,
    conversation: ConversationId,
    to: Address,
    run: &RunId,
    message: OwnMessage<'_>,
) -> Result<OutboxId, Fault> {
    let OwnMessage { content, upload, from_operator, class } = message;
    let draft = Draft {
        to,
        content: content.clone(),
        reply_to: None,
        callback_data: None,
        upload: upload.cloned(),
        needs_previous: false,
        fallback: None,
    };
    // A message of a campaign that was taken back leaves its part free.
    let number = outbox::next_part(tx, conversation, run)?;
    let part = RowPart { run, number, interim: None, from_operator, agent: None, class };
    let row = push(tx, conversation, part, &draft)?;
    send_queue::update_due(tx, conversation)?;
    Ok(row)
}

/// A message that no turn asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct OwnMessage<'a> {
    pub(super) content: &'a OutboundContent,
    pub(super) upload: Option<&'a Upload>,
    /// Whether a person wrote the message.
    pub(super) from_operator: bool,
    pub(super) class: OutboxClass,
}

/// How a row ends without delivery.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ending<'a> {
    /// `failed` if Meta refused the message, `dead_letter` if the message is given up.
    pub(super) state: OutboxState,
    pub(super) error: &'a SendError,
    pub(super) use_fallback: bool,
}

impl<'a> Ending<'a> {
    /// Returns the ending of a row that is given up. Its fallback is not sent.
    pub(super) fn dead_letter(error: &'a SendError) -> Self {
        Self { state: OutboxState::DeadLetter, error, use_fallback: false }
    }
}

/// Ends an open row without delivery. Its fallback takes its position; without a fallback, the queued rows that need it end as well.
pub(super) fn end(tx: &Tx<'_>, row: OutboxId, ending: &Ending<'_>) -> Result<(), Fault> {
    let ended = fallback::set_ended(tx, row, ending.state, ending.error)?;
    // The medium may be the reason.
    uploaded_media::delete_of(tx, row)?;
    publish(tx, row, tx.now)?;
    if ending.use_fallback && fallback::queue(tx, row, &ended, ended.position)? {
        return Ok(());
    }
    let reason = match ending.state {
        OutboxState::Failed => "was refused",
        _ => "of the same reply was not sent",
    };
    end_dependents(tx, ended, ending.state, reason)
}

/// Parks an open row, so that later rows do not wait for it. The first parked message of a conversation is replaced by `replacement` at its
/// position.
pub(super) fn park(
    tx: &Tx<'_>,
    row: OutboxId,
    error: &SendError,
    replacement: Option<&OutboundContent>,
) -> Result<(), Fault> {
    let ended = fallback::get_ended(tx, row)?;
    let others = rows_parked::count(tx, ended.conversation)?;
    if others >= MAX_PARKED {
        let message = format!("{}; {MAX_PARKED} messages wait already", error.message);
        let error = SendError { message, ..error.clone() };
        return end(tx, row, &Ending { state: OutboxState::Failed, error: &error, use_fallback: false });
    }
    rows_parked::park(tx, row, error)?;
    publish(tx, row, tx.now)?;
    match replacement {
        Some(replacement) if others == 0 => {
            rows_parked::insert_replacement(tx, (ended.conversation, row), ended.position, replacement)
        }
        _ => Ok(()),
    }
}

/// Records that the agent knows of undelivered messages. Parked ones among them are queued if `sends_parked` is set, and given up else.
pub(super) fn set_reported(
    tx: &Tx<'_>,
    conversation: ConversationId,
    reported: &[OutboxId],
    sends_parked: bool,
) -> Result<(), Fault> {
    for row in reported {
        match outbox::state(tx, *row)? {
            Some((owner, OutboxState::Parked)) if owner == conversation => {
                if sends_parked {
                    outbox::requeue(tx, *row, conversation)?;
                    publish(tx, *row, tx.now)?;
                    continue;
                }
                rows_parked::give_up(tx, *row)?;
                publish(tx, *row, tx.now)?;
            }
            _ => {}
        }
        unreported::set_reported(tx, conversation, *row)?;
    }
    Ok(())
}

/// Handles a failure that a status reported after Meta had accepted the message. Returns whether the fallback of the row was queued: at the end
/// of the send queue, and only while the row is young and the service window is open.
pub(super) fn fail_late(tx: &Tx<'_>, row: OutboxId, allows_fallback: bool) -> Result<bool, Fault> {
    let ended = fallback::get_ended(tx, row)?;
    let is_young = tx.now.since(ended.queued_at) < LATE_FALLBACK_MAX_AGE;
    if allows_fallback && is_young && window::rest(tx, ended.conversation)? > WINDOW_MARGIN {
        let position = send_queue::next_position(tx, ended.conversation)?;
        if fallback::queue(tx, row, &ended, position)? {
            return Ok(true);
        }
    }
    end_dependents(tx, ended, OutboxState::Failed, "was refused")?;
    Ok(false)
}

/// Ends the queued rows that need an ended row, and those that need these.
fn end_dependents(tx: &Tx<'_>, ended: EndedRow, state: OutboxState, reason: &str) -> Result<(), Fault> {
    let EndedRow { conversation, run, part, .. } = ended;
    let mut parts = vec![part];
    while let Some(part) = parts.pop() {
        let error = SendError { code: None, message: format!("part {part} {reason}") };
        for (row, dependent) in fallback::set_dependents_ended(tx, conversation, &run, part, state, &error)? {
            publish(tx, row, tx.now)?;
            parts.push(dependent);
        }
    }
    Ok(())
}

/// Makes the queued messages of turns dead letters. The following messages stay: those that Meta may have accepted, those of operators, other
/// systems and campaigns, and the first-contact text.
pub(super) fn discard_unsent(tx: &Tx<'_>, conversation: ConversationId, reason: &str) -> Result<(), Fault> {
    let mut discarded = outbox::set_unsent_dead_letter(tx, conversation, reason)?;
    discarded.extend(rows_parked::set_dead_letter(tx, conversation, reason)?);
    discarded.into_iter().try_for_each(|row| publish(tx, row, tx.now))
}

/// Publishes the state of a row to the subscribers of delivery events, and records the event of a failure.
pub(super) fn publish(tx: &Tx<'_>, row: OutboxId, at: Timestamp) -> Result<(), Fault> {
    let (has_subscribers, has_receiver) =
        (tx.events.has_subscribers(), outgoing::has_receiver(tx, EventType::MessageFailed)?);
    if !has_subscribers && !has_receiver {
        return Ok(());
    }
    let event = outbox::delivery_event(tx, row, at)?;
    if has_receiver && matches!(event.state, OutboxState::Failed | OutboxState::DeadLetter) {
        let (message, error) = (event.message_id.as_ref().map(MessageId::as_str), event.error.as_ref());
        outgoing::record_sent(tx, EventType::MessageFailed, event.conversation, row, message, error)?;
    }
    if has_subscribers {
        tx.events.push(event);
    }
    Ok(())
}
