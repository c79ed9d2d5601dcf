//! Messages that no turn asked for.

use super::conversation_key::conversation_key;
use super::fault::Fault;
use super::tables::conversation::window;
use super::tables::idempotency::{self, KnownRequest};
use super::tables::outbox::RowPart;
use super::tables::{conversation, outbox as rows, send_queue};
use super::tx::Tx;
use super::{log, operator, outbox};
use crate::{ConversationId, Draft, Error, MAX_QUEUED, NewMessage, OutboxId, QueuedMessage, RunId};

/// Queues a message, unless an earlier call with the same key has queued it.
pub(super) fn queue(tx: &Tx<'_>, message: &NewMessage) -> Result<QueuedMessage, Fault> {
    if let Some(key) = &message.idempotency
        && let Some(known) = idempotency::find(tx, key)?
    {
        let KnownRequest { request, conversation, message } = known;
        if request != key.request {
            return Err(Fault::Refused(Error::IdempotencyConflict));
        }
        return Ok(queued(tx, conversation, message, true));
    }
    let id = operator::conversation_of(tx, &message.target)?;
    if message.needs_window && window::rest(tx, id)?.is_zero() {
        return Err(Fault::Refused(Error::WindowClosed));
    }
    if rows::open_count(tx, id)? >= MAX_QUEUED {
        return Err(Fault::Refused(Error::QueueFull));
    }
    let to = conversation::get(tx, id)?.peer.address().ok_or(Fault::Refused(Error::NotFound))?;
    let draft = Draft {
        to,
        content: message.content.clone(),
        reply_to: None,
        callback_data: None,
        upload: message.upload.clone(),
        needs_previous: false,
        fallback: None,
    };
    let run = RunId(message.id.clone());
    let part = RowPart { run: &run, number: 0, interim: None, from_operator: false };
    let row = outbox::push(tx, id, part, &draft)?;
    log::insert(tx, id, &message.log, &run, true)?;
    if let Some(key) = &message.idempotency {
        idempotency::insert(tx, key, id, row)?;
    }
    send_queue::update_due(tx, id)?;
    Ok(queued(tx, id, row, false))
}

fn queued(tx: &Tx<'_>, conversation: ConversationId, message: OutboxId, is_repeated: bool) -> QueuedMessage {
    let conversation_key = conversation_key(tx.namespace, conversation);
    QueuedMessage { conversation, conversation_key, message, is_repeated }
}
