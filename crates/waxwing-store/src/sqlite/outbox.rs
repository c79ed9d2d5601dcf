//! Life of outbox rows: queue, dead letter, delivery events.

use super::fault::Fault;
use super::tables::outbox::{self, RowPart};
use super::tables::outbox_media;
use super::tx::Tx;
use crate::{ConversationId, Draft, OutboxId, SendError, Timestamp};

/// Queues a message at the end of a send queue. The due time of the queue is not updated.
pub(super) fn push(
    tx: &Tx<'_>,
    conversation: ConversationId,
    part: RowPart<'_>,
    draft: &Draft,
) -> Result<OutboxId, Fault> {
    let row = outbox::insert(tx, conversation, part, draft)?;
    if let Some(upload) = &draft.upload {
        outbox_media::insert(tx, row, upload)?;
    }
    Ok(row)
}

/// Makes a row a dead letter, with the queued parts of the same reply behind it. An interim message has no other parts.
pub(super) fn dead_letter(tx: &Tx<'_>, row: OutboxId, error: &SendError) -> Result<(), Fault> {
    let dead = outbox::set_dead_letter(tx, row, error)?;
    publish(tx, row, tx.now)?;
    if dead.is_interim {
        return Ok(());
    }
    outbox::set_rest_dead_letter(tx, &dead)?.into_iter().try_for_each(|row| publish(tx, row, tx.now))
}

/// Makes the queued messages of agents dead letters. Messages that Meta may have accepted, and messages of operators, stay.
pub(super) fn discard_unsent(tx: &Tx<'_>, conversation: ConversationId, reason: &str) -> Result<(), Fault> {
    outbox::set_unsent_dead_letter(tx, conversation, reason)?.into_iter().try_for_each(|row| publish(tx, row, tx.now))
}

/// Publishes the state of a row to the subscribers of delivery events.
pub(super) fn publish(tx: &Tx<'_>, row: OutboxId, at: Timestamp) -> Result<(), Fault> {
    if tx.events.has_subscribers() {
        tx.events.push(outbox::delivery_event(tx, row, at)?);
    }
    Ok(())
}
