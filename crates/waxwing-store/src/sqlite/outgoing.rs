//! Records events for other systems within the transactions that cause them.

use serde_json::{Value, json};

use super::fault::Fault;
use super::tables::{event, subscription};
use super::tx::Tx;
use crate::{
    ConversationId, EVENT_PARTITIONS, EventType, InboxMessage, InboxSeq, NewOutgoingEvent, OutboxId, OutboxState,
    OutgoingEvent, SendError,
};

/// Records an event without a message. `data` is called only if someone gets the event.
pub(super) fn record(
    tx: &Tx<'_>,
    kind: EventType,
    conversation: ConversationId,
    data: impl FnOnce() -> Value,
) -> Result<(), Fault> {
    record_about(tx, kind, conversation, None, data)
}

/// Records an event that no other write causes.
pub(super) fn record_new(tx: &Tx<'_>, new: &NewOutgoingEvent) -> Result<(), Fault> {
    let NewOutgoingEvent { kind, conversation, number, data } = new.clone();
    store(tx, OutgoingEvent { kind, at: tx.now, conversation, number, data }, None)
}

/// Records that a message was received. The text of the message is read when the event is delivered.
pub(super) fn record_received(
    tx: &Tx<'_>,
    conversation: ConversationId,
    seq: InboxSeq,
    message: &InboxMessage,
) -> Result<(), Fault> {
    record_about(
        tx,
        EventType::MessageReceived,
        conversation,
        Some(seq.0),
        || json!({ "message": message.id.as_str(), "type": message.kind }),
    )
}

/// Records that a message of the outbox was sent, delivered, read, or failed.
pub(super) fn record_sent(
    tx: &Tx<'_>,
    kind: EventType,
    conversation: ConversationId,
    row: OutboxId,
    message_id: Option<&str>,
    error: Option<&SendError>,
) -> Result<(), Fault> {
    record_about(tx, kind, conversation, Some(row.0), || {
        let mut data = json!({ "outbox": row.0, "message": message_id });
        if let (Value::Object(data), Some(error)) = (&mut data, error) {
            data.insert("code".into(), error.code.into());
            data.insert("reason".into(), error.message.clone().into());
        }
        data
    })
}

/// Records the states that a message has reached between two states.
pub(super) fn record_progress(
    tx: &Tx<'_>,
    conversation: ConversationId,
    row: OutboxId,
    message_id: Option<&str>,
    (from, to): (OutboxState, OutboxState),
) -> Result<(), Fault> {
    let step = |state: OutboxState| match state {
        OutboxState::Accepted | OutboxState::Sent => 1,
        OutboxState::Delivered => 2,
        OutboxState::Read | OutboxState::Played => 3,
        _ => 0,
    };
    let steps = [EventType::MessageSent, EventType::MessageDelivered, EventType::MessageRead];
    for kind in steps.into_iter().take(step(to)).skip(step(from)) {
        record_sent(tx, kind, conversation, row, message_id, None)?;
    }
    Ok(())
}

/// Returns whether an event of this type is stored or watched.
pub(super) fn has_receiver(tx: &Tx<'_>, kind: EventType) -> Result<bool, Fault> {
    Ok(tx.events.is_watched() || is_subscribed(tx, kind)?)
}

fn is_subscribed(tx: &Tx<'_>, kind: EventType) -> Result<bool, Fault> {
    tx.events.is_subscribed(kind, || subscription::types(tx.conn))
}

fn record_about(
    tx: &Tx<'_>,
    kind: EventType,
    conversation: ConversationId,
    subject: Option<i64>,
    data: impl FnOnce() -> Value,
) -> Result<(), Fault> {
    if !has_receiver(tx, kind)? {
        return Ok(());
    }
    let conversation = Some(conversation);
    store(tx, OutgoingEvent { kind, at: tx.now, conversation, number: None, data: data() }, subject)
}

fn store(tx: &Tx<'_>, event: OutgoingEvent, subject: Option<i64>) -> Result<(), Fault> {
    if is_subscribed(tx, event.kind)? {
        let part = event.conversation.map_or(0, |id| id.0.rem_euclid(i64::from(EVENT_PARTITIONS)));
        event::insert(tx, &event, u8::try_from(part).unwrap_or(0), subject)?;
        tx.events.set_stored();
    }
    if tx.events.is_watched() {
        tx.events.push_live(event);
    }
    Ok(())
}
