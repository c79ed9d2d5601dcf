//! From what WhatsApp delivered to what an agent hears.

use std::time::{Duration, SystemTime};

use waxwing_agent::{Choice, Contact, Location, MediaKind, User, UserMessage};
use waxwing_store::{InboxSeq, Origin, PendingMessage};
use waxwing_webhook::{InboundContent, InboundMedia, InteractiveReply};

use crate::operator::Act;
use crate::system_messages::SystemMessages;

/// What lets the agent answer again.
const RESUME: &str = "/bot";

/// A message as the engine understands it.
#[derive(Debug)]
pub(crate) enum Inbound {
    /// Something for the agent.
    Message(Box<ReceivedMessage>),
    /// Something for the engine.
    Command(Command),
    /// What a person of the business said, or did.
    Operator(Box<Act>),
    /// Nothing that an agent can take: Meta's name for the type.
    Unsupported(String),
}

impl Inbound {
    /// What is for the agent.
    pub(crate) fn into_message(self) -> Option<ReceivedMessage> {
        match self {
            Self::Message(said) => Some(*said),
            Self::Command(_) | Self::Operator(_) | Self::Unsupported(_) => None,
        }
    }
}

/// Something for the agent, with the medium that is still to be fetched.
#[derive(Debug, Clone)]
pub(crate) struct ReceivedMessage {
    pub(crate) seq: InboxSeq,
    pub(crate) message: UserMessage,
    pub(crate) medium: Option<(MediaKind, InboundMedia)>,
}

/// Something for the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// Begin a new session.
    NewSession,
    /// Call off whatever is being answered, and do not answer what waits.
    Stop,
    /// Let a person answer.
    Handoff,
    /// Let the agent answer again.
    Resume,
    /// Answer with these words.
    Say(String),
}

/// Understands a stored message; `texts` has the commands that its user may use.
pub(crate) fn classify(pending: &PendingMessage, texts: &SystemMessages) -> Inbound {
    classify_with(pending, |word| command(word, texts))
}

/// The same while a person answers: whatever is not meant for the engine alone is said to that person.
pub(crate) fn classify_paused(pending: &PendingMessage) -> Inbound {
    classify_with(pending, |word| (word == RESUME).then_some(Command::Resume))
}

fn classify_with(pending: &PendingMessage, command: impl Fn(&str) -> Option<Command>) -> Inbound {
    match pending.origin {
        Origin::User => {}
        Origin::BusinessApp => return Inbound::Operator(Box::new(Act::typed(pending))),
        Origin::Operator => return Inbound::Operator(Box::new(Act::of_desk(pending))),
    }
    let Ok(parsed) = waxwing_webhook::InboundMessage::parse(&pending.body) else {
        return Inbound::Unsupported(pending.kind.clone());
    };
    let quotes = parsed.context.and_then(|context| context.id).map(waxwing_types::MessageId::into_string);
    if let InboundContent::Text { body } = &parsed.content
        && let Some(command) = command(&body.trim().to_lowercase())
    {
        return Inbound::Command(command);
    }
    let Some((mut message, medium)) = decode_content(parsed.content) else {
        return Inbound::Unsupported(pending.kind.clone());
    };
    pending.id.as_str().clone_into(&mut message.id);
    message.sender = User { id: pending.sender.label().to_owned(), name: pending.sender.name.clone() };
    message.sent_at = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(pending.sent_at).unwrap_or(0));
    message.quotes = quotes;
    Inbound::Message(Box::new(ReceivedMessage { seq: pending.seq, message, medium }))
}

/// What an agent can take of a message, with the medium that is still to be fetched.
pub(crate) fn decode_content(content: InboundContent) -> Option<(UserMessage, Option<(MediaKind, InboundMedia)>)> {
    Some(match content {
        InboundContent::Text { body } => (UserMessage::text(body), None),
        InboundContent::Image(media) => with_caption(MediaKind::Image, media),
        InboundContent::Video(media) => with_caption(MediaKind::Video, media),
        InboundContent::Audio(media) if media.voice => with_caption(MediaKind::Voice, media),
        InboundContent::Audio(media) => with_caption(MediaKind::Audio, media),
        InboundContent::Document(media) => with_caption(MediaKind::Document, media),
        InboundContent::Sticker(media) => with_caption(MediaKind::Sticker, media),
        InboundContent::ButtonReply(tapped)
        | InboundContent::ListReply(tapped)
        | InboundContent::QuickReply(tapped) => (UserMessage::tap(choice(tapped)), None),
        InboundContent::Location(place) => (UserMessage::text("").with_location(location(place)), None),
        InboundContent::Contacts(cards) => {
            (cards.into_iter().map(contact).fold(UserMessage::text(""), UserMessage::with_contact), None)
        }
        _ => return None,
    })
}

fn with_caption(kind: MediaKind, mut media: InboundMedia) -> (UserMessage, Option<(MediaKind, InboundMedia)>) {
    (UserMessage::text(media.caption.take().unwrap_or_default()), Some((kind, media)))
}

fn choice(tapped: InteractiveReply) -> Choice {
    Choice { id: tapped.id, label: tapped.title, description: tapped.description }
}

fn location(place: waxwing_webhook::InboundLocation) -> Location {
    let (latitude, longitude) = (place.latitude.get(), place.longitude.get());
    Location { latitude, longitude, name: place.name, address: place.address }
}

fn contact(card: waxwing_webhook::InboundContact) -> Contact {
    Contact {
        name: card.name.unwrap_or_default(),
        phones: card.phones.into_iter().map(|phone| phone.phone).collect(),
        emails: card.emails,
        company: card.company,
    }
}

