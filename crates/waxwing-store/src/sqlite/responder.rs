//! Changes of the responder of a conversation, with their events.

use serde_json::json;

use super::fault::Fault;
use super::outgoing;
use super::tables::conversation;
use super::tx::Tx;
use crate::{ConversationId, EventType, ResponderChange, Timestamp};

/// Sets the responder of a conversation.
pub(super) fn set(tx: &Tx<'_>, id: ConversationId, change: ResponderChange) -> Result<(), Fault> {
    let was_human = is_human(tx, id)?;
    conversation::set_responder(tx, id, change)?;
    match (was_human, paused_until(tx, id)?) {
        (false, Some(until)) => {
            let until = Some(until).filter(|until| *until != Timestamp::MAX).map(Timestamp::as_millis);
            outgoing::record(tx, EventType::HandoffStarted, id, || json!({ "until": until }))
        }
        (true, None) => outgoing::record(tx, EventType::HandoffEnded, id, || json!({})),
        _ => Ok(()),
    }
}

/// Returns whether an operator answers a conversation.
pub(super) fn is_human(tx: &Tx<'_>, id: ConversationId) -> Result<bool, Fault> {
    Ok(paused_until(tx, id)?.is_some())
}

/// Returns the end of a human handoff, unless it is over.
fn paused_until(tx: &Tx<'_>, id: ConversationId) -> Result<Option<Timestamp>, Fault> {
    let until: Option<i64> = tx.one("SELECT paused_until FROM conversation WHERE id = ?1", [id.0], |row| row.get(0))?;
    Ok(until.map(Timestamp::from_millis).filter(|until| *until > tx.now))
}
