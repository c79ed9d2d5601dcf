//! Finds the earlier messages that users quote, answer with a tap, or react to.

use std::collections::{HashMap, HashSet};

use waxwing_agent::{
    Author, Choice, HistoryEntry, HistoryEvent, Location, Media, MediaKind, MessageContent, QuotedMessage, UserMessage,
};
use waxwing_store::{FoundMessage, LogEntry, SentMessage, StoredMessage};
use waxwing_types::{
    CardAction, Document, Interactive, InteractiveAction, MessageId, OutboundContent, ReplyButton, TemplateComponent,
    TemplateMessage, TemplateParameter,
};
use waxwing_webhook::{InboundContent, InboundMessage};

use super::entries;
use crate::inbound::accept::REVOKE;

/// Maximum number of messages that one turn looks up in the store. Messages of the turn go first, then newer entries of the history.
const MAX_LOOKUPS: usize = 64;

/// Messages that others refer to, by their ids.
#[derive(Debug, Default)]
pub(crate) struct QuoteTargets {
    known: HashMap<String, QuotedMessage>,
    /// Ids of messages that their users deleted. These are no targets.
    deleted: HashSet<String>,
}

impl QuoteTargets {
    /// Returns the targets that a history contains, and the ids of those that neither the history nor the turn contains, for a read of the store.
    /// `log` is the log of the history.
    pub(crate) fn of<'a>(
        log: &[LogEntry],
        history: &'a [HistoryEntry],
        turn: impl Iterator<Item = &'a UserMessage> + Clone,
    ) -> (Self, Vec<MessageId>) {
        let of_history = history.iter().rev().filter_map(target_of_entry);
        let referred: HashSet<_> = turn.clone().filter_map(quote_target).chain(of_history.clone()).collect();
        let messages = history.iter().filter_map(HistoryEntry::message);
        let known = messages.clone().filter(|message| referred.contains(message.id.as_str()));
        let known = known.map(|message| (message.id.clone(), message.into())).collect();
        let targets = Self { known, deleted: log.iter().filter_map(deleted_message).collect() };
        let seen = messages.chain(turn.clone()).map(|message| message.id.as_str()).collect();
        let wanted = targets.look_up(turn.filter_map(quote_target).chain(of_history), seen);
        (targets, wanted)
    }

    /// Returns the ids of the targets of messages that are not known yet.
    pub(crate) fn unknown<'a>(&self, messages: impl Iterator<Item = &'a UserMessage> + Clone) -> Vec<MessageId> {
        let seen = messages.clone().map(|message| message.id.as_str()).collect();
        self.look_up(messages.filter_map(quote_target).filter(|id| !self.known.contains_key(*id)), seen)
    }

    /// Returns the ids that are not seen yet, each once, up to the maximum of one look-up.
    fn look_up<'a>(&self, targets: impl Iterator<Item = &'a str>, mut seen: HashSet<&'a str>) -> Vec<MessageId> {
        let wanted = targets.filter(|id| !self.deleted.contains(*id) && seen.insert(id));
        wanted.take(MAX_LOOKUPS).map(MessageId::new).collect()
    }

    /// Adds messages that the store found.
    pub(crate) fn add(&mut self, found: Vec<FoundMessage>) {
        self.known.extend(found.into_iter().filter_map(|found| Some((found.id.as_str().to_owned(), quoted(found)?))));
    }

    /// Adds the targets to messages of a turn, which may refer to each other.
    pub(crate) fn resolve(&mut self, messages: &mut [UserMessage]) {
        self.known.extend(messages.iter().map(|message| (message.id.clone(), message.into())));
        for message in messages {
            message.quoted = quote_target(message).and_then(|id| self.known.get(id)).cloned();
        }
    }

    /// Adds the targets to the entries of a history.
    pub(crate) fn resolve_history(&self, history: &mut [HistoryEntry]) {
        for entry in history {
            match &mut entry.event {
                HistoryEvent::Message(message) => {
                    message.quoted = quote_target(message).and_then(|id| self.known.get(id)).cloned();
                }
                HistoryEvent::Reaction { message, quoted, .. } => {
                    *quoted = self.known.get(message.as_str()).cloned().map(Box::new);
                }
                _ => {}
            }
        }
    }
}

/// Returns the id of the message that its user deleted with this entry.
fn deleted_message(entry: &LogEntry) -> Option<String> {
    if entry.kind != REVOKE {
        return None;
    }
    match InboundMessage::parse(&entry.content).ok()?.content {
        InboundContent::Deletion { message_id } => Some(message_id.into_string()),
        _ => None,
    }
}

/// Returns the id of the message that a message quotes or reacts to.
pub(crate) fn quote_target(message: &UserMessage) -> Option<&str> {
    match &message.content {
        Some(MessageContent::Reaction(reaction)) => Some(&reaction.message),
        _ => message.quotes.as_deref(),
    }
}

