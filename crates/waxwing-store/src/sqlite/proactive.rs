//! Messages that no turn asked for.

use waxwing_types::PhoneNumberId;

use super::conversation_key::conversation_key;
use super::fault::Fault;
use super::outbox::OwnMessage;
use super::tables::conversation::window;
use super::tables::idempotency::{self, KnownRequest};
use super::tables::{conversation, inbox, outbox as rows};
use super::tx::Tx;
use super::{log, operator, outbox};
use crate::{
    ConversationId, ConversationTarget, Error, IdempotencyKey, MAX_QUEUED, NewEvent, NewMessage, Origin, OutboxClass,
    OutboxId, QueuedMessage, RecordedEvent, RunId,
};

/// Returns the business number of the conversation of a target.
pub(super) fn number_of(tx: &Tx<'_>, target: &ConversationTarget) -> Result<PhoneNumberId, Fault> {
    Ok(conversation::get(tx, operator::conversation_of(tx, target)?)?.number)
}

/// Row of the outbox that stands for an event.
const NO_MESSAGE: OutboxId = OutboxId(0);

/// Returns the earlier request with a key. Refuses another request.
pub(super) fn repeated(tx: &Tx<'_>, key: Option<&IdempotencyKey>) -> Result<Option<KnownRequest>, Fault> {
    let Some(key) = key else { return Ok(None) };
    match idempotency::find(tx, key)? {
        Some(known) if known.request != key.request => Err(Fault::Refused(Error::IdempotencyConflict)),
        known => Ok(known),
    }
}

/// Records an event, unless an earlier call with the same key has recorded it.
pub(super) fn record_event(tx: &Tx<'_>, event: &NewEvent) -> Result<RecordedEvent, Fault> {
    if let Some(known) = repeated(tx, event.idempotency.as_ref())? {
        return Ok(recorded(tx, known.conversation, true));
    }
    let id = operator::conversation_of(tx, &event.target)?;
    if inbox::pending_count(tx, id)? >= MAX_QUEUED {
        return Err(Fault::Refused(Error::QueueFull));
    }
    inbox::insert_own(tx, id, Origin::External, &event.id, &event.body)?;
    conversation::make_due(tx, id)?;
    if let Some(key) = &event.idempotency {
        idempotency::insert(tx, key, id, NO_MESSAGE, None)?;
    }
    Ok(recorded(tx, id, false))
}

fn recorded(tx: &Tx<'_>, conversation: ConversationId, is_repeated: bool) -> RecordedEvent {
    let conversation_key = conversation_key(tx.namespace, conversation);
    RecordedEvent { conversation, conversation_key, is_repeated }
}

/// Returns the message that an earlier call with a key has queued.
pub(super) fn repeated_message(tx: &Tx<'_>, key: Option<&IdempotencyKey>) -> Result<Option<QueuedMessage>, Fault> {
    Ok(repeated(tx, key)?.map(|known| queued(tx, known.conversation, known.message, true)))
}

/// Queues a message, unless an earlier call with the same key has queued it.
pub(super) fn queue(tx: &Tx<'_>, message: &NewMessage) -> Result<QueuedMessage, Fault> {
    if let Some(message) = repeated_message(tx, message.idempotency.as_ref())? {
        return Ok(message);
    }
    let id = operator::conversation_of(tx, &message.target)?;
    if message.needs_window && window::rest(tx, id)?.is_zero() {
        return Err(Fault::Refused(Error::WindowClosed));
    }
    if rows::open_count(tx, id)? >= MAX_QUEUED {
        return Err(Fault::Refused(Error::QueueFull));
    }
    let run = RunId(message.id.clone());
    let class = OutboxClass::Proactive;
    let own = OwnMessage { content: &message.content, upload: message.upload.as_ref(), from_operator: false, class };
    let row = outbox::push_own(tx, id, &run, own)?;
    log::insert(tx, id, &message.log, &run, true)?;
    if let Some(key) = &message.idempotency {
        idempotency::insert(tx, key, id, row, None)?;
    }
    Ok(queued(tx, id, row, false))
}

fn queued(tx: &Tx<'_>, conversation: ConversationId, message: OutboxId, is_repeated: bool) -> QueuedMessage {
    let conversation_key = conversation_key(tx.namespace, conversation);
    QueuedMessage { conversation, conversation_key, message, is_repeated }
}
