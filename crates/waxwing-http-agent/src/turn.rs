//! Conversion of a turn to the contract.

mod contact;
mod content;
mod history;
mod media;
mod message;
mod quoted;

use std::time::{SystemTime, UNIX_EPOCH};

use waxwing_agent::{AgentError, BusinessClosed, ConversationInfo, Fact, RunContext, Turn, Undelivered, User};

use crate::limits::CallLimits;
use crate::wire::{
    CONTRACT_VERSION, WireBusinessNumber, WireClosed, WireConversation, WireFact, WireSession, WireTurn,
    WireUndelivered, WireUser,
};

/// Converts a turn and its context. `key` is the idempotency key of the call.
///
/// # Errors
///
/// Returns an error if media cannot be read.
pub(crate) async fn to_wire(
    turn: &Turn,
    agent: &str,
    key: &str,
    limits: &CallLimits,
    ctx: &RunContext,
) -> Result<WireTurn, AgentError> {
    let mut media_budget = limits.media_bytes;
    let mut messages = Vec::with_capacity(turn.messages.len());
    for user_message in &turn.messages {
        messages.push(message::message(user_message, &mut media_budget).await?);
    }
    let history = history::history(ctx, limits.history, &mut media_budget).await;
    Ok(WireTurn {
        version: CONTRACT_VERSION,
        idempotency_key: key.to_owned(),
        run_id: ctx.run_id().to_owned(),
        agent: agent.to_owned(),
        user: user(ctx.user()),
        conversation: conversation(ctx.conversation_info()),
        group: ctx.is_group(),
        session: WireSession { id: ctx.session_id().to_owned(), state: ctx.session().state().snapshot() },
        memory: ctx.memory().facts().into_iter().map(fact).collect(),
        history,
        messages,
        undelivered: turn.undelivered.iter().map(undelivered).collect(),
        service_window: turn.service_window.map(|rest| rest.as_secs()),
        closed: turn.closed.as_ref().map(closed),
        template_mismatches: Vec::new(),
    })
}

/// Converts a closed business.
fn closed(closed: &BusinessClosed) -> WireClosed {
    WireClosed { opens_at: closed.opens_at.map(milliseconds), time_zone: closed.time_zone.clone() }
}

/// Converts a user.
pub(super) fn user(user: &User) -> WireUser {
    let User { id, name, phone, bsuid, parent_bsuid, username, .. } = user.clone();
    WireUser { id, name, phone, bsuid, parent_bsuid, username }
}

fn conversation(info: &ConversationInfo) -> WireConversation {
    let ConversationInfo { key, number, group_id, group_subject, .. } = info.clone();
    WireConversation { key, number: WireBusinessNumber { id: number.id, phone: number.phone }, group_id, group_subject }
}

fn fact(fact: Fact) -> WireFact {
    let Fact { id, text, at, .. } = fact;
    WireFact { id, text, at }
}

fn undelivered(undelivered: &Undelivered) -> WireUndelivered {
    let Undelivered { text, reason, code, is_parked, .. } = undelivered.clone();
    WireUndelivered { text, reason, code, parked: is_parked }
}

fn milliseconds(time: SystemTime) -> u64 {
    u64::try_from(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}
