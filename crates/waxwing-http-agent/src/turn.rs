//! A turn, as it is sent.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use waxwing_agent::{
    AgentError, Choice, Contact, Fact, HistoryEntry, Location, Media, Role, RunContext, Turn, Undelivered, User,
    UserMessage,
};

use crate::answer;
use crate::settings::Limits;
use crate::wire;

/// The turn in the form in which it travels.
pub(crate) async fn to_wire(
    turn: &Turn,
    agent: &str,
    key: &str,
    limits: &Limits,
    ctx: &RunContext,
) -> Result<wire::WireTurn, AgentError> {
    let history = ctx.session().history();
    let history = &history[history.len().saturating_sub(limits.history)..];
    let mut room = limits.media;
    let mut messages = Vec::with_capacity(turn.messages.len());
    for sent in &turn.messages {
        messages.push(message(sent, &mut room).await?);
    }
    Ok(wire::WireTurn {
        version: wire::CONTRACT_VERSION,
        idempotency_key: key.to_owned(),
        run_id: ctx.run_id().to_owned(),
        agent: agent.to_owned(),
        user: wire::WireUser { id: ctx.user_id().to_owned(), name: ctx.user_name().map(str::to_owned) },
        group: ctx.is_group(),
        session: wire::WireSession { id: ctx.session_id().to_owned(), state: ctx.session().state().snapshot() },
        memory: ctx.memory().facts().into_iter().map(fact).collect(),
        history: history.iter().map(entry).collect(),
        messages,
        undelivered: turn.undelivered.iter().map(undelivered).collect(),
    })
}

async fn message(message: &UserMessage, room: &mut u64) -> Result<wire::WireMessage, AgentError> {
    Ok(wire::WireMessage {
        id: message.id.clone(),
        sender: user(&message.sender),
        sent_at: milliseconds(message.sent_at),
        text: message.text.clone(),
        choice: message.choice.as_ref().map(choice),
        location: message.location.as_ref().map(location),
        contacts: message.contacts.iter().map(contact).collect(),
        media: match &message.media {
            Some(sent) => Some(media(sent, room).await?),
            None => None,
        },
        media_problem: message.media_problem.clone(),
        quotes: message.quotes.clone(),
        stale_age: message.stale_age.map(|age| age.as_secs()),
    })
}

/// A medium, with its bytes if there is room for them.
async fn media(media: &Media, room: &mut u64) -> Result<wire::WireMedia, AgentError> {
    let data = match room.checked_sub(media.len()) {
        Some(rest) => {
            *room = rest;
            Some(BASE64_STANDARD.encode(media.read().await?))
        }
        None => None,
    };
    Ok(wire::WireMedia {
        kind: answer::kind_to_wire(media.kind()),
        mime_type: media.mime_type().to_owned(),
        filename: media.filename().map(str::to_owned),
        size: media.len(),
        data,
    })
}

fn user(user: &User) -> wire::WireUser {
    wire::WireUser { id: user.id.clone(), name: user.name.clone() }
}

fn choice(choice: &Choice) -> wire::WireChoice {
    let Choice { id, label, description } = choice.clone();
    wire::WireChoice { id, label, description }
}

fn location(location: &Location) -> wire::WireLocation {
    let Location { latitude, longitude, name, address } = location.clone();
    wire::WireLocation { latitude, longitude, name, address }
}

fn contact(contact: &Contact) -> wire::WireContact {
    let Contact { name, phones, emails, company } = contact.clone();
    wire::WireContact { name, phones, emails, company }
}

fn fact(fact: Fact) -> wire::WireFact {
    let Fact { id, text, at } = fact;
    wire::WireFact { id, text, at }
}

fn entry(entry: &HistoryEntry) -> wire::WireHistoryEntry {
    let role = match entry.role {
        Role::User => wire::WireRole::User,
        Role::Agent => wire::WireRole::Agent,
        Role::Operator => wire::WireRole::Operator,
    };
    wire::WireHistoryEntry { role, text: entry.text.clone(), media: entry.media.clone(), at: entry.at }
}

fn undelivered(undelivered: &Undelivered) -> wire::WireUndelivered {
    wire::WireUndelivered { text: undelivered.text.clone(), reason: undelivered.reason.clone(), code: undelivered.code }
}

fn milliseconds(time: SystemTime) -> u64 {
    u64::try_from(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}
