//! Conversion of a turn to the contract.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use waxwing_agent::{
    AgentError, Choice, Contact, Fact, HistoryEntry, Location, Media, Role, RunContext, Turn, Undelivered, User,
    UserMessage,
};

use crate::limits::CallLimits;
use crate::media_kind;
use crate::wire::{
    CONTRACT_VERSION, WireChoice, WireContact, WireFact, WireHistoryEntry, WireLocation, WireMedia, WireMessage,
    WireRole, WireSession, WireTurn, WireUndelivered, WireUser,
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
    let history = ctx.session().history();
    let history = &history[history.len().saturating_sub(limits.history)..];
    let mut media_budget = limits.media_bytes;
    let mut messages = Vec::with_capacity(turn.messages.len());
    for user_message in &turn.messages {
        messages.push(message(user_message, &mut media_budget).await?);
    }
    Ok(WireTurn {
        version: CONTRACT_VERSION,
        idempotency_key: key.to_owned(),
        run_id: ctx.run_id().to_owned(),
        agent: agent.to_owned(),
        user: WireUser { id: ctx.user_id().to_owned(), name: ctx.user_name().map(str::to_owned) },
        group: ctx.is_group(),
        session: WireSession { id: ctx.session_id().to_owned(), state: ctx.session().state().snapshot() },
        memory: ctx.memory().facts().into_iter().map(fact).collect(),
        history: history.iter().map(entry).collect(),
        messages,
        undelivered: turn.undelivered.iter().map(undelivered).collect(),
    })
}

async fn message(message: &UserMessage, media_budget: &mut u64) -> Result<WireMessage, AgentError> {
    Ok(WireMessage {
        id: message.id.clone(),
        sender: user(&message.sender),
        sent_at: milliseconds(message.sent_at),
        text: message.text.clone(),
        choice: message.choice.as_ref().map(choice),
        location: message.location.as_ref().map(location),
        contacts: message.contacts.iter().map(contact).collect(),
        media: match &message.media {
            Some(attached) => Some(media(attached, media_budget).await?),
            None => None,
        },
        media_problem: message.media_problem.clone(),
        quotes: message.quotes.clone(),
        stale_age: message.stale_age.map(|age| age.as_secs()),
    })
}

/// Converts media, with the bytes if they fit into the budget.
async fn media(media: &Media, budget: &mut u64) -> Result<WireMedia, AgentError> {
    let data = match budget.checked_sub(media.len()) {
        Some(rest) => {
            *budget = rest;
            Some(BASE64_STANDARD.encode(media.read().await?))
        }
        None => None,
    };
    Ok(WireMedia {
        kind: media_kind::to_wire(media.kind()),
        mime_type: media.mime_type().to_owned(),
        filename: media.filename().map(str::to_owned),
        size: media.len(),
        data,
    })
}

fn user(user: &User) -> WireUser {
    WireUser { id: user.id.clone(), name: user.name.clone() }
}

fn choice(choice: &Choice) -> WireChoice {
    let Choice { id, label, description, .. } = choice.clone();
    WireChoice { id, label, description }
}

fn location(location: &Location) -> WireLocation {
    let Location { latitude, longitude, name, address, .. } = location.clone();
    WireLocation { latitude, longitude, name, address }
}

fn contact(contact: &Contact) -> WireContact {
    let Contact { name, phones, emails, company, .. } = contact.clone();
    WireContact { name, phones, emails, company }
}

fn fact(fact: Fact) -> WireFact {
    let Fact { id, text, at, .. } = fact;
    WireFact { id, text, at }
}

fn entry(entry: &HistoryEntry) -> WireHistoryEntry {
    let role = match entry.role() {
        Role::User => WireRole::User,
        Role::Agent => WireRole::Agent,
        Role::Operator => WireRole::Operator,
    };
    let media = entry.media_kinds().into_iter().map(|kind| kind.as_str().to_owned()).collect();
    WireHistoryEntry { role, text: entry.text().into_owned(), media, at: entry.at }
}

fn undelivered(undelivered: &Undelivered) -> WireUndelivered {
    WireUndelivered { text: undelivered.text.clone(), reason: undelivered.reason.clone(), code: undelivered.code }
}

fn milliseconds(time: SystemTime) -> u64 {
    u64::try_from(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}
