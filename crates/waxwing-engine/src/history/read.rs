//! Reads the conversation log as the history of an agent.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use waxwing_agent::{Author, HistoryEntry, HistoryEvent, Media, SentMedia, SentPart, ToolRound, User, UserMessage};
use waxwing_store::{LogEntry, Origin, TOOL_ROUND, TRANSCRIPT, UserIdentity};
use waxwing_webhook::{InboundContent, InboundMessage};

use super::write::{HANDED_OFF, HandoffCause, REPLY, RESUMED, StoredReply, StoredTranscript, UNANSWERED};
use crate::inbound::classify::{MessageChange, apply_edit, sender};
use crate::inbound::content::decode_message;
use crate::operator::StoredAction;
use crate::stored_event::read_event;

/// Returns the history that these entries of the log make. Entries of unknown kinds, and entries that cannot be read, are left out.
pub(crate) fn entries(log: &[LogEntry]) -> Vec<HistoryEntry> {
    let mut history: Vec<HistoryEntry> = Vec::new();
    // Positions of the messages of users, by their ids.
    let mut positions: HashMap<String, usize> = HashMap::new();
    for stored in log {
        match read(stored) {
            Some(Read::Entry(entry)) => {
                if let Some(message) = entry.message() {
                    positions.insert(message.id.clone(), history.len());
                }
                history.push((*entry).with_seq(stored.seq).with_time(stored.at.as_millis()));
            }
            Some(Read::Change { message, change }) => {
                if let Some(position) = positions.get(&message) {
                    apply(&mut history[*position], change);
                }
            }
            None => {}
        }
    }
    history
}

/// Returns the cause of the handoff at an entry. None if no person takes over there.
pub(crate) fn handoff(stored: &LogEntry) -> Option<HandoffCause> {
    let is_handoff = stored.origin == Origin::System && stored.kind == HANDED_OFF;
    if is_handoff { content(stored) } else { None }
}

/// An entry of the log, by its effect on the history.
enum Read {
    Entry(Box<HistoryEntry>),
    /// A change of an earlier message of the user.
    Change {
        message: String,
        change: Change,
    },
}

/// A change of an earlier message of the user.
enum Change {
    Transcript(String),
    Edited(Box<UserMessage>),
    Deleted,
}

fn apply(entry: &mut HistoryEntry, change: Change) {
    let HistoryEvent::Message(message) = &mut entry.event else { return };
    match change {
        Change::Transcript(transcript) => add_transcript(&mut message.text, &transcript),
        Change::Edited(edited) => apply_edit(message, *edited),
        Change::Deleted => entry.event = HistoryEvent::Deleted,
    }
}

/// Adds the transcript of a medium to the caption. Several agents of a team may add the same transcript, which is kept once.
fn add_transcript(text: &mut String, transcript: &str) {
    if text.ends_with(transcript) {
        return;
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(transcript);
}

fn read(stored: &LogEntry) -> Option<Read> {
    let author = || match stored.origin {
        Origin::Agent => Author::Agent(stored.author.clone().unwrap_or_default()),
        Origin::Operator => Author::Operator,
        Origin::BusinessApp => Author::BusinessApp,
        Origin::OtherApp => Author::OtherApp,
        Origin::User | Origin::System | Origin::External => Author::System,
    };
    let event = match (stored.origin, stored.kind.as_str()) {
        (Origin::User, _) => return from_user(stored),
        (Origin::External, _) => {
            let message = UserMessage::text("").with_content(read_event(&stored.content)?);
            return Some(Read::Entry(Box::new(HistoryEntry::from_user(message))));
        }
        (Origin::BusinessApp | Origin::OtherApp, _) => HistoryEvent::Sent(echoed(stored)?),
        (Origin::Operator, _) => {
            let text = StoredAction::from_bytes(&stored.content)?.text.filter(|text| !text.is_empty())?;
            HistoryEvent::Sent(vec![SentPart::Text(text)])
        }
        (_, REPLY) => HistoryEvent::Sent(content::<StoredReply>(stored)?.parts),
        (_, TOOL_ROUND) => HistoryEvent::Tools(content::<ToolRound>(stored)?),
        (_, TRANSCRIPT) => {
            let StoredTranscript { message, text } = content(stored)?;
            return Some(Read::Change { message, change: Change::Transcript(text) });
        }
        (_, HANDED_OFF) => HistoryEvent::HandedOff,
        (_, RESUMED) => HistoryEvent::Resumed,
        (_, UNANSWERED) => HistoryEvent::Unanswered,
        _ => return None,
    };
    Some(Read::Entry(Box::new(HistoryEntry::of(author(), event))))
}

/// Reads a message of a user, a reaction, or a change of an earlier message.
fn from_user(stored: &LogEntry) -> Option<Read> {
    let parsed = InboundMessage::parse(&stored.content).ok()?;
    let user = sender(stored.user.as_ref().unwrap_or(&UserIdentity::default()));
    match parsed.content {
        InboundContent::Edit { .. } | InboundContent::Deletion { .. } => {
            let MessageChange { target, edited } = MessageChange::from_content(parsed.content)?;
            let change = edited.map_or(Change::Deleted, |edited| Change::Edited(Box::new(edited)));
            Some(Read::Change { message: target, change })
        }
        InboundContent::Reaction { message_id, emoji } => {
            let (emoji, message) = (emoji.unwrap_or_default(), message_id.into_string());
            let event = HistoryEvent::Reaction { emoji, message, quoted: None };
            Some(Read::Entry(Box::new(HistoryEntry::of(Author::User(user), event))))
        }
        _ => received(stored, parsed, user).map(HistoryEntry::from_user).map(Box::new).map(Read::Entry),
    }
}

/// Returns a message of a user. Its media are not available.
fn received(stored: &LogEntry, parsed: InboundMessage, user: User) -> Option<UserMessage> {
    let id = parsed.id.as_str().to_owned();
    let (mut message, medium) = decode_message(parsed)?;
    message.id = id;
    message.sender = user;
    message.sent_at =
        SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(stored.at.as_millis()).unwrap_or_default());
    if let Some((kind, medium)) = medium {
        let mut gone = Media::gone(kind, medium.mime_type.unwrap_or_default());
        if let Some(filename) = medium.filename {
            gone = gone.with_filename(filename);
        }
        message.media = Some(gone);
    }
    Some(message)
}

/// Returns the parts of a message that the business wrote in the WhatsApp Business app.
fn echoed(stored: &LogEntry) -> Option<Vec<SentPart>> {
    let (message, medium) = decode_message(InboundMessage::parse(&stored.content).ok()?)?;
    let media = medium.map(|(kind, medium)| {
        let mut media = SentMedia::new(kind, medium.mime_type.unwrap_or_default());
        media.filename = medium.filename;
        media
    });
    let text = message.plain_text();
    let text = (!text.is_empty()).then(|| SentPart::Text(text.into_owned()));
    let parts: Vec<_> = media.map(SentPart::Media).into_iter().chain(text).collect();
    (!parts.is_empty()).then_some(parts)
}

fn content<T: serde::de::DeserializeOwned>(stored: &LogEntry) -> Option<T> {
    serde_json::from_slice(&stored.content).ok()
}
