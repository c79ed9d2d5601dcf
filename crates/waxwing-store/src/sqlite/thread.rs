//! Conversations that several apps share.

use serde_json::json;

use super::fault::Fault;
use super::tables::conversation::owner::OwnerSign;
use super::tables::conversation::{self, owner, window};
use super::tables::{deduplication, entry, inbox};
use super::tx::Tx;
use super::{log, outgoing, responder, senders};
use crate::{ConversationId, EventType, Origin, ResponderChange, RunId, StandbyMessage, ThreadChange};

/// A stored sign of the owner of a conversation.
pub(super) enum StoredSign {
    /// The sign was known.
    Duplicate,
    /// The sign needs no turn.
    Recorded,
    /// The conversation is due for a turn.
    Due(ConversationId),
}

/// Stores a message of a conversation that another app owns. The conversation is due if its turn is running and the owner changes: the running
/// turn loses its lease, and the next one knows the owner.
pub(super) fn accept_standby(tx: &Tx<'_>, standby: &StandbyMessage) -> Result<StoredSign, Fault> {
    let StandbyMessage { message, is_from_app } = standby;
    let key: [&[u8]; 3] = [b"message", message.number.as_str().as_bytes(), message.id.as_str().as_bytes()];
    if !deduplication::insert(tx, &key)? {
        return Ok(StoredSign::Duplicate);
    }
    let place = senders::place(tx, &message.number, &message.sender, message.group.as_ref())?;
    let id = place.conversation;
    let origin = if *is_from_app { Origin::OtherApp } else { Origin::User };
    inbox::insert(tx, id, place.sender, message, origin)?;
    let sign = owner::set(tx, id, true, message.sent_at)?;
    let data = || json!({ "message": message.id.as_str(), "type": message.kind, "is_from_app": is_from_app });
    outgoing::record(tx, EventType::StandbyReceived, id, data)?;
    if sign == OwnerSign::Changes && conversation::revoke_if_held(tx, id)? {
        return Ok(StoredSign::Due(id));
    }
    Ok(StoredSign::Recorded)
}

/// Stores a change of the owner of a conversation. A pass to this business runs the agent, also if no earlier sign showed another owner.
pub(super) fn accept_change(tx: &Tx<'_>, change: &ThreadChange) -> Result<StoredSign, Fault> {
    let key: [&[u8]; 3] = [b"thread", change.number.as_str().as_bytes(), &change.body];
    if !deduplication::insert(tx, &key)? {
        return Ok(StoredSign::Duplicate);
    }
    let id = senders::place(tx, &change.number, &change.user, None)?.conversation;
    let sign = owner::set(tx, id, change.to_other_app, change.at)?;
    let is_new = sign == OwnerSign::Changes || (sign == OwnerSign::Confirms && !change.to_other_app);
    // The other app may have got the conversation by a handoff without a sign since. A handoff by an operator gives no conversation away.
    let ends_handoff = change.ends_handoff
        && responder::is_asked_human(tx, id)?
        && (is_new || owner::is_newest_sign(tx, id, change.at)?);
    if !is_new && !ends_handoff {
        return Ok(StoredSign::Recorded);
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
    Ok(StoredSign::Due(id))
}
