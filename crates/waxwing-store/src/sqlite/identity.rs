//! Identity changes, which join two identities of a user.
//!
//! A message under the new ids may arrive before the identity change. Then two users exist, and the old user is merged into the new one,
//! because later messages arrive under the new ids.

use serde_json::json;

use super::content::keys;
use super::conversation_key::conversation_key;
use super::fault::Fault;
use super::outgoing;
use super::tables::conversation::handoff::{self, Handoff};
use super::tables::conversation::joined;
use super::tables::outbox::parked;
use super::tables::{campaign_recipient, conversation, cost, entry, event, inbox, memory, session, step, user};
use super::tx::Tx;
use crate::{ConversationId, EventType, IdentityChange};

/// Applies an identity change. Returns the conversations that are due for another reason than before.
pub(super) fn apply(tx: &Tx<'_>, change: &IdentityChange) -> Result<Vec<ConversationId>, Fault> {
    let Some(old) = old_user(tx, change)? else { return Ok(Vec::new()) };
    let Some(new) = new_user(tx, change)?.filter(|new| *new != old) else {
        set_ids(tx, old, change)?;
        return Ok(Vec::new());
    };
    let due = merge(tx, old, new)?;
    set_ids(tx, new, change)?;
    Ok(due)
}

/// Returns the user who had the old ids at the time of the change.
fn old_user(tx: &Tx<'_>, change: &IdentityChange) -> Result<Option<i64>, Fault> {
    match (&change.old.bsuid, &change.old.wa_id) {
        (Some(bsuid), _) => user::by_bsuid(tx, bsuid),
        (None, Some(wa_id)) => user::by_wa_id_at(tx, wa_id, change.at),
        (None, None) => Ok(None),
    }
}

/// Returns the user who has the new ids already. A WhatsApp id alone does not identify a user who had the id before the change.
fn new_user(tx: &Tx<'_>, change: &IdentityChange) -> Result<Option<i64>, Fault> {
    match (&change.new.bsuid, &change.new.wa_id) {
        (Some(bsuid), _) => user::by_bsuid(tx, bsuid),
        (None, Some(wa_id)) => user::by_wa_id_since(tx, wa_id, change.at),
        (None, None) => Ok(None),
    }
}

/// Gives a user the new ids.
fn set_ids(tx: &Tx<'_>, user: i64, change: &IdentityChange) -> Result<(), Fault> {
    if let Some(wa_id) = &change.new.wa_id
        && let Some((holder, _)) = user::by_wa_id(tx, wa_id)?.filter(|(holder, _)| *holder != user)
    {
        user::lose_wa_id(tx, holder)?;
    }
    user::insert_aliases(tx, user)?;
    user::apply_change(tx, user, change)
}

/// Merges the old user into the new one.
fn merge(tx: &Tx<'_>, old: i64, new: i64) -> Result<Vec<ConversationId>, Fault> {
    user::insert_aliases(tx, old)?;
    user::set_merged(tx, old, new)?;
    let mut due = Vec::new();
    for (from, to) in joined::pairs(tx, old, new)? {
        match to {
            None => conversation::set_user(tx, from, new)?,
            Some(to) if merge_conversation(tx, from, to, new)? => due.push(to),
            Some(_) => {}
        }
    }
    Ok(due)
}

/// Moves live data of a conversation to another one. Returns whether the other conversation is due for another reason than before.
fn merge_conversation(tx: &Tx<'_>, from: ConversationId, to: ConversationId, user: i64) -> Result<bool, Fault> {
    // A running turn of the old conversation would handle the messages that move.
    conversation::revoke(tx, from)?;
    step::delete_all(tx, from)?;
    joined::merge_times(tx, from, to)?;
    handoff::set(tx, from, Handoff::default())?;
    keys::move_all(tx.conn, from, to)?;
    entry::move_all(tx, from, to, user)?;
    session::move_current(tx, from, to)?;
    // The older memory covers more messages than a memory that began after the change.
    memory::move_all(tx, from, to)?;
    cost::move_all(tx, from, to)?;
    parked::move_unreported(tx, from, to)?;
    campaign_recipient::move_all(tx, from, to)?;
    // A running turn of the new conversation does not know the moved data and would overwrite the memory. It is repeated with its journal.
    let repeats = conversation::revoke_if_held(tx, to)?;
    event::move_all(tx, from, to)?;
    outgoing::record(tx, EventType::IdentityJoined, to, || {
        let key = |id| conversation_key(tx.namespace, id);
        json!({ "conversations": [from.0.to_string(), to.0.to_string()], "conversation_keys": [key(from), key(to)] })
    })?;
    let moved = inbox::move_pending(tx, from, to, user)?;
    if moved > 0 {
        conversation::make_due(tx, to)?;
    }
    Ok(moved > 0 || repeats)
}
