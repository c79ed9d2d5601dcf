//! Calls of users.

use super::fault::Fault;
use super::tables::conversation::{self, window};
use super::tables::outbox::RowPart;
use super::tables::{deduplication, send_queue};
use super::tx::Tx;
use super::{log, outbox, senders};
use crate::{Draft, IncomingCall, RunId};

/// Stores a call, and queues its message. Returns whether a message is queued, or none for a duplicate.
pub(super) fn accept(tx: &Tx<'_>, call: &IncomingCall) -> Result<Option<bool>, Fault> {
    let key: [&[u8]; 3] = [b"call", call.number.as_str().as_bytes(), call.id.as_str().as_bytes()];
    if !deduplication::insert(tx, &key)? {
        return Ok(None);
    }
    let id = senders::place(tx, &call.number, &call.user, None)?.conversation;
    window::extend(tx, id, window::end(tx, call.at))?;
    let Some((content, entry)) = &call.message else { return Ok(Some(false)) };
    let Some(to) = conversation::get(tx, id)?.peer.address() else { return Ok(Some(false)) };
    let draft = Draft {
        to,
        content: content.clone(),
        reply_to: None,
        callback_data: None,
        upload: None,
        needs_previous: false,
        fallback: None,
    };
    let run = RunId(format!("call-{}", call.id.as_str()));
    let part = RowPart { run: &run, number: 0, interim: None, from_operator: false, agent: None };
    outbox::push(tx, id, part, &draft)?;
    log::insert(tx, id, entry, &run, true)?;
    send_queue::update_due(tx, id)?;
    Ok(Some(true))
}
