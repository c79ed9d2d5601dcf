//! Conversion of a turn to the contract.

mod contact;
mod content;
mod message;
mod quoted;

use std::time::{SystemTime, UNIX_EPOCH};

use waxwing_agent::{
    AgentError, Author, ConversationInfo, Fact, HistoryEntry, HistoryEvent, Role, RunContext, Turn, Undelivered, User,
};

use crate::limits::CallLimits;
use crate::wire::{
    CONTRACT_VERSION, WireBusinessNumber, WireConversation, WireFact, WireHistoryEntry, WireRole, WireSession,
    WireTurn, WireUndelivered, WireUser,
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
    // The contract has messages. Calls of tools, reactions and handoffs are no messages.
    let is_message = |entry: &&HistoryEntry| matches!(entry.event, HistoryEvent::Message(_) | HistoryEvent::Sent(_));
    let history: Vec<_> = ctx.session().history().iter().filter(is_message).collect();
    let history = &history[history.len().saturating_sub(limits.history)..];
    let mut wire_history = Vec::with_capacity(history.len());
    for entry in history {
        wire_history.push(history_entry(entry, ctx.is_group()).await);
    }
    let mut media_budget = limits.media_bytes;
    let mut messages = Vec::with_capacity(turn.messages.len());
    for user_message in &turn.messages {
        messages.push(message::message(user_message, &mut media_budget).await?);
    }
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
        history: wire_history,
        messages,
        undelivered: turn.undelivered.iter().map(undelivered).collect(),
    })
}

/// Converts a user.
pub(super) fn user(user: &User) -> WireUser {
    let User { id, name, phone, bsuid, parent_bsuid, username, .. } = user.clone();
    WireUser { id, name, phone, bsuid, parent_bsuid, username }
}

fn conversation(info: &ConversationInfo) -> WireConversation {
    let ConversationInfo { key, number, group_id, .. } = info.clone();
    WireConversation { key, number: WireBusinessNumber { id: number.id, phone: number.phone }, group_id }
}

fn fact(fact: Fact) -> WireFact {
    let Fact { id, text, at, .. } = fact;
    WireFact { id, text, at }
}

async fn history_entry(entry: &HistoryEntry, names_sender: bool) -> WireHistoryEntry {
    let role = match entry.role() {
        Role::User => WireRole::User,
        Role::Agent => WireRole::Agent,
        Role::Operator => WireRole::Operator,
    };
    let media = entry.media_kinds().into_iter().map(|kind| kind.as_str().to_owned()).collect();
    let sender = match &entry.author {
        Author::User(sender) if names_sender => Some(user(sender)),
        _ => None,
    };
    let quoted = match entry.message().and_then(|message| message.quoted.as_ref()) {
        Some(earlier) => Some(quoted::quoted(earlier, None).await),
        None => None,
    };
    WireHistoryEntry { role, sender, text: entry.text().into_owned(), quoted, media, at: entry.at }
}

fn undelivered(undelivered: &Undelivered) -> WireUndelivered {
    WireUndelivered { text: undelivered.text.clone(), reason: undelivered.reason.clone(), code: undelivered.code }
}

fn milliseconds(time: SystemTime) -> u64 {
    u64::try_from(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}
