//! Changes of the responder of a conversation, with their events.

use serde_json::json;

use super::fault::Fault;
use super::outgoing;
use super::tables::conversation::handoff::{self, Handoff};
use super::tx::Tx;
use crate::{ConversationId, EventType, ResponderChange, Timestamp};

/// Sets the responder of a conversation.
pub(super) fn set(tx: &Tx<'_>, id: ConversationId, change: ResponderChange) -> Result<(), Fault> {
    let is_going_on = |until: &Timestamp| *until > tx.now;
    let stored = handoff::get(tx, id)?;
    let before = stored.until.filter(is_going_on);
    let after = end(tx.now, before, change).filter(is_going_on);
    let next = match change {
        ResponderChange::HumanAsked(_) if before.is_some() => Handoff { until: after, ..stored },
        ResponderChange::HumanAsked(_) if after.is_some() => {
            Handoff { until: after, asked_at: Some(tx.now), awaits_answer: true }
        }
        _ => Handoff { until: after, ..Handoff::default() },
    };
    handoff::set(tx, id, next)?;
    // The time of an earlier handoff may have run out, without an event so far.
    if stored.until.is_some() && (before.is_none() || after.is_none()) {
        outgoing::record(tx, EventType::HandoffEnded, id, || json!({}))?;
    }
    match after {
        Some(until) if before.is_none() => {
            let until = Some(until).filter(|until| *until != Timestamp::MAX).map(Timestamp::as_millis);
            outgoing::record(tx, EventType::HandoffStarted, id, || json!({ "until": until }))
        }
        _ => Ok(()),
    }
}

/// Returns the time until which a human answers after a change.
fn end(now: Timestamp, before: Option<Timestamp>, change: ResponderChange) -> Option<Timestamp> {
    match change {
        ResponderChange::Agent => None,
        ResponderChange::HumanFor(time) | ResponderChange::HumanAsked(Some(time)) => Some(now.after(time)),
        ResponderChange::HumanForAtLeast(time) => before.max(Some(now.after(time))),
        ResponderChange::HumanUntilResumed | ResponderChange::HumanAsked(None) => Some(Timestamp::MAX),
    }
}

/// Returns whether a human answers a conversation because the agent or the user asked for one.
pub(super) fn is_asked_human(tx: &Tx<'_>, id: ConversationId) -> Result<bool, Fault> {
    let handoff = handoff::get(tx, id)?;
    Ok(handoff.asked_at.is_some() && handoff.until.is_some_and(|until| until > tx.now))
}