/// A command is a word alone in a message, in any case.
fn command(word: &str, texts: &SystemMessages) -> Option<Command> {
    match word {
        "/new" => Some(Command::NewSession),
        "/stop" => Some(Command::Stop),
        "/human" if !texts.handed_off.is_empty() => Some(Command::Handoff),
        RESUME => Some(Command::Resume),
        "/help" => texts.help().map(Command::Say),
        _ => {
            let found = texts.commands.iter().find(|command| command.word.trim().to_lowercase() == word)?;
            Some(Command::Say(found.reply.clone()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system_messages::CustomCommand;
    use bytes::Bytes;
    use serde_json::{Value, json};
    use waxwing_store::{Origin, Timestamp, UserIdentity as Sender};
    use waxwing_types::{MessageId, WaId};

    fn heard(mut message: Value) -> Inbound {
        message["id"] = json!("wamid.A");
        classify(
            &PendingMessage {
                seq: InboxSeq(1),
                id: MessageId::new("wamid.A"),
                origin: Origin::User,
                sender: Sender { wa_id: Some(WaId::new("34600000000")), name: Some("Ana".into()), ..Sender::default() },
                sent_at: 1_767_225_601,
                received_at: Timestamp::from_millis(0),
                kind: message["type"].as_str().unwrap_or_default().into(),
                body: Bytes::from(message.to_string()),
                run: None,
            },
            &texts(),
        )
    }

    fn texts() -> SystemMessages {
        let command =
            |word: &str| CustomCommand { word: word.into(), reply: "From 9 to 5.".into(), description: String::new() };
        SystemMessages {
            help: "Help!".into(),
            commands: vec![command("/Hours"), command("/new")],
            ..SystemMessages::default()
        }
    }

    #[test]
    fn text_keeps_its_sender_and_what_it_quotes() {
        let Inbound::Message(said) = heard(json!({"type":"text","text":{"body":"hi"},"context":{"id":"wamid.Q"}}))
        else {
            panic!()
        };
        assert_eq!(said.message.text, "hi");
        assert_eq!(said.message.sender, User { id: "34600000000".into(), name: Some("Ana".into()) });
        assert_eq!(said.message.quotes.as_deref(), Some("wamid.Q"));
        assert_eq!(said.message.sent_at, SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_601));
    }

    #[test]
    fn a_caption_is_the_text_and_a_voice_note_is_no_mere_audio() {
        let Inbound::Message(said) = heard(json!({"type":"image","image":{"id":"7","caption":"look"}})) else {
            panic!()
        };
        assert_eq!((said.message.text.as_str(), said.medium.unwrap().0), ("look", MediaKind::Image));
        let Inbound::Message(said) = heard(json!({"type":"audio","audio":{"id":"7","voice":true}})) else { panic!() };
        assert_eq!(said.medium.unwrap().0, MediaKind::Voice);
    }

    #[test]
    fn a_tap_has_the_id_that_was_sent_and_reads_as_its_label() {
        let reply = json!({"id": "l", "title": "Large", "description": "40 cm"});
        let button = json!({"id": "l", "title": "/new"});
        for (message, expected) in [
            (
                json!({"type": "interactive", "interactive": {"type": "list_reply", "list_reply": reply}}),
                Choice::new("l", "Large").description("40 cm"),
            ),
            // What the business has written is no command of the user.
            (
                json!({"type": "interactive", "interactive": {"type": "button_reply", "button_reply": button}}),
                Choice::new("l", "/new"),
            ),
            (json!({"type": "button", "button": {"payload": "l", "text": "Large"}}), Choice::new("l", "Large")),
        ] {
            let message = heard(message).into_message().unwrap().message;
            assert_eq!((message.text.as_str(), &message.choice), (expected.label.as_str(), &Some(expected.clone())));
        }
    }

    #[test]
    fn places_and_cards_are_shared() {
        let place = json!({"type": "location", "location": {"latitude": 1.5, "longitude": 2.5, "name": "Sol"}});
        let message = heard(place).into_message().unwrap().message;
        assert_eq!(message.location, Some(Location::new(1.5, 2.5).named("Sol")));
        let card = json!({"name": {"formatted_name": "Bea"}, "phones": [{"phone": "1"}], "emails": [{"email": "b@x"}]});
        let message = heard(json!({"type": "contacts", "contacts": [card, {}]})).into_message().unwrap().message;
        assert_eq!(message.contacts, [Contact::new("Bea").phone("1").email("b@x"), Contact::default()]);
    }

    #[test]
    fn a_word_alone_in_any_case_is_a_command() {
        let say = |words: &str| Command::Say(words.into());
        for (body, expected) in [
            ("/new", Command::NewSession),
            (" /NEW\n", Command::NewSession),
            ("/Stop", Command::Stop),
            ("/Help", say("Help!")),
            ("/hours", say("From 9 to 5.")),
        ] {
            let heard = heard(json!({"type":"text","text":{"body":body}}));
            assert!(matches!(heard, Inbound::Command(found) if found == expected), "{body}");
        }
        assert!(matches!(heard(json!({"type":"text","text":{"body":"/new idea"}})), Inbound::Message(_)));
    }

    #[test]
    fn what_is_not_understood_keeps_its_kind() {
        assert!(matches!(heard(json!({"type":"poll","poll":{}})), Inbound::Unsupported(kind) if kind == "poll"));
        assert!(matches!(heard(json!({"type":"image"})), Inbound::Unsupported(kind) if kind == "image"));
    }
}
