//! What a session keeps of a turn, in bytes and back.

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};
use waxwing_agent::{HistoryEntry, Memory, Reply, ReplyPart, Role, RunContext, Session, UserMessage};
use waxwing_store::{InboxSeq, NewSessionEntry, SessionWrite, Timestamp};

use crate::inbound::classify::ReceivedMessage;
use crate::operator::Act;

/// Something that was said, and which message of a user it was, if it was one: its place in the inbox and its id.
#[derive(Debug)]
pub(crate) struct NewHistoryEntry {
    pub(crate) entry: HistoryEntry,
    pub(crate) message: Option<(InboxSeq, String)>,
}

impl NewHistoryEntry {
    /// The words of a user's message.
    pub(crate) fn said(seq: InboxSeq, entry: HistoryEntry, message: &UserMessage) -> Self {
        Self { entry, message: Some((seq, message.id.clone())) }
    }
}

impl From<HistoryEntry> for NewHistoryEntry {
    fn from(entry: HistoryEntry) -> Self {
        Self { entry, message: None }
    }
}

impl From<NewHistoryEntry> for NewSessionEntry {
    fn from(noted: NewHistoryEntry) -> Self {
        Self { body: json(&noted.entry), source: noted.message.map(|(seq, _)| seq) }
    }
}

/// The session as the agent sees it. Entries and state are ours; what cannot be read any more is left out rather than losing the turn.
pub(crate) fn restore(stored: &waxwing_store::StoredSession) -> Session {
    let history = stored.entries.iter().filter_map(|stored| {
        let entry: HistoryEntry = serde_json::from_slice(&stored.body).ok()?;
        Some(HistoryEntry { seq: stored.seq, ..entry })
    });
    Session::restored(stored.label.clone(), history.collect(), object(stored.state.as_ref()))
}

/// What the agent keeps across sessions.
pub(crate) fn memory(stored: &waxwing_store::StoredSession) -> Memory {
    Memory::restored(object(stored.memory.as_ref()))
}

fn object(stored: Option<&Bytes>) -> Map<String, Value> {
    stored.and_then(|stored| serde_json::from_slice(stored).ok()).unwrap_or_default()
}

/// What a turn leaves behind: its entries in order, and the state and the memory where the agent changed them.
pub(crate) fn write(
    stored: &waxwing_store::StoredSession,
    entries: impl IntoIterator<Item = NewHistoryEntry>,
    ctx: &RunContext,
) -> SessionWrite {
    SessionWrite {
        id: stored.id,
        append: entries.into_iter().map(NewSessionEntry::from).collect(),
        state: ctx.session().changed_state().map(|state| json(&state)),
        memory: ctx.memory().state().changed().map(|memory| json(&memory)),
    }
}

/// What is kept of what no agent has taken part in.
pub(crate) fn append(
    stored: &waxwing_store::StoredSession,
    entries: impl IntoIterator<Item = NewHistoryEntry>,
) -> SessionWrite {
    let append = entries.into_iter().map(NewSessionEntry::from).collect();
    SessionWrite { id: stored.id, append, state: None, memory: None }
}

/// What the user said while a person answered: nothing is fetched.
pub(crate) fn overheard(said: &ReceivedMessage) -> NewHistoryEntry {
    let media = said.medium.iter().map(|(kind, _)| kind.as_str().to_owned()).collect();
    NewHistoryEntry::said(said.seq, HistoryEntry { media, ..entry_of_user(&said.message) }, &said.message)
}

/// What a person of the business said; nothing if they did something else.
pub(crate) fn entry_of_person(act: &Act, seconds: i64) -> Option<HistoryEntry> {
    let media: Vec<_> = act.medium.iter().map(|kind| kind.as_str().to_owned()).collect();
    let is_silent = act.text.is_empty() && media.is_empty();
    let at = seconds.saturating_mul(1000);
    (!is_silent).then(|| HistoryEntry { seq: 0, role: Role::Operator, text: act.text.clone(), media, at })
}

/// What a turn without an answer leaves behind: the memory, where the agent changed it.
pub(crate) fn memory_alone(stored: &waxwing_store::StoredSession, ctx: &RunContext) -> SessionWrite {
    SessionWrite { state: None, ..write(stored, [], ctx) }
}

/// What the user said.
pub(crate) fn entry_of_user(message: &UserMessage) -> HistoryEntry {
    HistoryEntry {
        seq: 0,
        role: Role::User,
        text: message.plain_text().into_owned(),
        media: message.media.iter().map(|media| media.kind().as_str().to_owned()).collect(),
        at: Timestamp::from(message.sent_at).as_millis(),
    }
}

/// True for what the agent said.
pub(crate) fn is_of_agent(noted: &NewHistoryEntry) -> bool {
    noted.entry.role == Role::Agent
}

/// What the agent said; nothing if it said nothing.
pub(crate) fn entry_of_agent(reply: &Reply, now: Timestamp) -> Option<HistoryEntry> {
    let (mut texts, mut media) = (Vec::new(), Vec::new());
    for part in reply.parts() {
        match part {
            ReplyPart::Media(medium) => media.push(medium.kind().as_str().to_owned()),
            part => texts.extend(part.plain_text()),
        }
    }
    let silent = texts.is_empty() && media.is_empty();
    (!silent).then(|| HistoryEntry { seq: 0, role: Role::Agent, text: texts.join("\n"), media, at: now.as_millis() })
}

fn json(value: &impl Serialize) -> Bytes {
    serde_json::to_vec(value).expect("entries and states have string keys and no failing serializers").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_agent::{Choice, Location, Question};

    #[test]
    fn what_was_asked_tapped_and_shared_is_kept_in_words() {
        let reply = Reply::text("Hi.").with_question(Question::new("Tea?").choice("y", "Yes")).with_reaction("1", "👍");
        let entry = entry_of_agent(&reply, Timestamp::from_millis(0)).unwrap();
        assert_eq!(entry.text, "Hi.\nTea?\n\n1. Yes\n👍");
        assert_eq!(entry_of_agent(&Reply::none().with_reaction("1", ""), Timestamp::from_millis(0)), None);
        assert_eq!(entry_of_user(&UserMessage::tap(Choice::new("y", "Yes"))).text, "Yes");
        assert_eq!(entry_of_user(&UserMessage::text("").with_location(Location::new(1.5, 2.5))).text, "1.5, 2.5");
    }
}