fn target_of_entry(entry: &HistoryEntry) -> Option<&str> {
    match &entry.event {
        HistoryEvent::Message(message) => quote_target(message),
        HistoryEvent::Reaction { message, .. } => Some(message),
        _ => None,
    }
}

/// Returns a stored message as a quoted one.
fn quoted(found: FoundMessage) -> Option<QuotedMessage> {
    match found.message {
        StoredMessage::Received(entry) => {
            entries(std::slice::from_ref(&*entry)).first().and_then(QuotedMessage::from_entry)
        }
        StoredMessage::Sent(sent) => Some(quoted_sent(sent)),
    }
}

fn quoted_sent(sent: SentMessage) -> QuotedMessage {
    let author = if sent.from_operator { Author::Operator } else { Author::Agent(String::new()) };
    let text = sent.content.text().map(str::to_owned).or_else(|| described(&sent.content)).unwrap_or_default();
    let mut quoted = QuotedMessage::new(author, text);
    quoted.media = medium(&sent.content);
    quoted.run_id = (!sent.from_operator).then_some(sent.run.0);
    match sent.content {
        OutboundContent::Interactive(interactive) => {
            choices(interactive).into_iter().fold(quoted, QuotedMessage::with_choice)
        }
        OutboundContent::Template(template) => quoted.with_template(template.name),
        _ => quoted,
    }
}

/// Returns the text of content that has no text of its own.
fn described(content: &OutboundContent) -> Option<String> {
    match content {
        OutboundContent::Location(place) => {
            let mut location = Location::new(place.latitude.get(), place.longitude.get());
            location.name.clone_from(&place.name);
            location.address.clone_from(&place.address);
            Some(location.to_string())
        }
        OutboundContent::Contacts(cards) => {
            let names: Vec<_> = cards.iter().map(|card| card.name.formatted_name.as_str()).collect();
            Some(names.join("\n"))
        }
        OutboundContent::Template(template) => Some(values(template)),
        _ => None,
    }
}

/// Returns the values in the text of a template. The text itself is known to Meta only.
fn values(template: &TemplateMessage) -> String {
    let mut texts = Vec::new();
    add_values(&template.components, &mut texts);
    texts.join(", ")
}

fn add_values<'a>(components: &'a [TemplateComponent], texts: &mut Vec<&'a str>) {
    for component in components {
        match component {
            TemplateComponent::Header { parameters } | TemplateComponent::Body { parameters } => {
                texts.extend(parameters.iter().filter_map(value));
            }
            TemplateComponent::Carousel { cards } => {
                for card in cards {
                    add_values(&card.components, texts);
                }
            }
            _ => {}
        }
    }
}

fn value(parameter: &TemplateParameter) -> Option<&str> {
    match parameter {
        TemplateParameter::Text { text, .. } => Some(text),
        TemplateParameter::Currency { currency, .. } => Some(&currency.fallback_value),
        TemplateParameter::DateTime { date_time, .. } => Some(&date_time.fallback_value),
        _ => None,
    }
}

fn choices(interactive: Interactive) -> Vec<Choice> {
    match interactive.action {
        InteractiveAction::Buttons(buttons) => replies(buttons).collect(),
        InteractiveAction::Mixed(buttons) => {
            let links = buttons.links.into_iter().map(|link| Choice::new("", link.label));
            links.chain(replies(buttons.replies)).collect()
        }
        InteractiveAction::List(list) => list
            .sections
            .into_iter()
            .flat_map(|section| section.rows)
            .map(|row| Choice::new(row.id, row.title))
            .collect(),
        InteractiveAction::Link(link) => vec![Choice::new("", link.label)],
        InteractiveAction::Flow(button) => vec![Choice::new("", button.label)],
        InteractiveAction::Call(button) => button.label.into_iter().map(|label| Choice::new("", label)).collect(),
        InteractiveAction::Carousel(cards) => cards
            .into_iter()
            .flat_map(|card| match card.action {
                CardAction::Link(link) => vec![Choice::new("", link.label)],
                CardAction::Replies(buttons) => replies(buttons).collect(),
                _ => Vec::new(),
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn replies(buttons: Vec<ReplyButton>) -> impl Iterator<Item = Choice> {
    buttons.into_iter().map(|button| Choice::new(button.id, button.title))
}

/// Returns the media of a sent message. Neither the bytes nor the MIME type are known.
fn medium(content: &OutboundContent) -> Option<Media> {
    let kind = match content {
        OutboundContent::Image(_) => MediaKind::Image,
        OutboundContent::Video(_) => MediaKind::Video,
        OutboundContent::Audio(audio) if audio.voice => MediaKind::Voice,
        OutboundContent::Audio(_) => MediaKind::Audio,
        OutboundContent::Document(_) => MediaKind::Document,
        OutboundContent::Sticker(_) => MediaKind::Sticker,
        _ => return None,
    };
    let media = Media::gone(kind, "");
    Some(match content {
        OutboundContent::Document(Document { filename: Some(filename), .. }) => media.with_filename(filename),
        _ => media,
    })
}
