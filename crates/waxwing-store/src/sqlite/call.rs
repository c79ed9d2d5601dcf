//! Calls of users.

use serde_json::json;

use super::fault::Fault;
use super::outbox::OwnMessage;
use super::tables::conversation::{owner, window};
use super::tables::deduplication;
use super::tx::Tx;
use super::{log, outbox, outgoing, senders};
use crate::{EventType, IncomingCall, OutboxClass, RunId};

/// Stores a call, and queues its message. Returns whether a message is queued, or none for a duplicate.
pub(super) fn accept(tx: &Tx<'_>, call: &IncomingCall) -> Result<Option<bool>, Fault> {
    let key: [&[u8]; 3] = [b"call", call.number.as_str().as_bytes(), call.id.as_str().as_bytes()];
    if !deduplication::insert(tx, &key)? {
        return Ok(None);
    }
    let id = senders::place(tx, &call.number, &call.user, None)?.conversation;
    window::extend(tx, id, window::end(tx, call.at))?;
    outgoing::record(tx, EventType::CallChanged, id, || json!({ "event": "connect", "call": call.id.as_str() }))?;
    let Some((content, entry)) = &call.message else { return Ok(Some(false)) };
    if owner::is_other_app(tx, id)? {
        // A message of this business would take the conversation from the other app.
        return Ok(Some(false));
    }
    let run = RunId(format!("call-{}", call.id.as_str()));
    outbox::push_own(
        tx,
        id,
        &run,
        OwnMessage { content, upload: None, from_operator: false, class: OutboxClass::Reply },
    )?;
    log::insert(tx, id, entry, &run, true)?;
    Ok(Some(true))
}
