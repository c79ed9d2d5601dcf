//! Conversations that several apps share.

use serde_json::json;

use super::fault::Fault;
use super::tables::conversation::{self, owner, window};
use super::tables::{deduplication, entry, inbox};
use super::tx::Tx;
use super::{log, outgoing, responder, senders};
use crate::{ConversationId, EventType, Origin, ResponderChange, RunId, StandbyMessage, ThreadChange};

/// Stores a message of a conversation that another app owns. Returns false for a duplicate.
pub(super) fn accept_standby(tx: &Tx<'_>, standby: &StandbyMessage) -> Result<bool, Fault> {
    let StandbyMessage { message, is_from_app } = standby;
    let key: [&[u8]; 3] = [b"message", message.number.as_str().as_bytes(), message.id.as_str().as_bytes()];
    if !deduplication::insert(tx, &key)? {
        return Ok(false);
    }
    let place = senders::place(tx, &message.number, &message.sender, message.group.as_ref())?;
    let origin = if *is_from_app { Origin::OtherApp } else { Origin::User };
    inbox::insert(tx, place.conversation, place.sender, message, origin)?;
    owner::set(tx, place.conversation, true, message.sent_at)?;
    let data = || json!({ "message": message.id.as_str(), "type": message.kind, "is_from_app": is_from_app });
    outgoing::record(tx, EventType::StandbyReceived, place.conversation, data)?;
    Ok(true)
}

/// A stored change of an owner.
pub(super) enum StoredChange {
    /// The change was known.
    Duplicate,
    /// The owner is the same as before, or a later change is known.
    Unchanged,
    /// The conversation is due for a turn that handles the change.
    Due(ConversationId),
}

/// Stores a change of the owner of a conversation.
pub(super) fn accept_change(tx: &Tx<'_>, change: &ThreadChange) -> Result<StoredChange, Fault> {
    let key: [&[u8]; 3] = [b"thread", change.number.as_str().as_bytes(), &change.body];
    if !deduplication::insert(tx, &key)? {
        return Ok(StoredChange::Duplicate);
    }
    let id = senders::place(tx, &change.number, &change.user, None)?.conversation;
    let is_changed = owner::set(tx, id, change.to_other_app, change.at)?;
    // The other app may have got the conversation by a handoff without a sign since.
    let ends_handoff = change.ends_handoff
        && responder::is_human(tx, id)?
        && (is_changed || owner::is_newest_sign(tx, id, change.at)?);
    if !is_changed && !ends_handoff {
        return Ok(StoredChange::Unchanged);
    }
    if ends_handoff {
        responder::set(tx, id, ResponderChange::Agent)?;
    }
    outgoing::record(tx, EventType::ControlChanged, id, || json!({ "to_other_app": change.to_other_app }))?;
    if !change.to_other_app
        && let Some(at) = entry::newest_of_user(tx, id)?
    {
        // The user has written to the other app, and waits for an answer of this one.
        window::extend(tx, id, window::end(tx, at.as_millis() / 1000))?;
    }
    let (origin, key, body) = &change.item;
    log::insert(tx, id, &change.log, &RunId(key.clone()), true)?;
    inbox::insert_own(tx, id, *origin, key, body)?;
    conversation::make_due(tx, id)?;
    Ok(StoredChange::Due(id))
}
