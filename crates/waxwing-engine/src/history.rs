//! Converts the session of the store to the session of an agent, in either direction.

use std::fmt;

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};
use waxwing_agent::{HistoryEntry, Memory, Reply, ReplyPart, Role, RunContext, Session, UserMessage};
use waxwing_store::{InboxSeq, NewSessionEntry, SessionWrite, StoredSession, Timestamp};

use crate::inbound::classify::ReceivedMessage;
use crate::inbound::operator::OperatorMessage;

/// Maximum size of the text of an entry in bytes. The rest of a longer text is left out, so that one entry does not displace the others.
const MAX_TEXT_BYTES: usize = 64 * 1024;

/// A new entry of the history.
pub(crate) struct NewHistoryEntry {
    entry: HistoryEntry,
    /// The place in the inbox and the id of the user message that the entry keeps.
    message: Option<(InboxSeq, String)>,
}

impl NewHistoryEntry {
    /// Creates the entry of a user message whose media are downloaded.
    pub(crate) fn user(seq: InboxSeq, message: &UserMessage) -> Self {
        Self { entry: user_entry(message), message: Some((seq, message.id.clone())) }
    }

    /// Creates the entry of a user message to an operator. The media of the message are not downloaded.
    pub(crate) fn overheard(received: &ReceivedMessage) -> Self {
        let entry = user_entry(&received.message).with_media(received.medium.iter().map(|(kind, _)| kind.as_str()));
        Self { entry, message: Some((received.seq, received.message.id.clone())) }
    }

    /// Creates the entry of an operator message, which was sent at this time in seconds since the Unix epoch. Returns none for an action
    /// without a message.
    pub(crate) fn operator(message: &OperatorMessage, sent_at: i64) -> Option<Self> {
        let media: Vec<_> = message.medium.iter().map(|kind| kind.as_str().to_owned()).collect();
        let at = sent_at.saturating_mul(1000);
        entry(Role::Operator, message.text.clone(), media, at)
    }

    /// Creates the entry of a reply or of an interim message. Returns none if it is empty.
    pub(crate) fn agent(reply: &Reply, now: Timestamp) -> Option<Self> {
        let (mut texts, mut media) = (Vec::new(), Vec::new());
        for part in reply.parts() {
            match part {
                ReplyPart::Media(medium) => media.push(medium.kind().as_str().to_owned()),
                part => texts.extend(part.plain_text()),
            }
        }
        entry(Role::Agent, texts.join("\n"), media, now.as_millis())
    }

    /// Returns true for a message of the agent.
    pub(crate) fn is_from_agent(&self) -> bool {
        self.entry.role == Role::Agent
    }

    /// Returns true for the entry of the user message with this id.
    pub(crate) fn is_for_message(&self, id: &str) -> bool {
        self.message.as_ref().is_some_and(|(_, message)| message == id)
    }

    /// Adds the transcript of a medium. Several agents of a team may add the same transcript, which is kept once.
    pub(crate) fn add_transcript(&mut self, transcript: &str) {
        let text = &mut self.entry.text;
        if text.ends_with(transcript) {
            return;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(transcript);
    }

    /// Returns the text of the entry.
    #[cfg(test)]
    pub(crate) fn text(&self) -> &str {
        &self.entry.text
    }
}

impl From<NewHistoryEntry> for NewSessionEntry {
    fn from(mut new: NewHistoryEntry) -> Self {
        let text = &mut new.entry.text;
        if text.len() > MAX_TEXT_BYTES {
            text.truncate(text.floor_char_boundary(MAX_TEXT_BYTES));
            text.push('…');
        }
        Self { body: json(&new.entry), source: new.message.map(|(seq, _)| seq) }
    }
}

impl fmt::Debug for NewHistoryEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewHistoryEntry").field("role", &self.entry.role).finish_non_exhaustive()
    }
}

/// Returns the session of the agent. Entries and state that cannot be read are left out.
pub(crate) fn restore(stored: &StoredSession) -> Session {
    let history = stored.entries.iter().filter_map(|stored| {
        let entry: HistoryEntry = serde_json::from_slice(&stored.body).ok()?;
        Some(entry.with_seq(stored.seq))
    });
    Session::restored(stored.label.clone(), history.collect(), object(stored.state.as_ref()))
}

/// Returns the memory of the agent.
pub(crate) fn memory(stored: &StoredSession) -> Memory {
    Memory::restored(object(stored.memory.as_ref()))
}

/// Returns the session write of a run: entries, and the state and the memory if the agent changed them.
pub(crate) fn write(stored: &StoredSession, entries: Vec<NewHistoryEntry>, run: &RunContext) -> SessionWrite {
    SessionWrite {
        state: run.session().changed_state().map(|state| json(&state)),
        memory: run.memory().state().changed().map(|memory| json(&memory)),
        ..append(stored, entries)
    }
}

/// Returns the session write of a run without an answer: the memory, if the agent changed it.
pub(crate) fn memory_write(stored: &StoredSession, run: &RunContext) -> SessionWrite {
    SessionWrite { state: None, ..write(stored, Vec::new(), run) }
}

/// Returns a session write that only adds entries.
pub(crate) fn append(stored: &StoredSession, entries: Vec<NewHistoryEntry>) -> SessionWrite {
    let append = entries.into_iter().map(NewSessionEntry::from).collect();
    SessionWrite { id: stored.id, append, state: None, memory: None }
}

fn user_entry(message: &UserMessage) -> HistoryEntry {
    HistoryEntry::new(Role::User, message.plain_text())
        .with_media(message.media.iter().map(|media| media.kind().as_str()))
        .with_time(Timestamp::from(message.sent_at).as_millis())
}

fn entry(role: Role, text: String, media: Vec<String>, at: i64) -> Option<NewHistoryEntry> {
    let is_empty = text.is_empty() && media.is_empty();
    let entry = HistoryEntry::new(role, text).with_media(media).with_time(at);
    (!is_empty).then_some(NewHistoryEntry { entry, message: None })
}

fn object(stored: Option<&Bytes>) -> Map<String, Value> {
    stored.and_then(|stored| serde_json::from_slice(stored).ok()).unwrap_or_default()
}

fn json(value: &impl Serialize) -> Bytes {
    serde_json::to_vec(value).expect("entries and states have string keys and no failing serializers").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_agent::{Choice, Location, Question};

    #[test]
    fn a_long_text_is_cut() {
        let reply = Reply::text("ñ".repeat(MAX_TEXT_BYTES));
        let entry = NewHistoryEntry::agent(&reply, Timestamp::from_millis(0)).unwrap();
        let stored: HistoryEntry = serde_json::from_slice(&NewSessionEntry::from(entry).body).unwrap();
        assert_eq!(stored.text, format!("{}…", "ñ".repeat(MAX_TEXT_BYTES / 2)));
    }

    #[test]
    fn questions_taps_and_locations_are_kept_as_text() {
        let reply = Reply::text("Hi.").with_question(Question::new("Tea?").choice("y", "Yes")).with_reaction("1", "👍");
        let now = Timestamp::from_millis(0);
        assert_eq!(NewHistoryEntry::agent(&reply, now).unwrap().text(), "Hi.\nTea?\n\n1. Yes\n👍");
        assert!(NewHistoryEntry::agent(&Reply::none().with_reaction("1", ""), now).is_none());
        let user = |message| NewHistoryEntry::user(InboxSeq(1), &message).text().to_owned();
        assert_eq!(user(UserMessage::tap(Choice::new("y", "Yes"))), "Yes");
        assert_eq!(user(UserMessage::text("").with_location(Location::new(1.5, 2.5))), "1.5, 2.5");
    }
}
