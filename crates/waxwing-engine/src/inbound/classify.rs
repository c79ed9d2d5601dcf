//! Classifies pending messages by who handles them.

use std::time::{Duration, SystemTime};

use waxwing_agent::{MessageContent, User, UserMessage};
use waxwing_store::{InboxSeq, MarketingChoice, MarketingState, Origin, PendingMessage, UserIdentity};
use waxwing_webhook::{InboundContent, InboundMessage};

use super::content::{PendingMedium, decode_edit, decode_message};
use super::marketing_words;
use crate::operator::{NextResponder, StoredAction};
use crate::stored_event::read_event;
use crate::system_messages::SystemMessages;

/// The command that makes the agent answer again.
const RESUME: &str = "/bot";

/// A pending message, by who handles it.
#[derive(Debug)]
pub(crate) enum Inbound {
    /// A message for the agent.
    Message(Box<ReceivedMessage>),
    /// A command, which the engine executes.
    Command(Command),
    /// A message or an action of an operator, with the responder after it. The conversation log has the text.
    Operator(NextResponder),
    /// A reaction to an earlier message.
    Reaction(Box<ReceivedMessage>),
    /// A change of an earlier message.
    Change(Box<MessageChange>),
    /// A message of a type that agents cannot take, by Meta's name of the type.
    Unsupported(String),
}

/// A change of an earlier message of the user.
#[derive(Debug)]
pub(crate) struct MessageChange {
    /// Id of the message that changes.
    pub(crate) target: String,
    /// The message with its new content, or none if the user deleted the message.
    pub(crate) edited: Option<UserMessage>,
}

impl MessageChange {
    /// Returns the change that a message makes, if it makes one.
    pub(crate) fn from_content(content: InboundContent) -> Option<Self> {
        match content {
            InboundContent::Edit { message_id, content } => {
                Some(Self { target: message_id.into_string(), edited: Some(decode_edit(*content)?) })
            }
            InboundContent::Deletion { message_id } => Some(Self { target: message_id.into_string(), edited: None }),
            _ => None,
        }
    }
}

/// Gives a message its new content. An edit of media changes the caption, and keeps the media.
pub(crate) fn apply_edit(message: &mut UserMessage, edited: UserMessage) {
    message.text = edited.text;
    if message.media.is_none() {
        message.content = edited.content;
    }
}

impl ReceivedMessage {
    /// Returns whether a user sent the message, so that it can be quoted and marked as read.
    pub(crate) fn is_from_user(&self) -> bool {
        !matches!(self.message.content, Some(MessageContent::Event(_)))
    }
}

impl Inbound {
    /// Returns the message for the agent, if it is one.
    pub(crate) fn into_message(self) -> Option<ReceivedMessage> {
        match self {
            Self::Message(received) => Some(*received),
            Self::Command(_) | Self::Operator(_) | Self::Reaction(_) | Self::Change(_) | Self::Unsupported(_) => None,
        }
    }
}

/// A message for the agent, with the medium that is still to be downloaded.
#[derive(Debug, Clone)]
pub(crate) struct ReceivedMessage {
    pub(crate) seq: InboxSeq,
    pub(crate) message: UserMessage,
    pub(crate) medium: Option<PendingMedium>,
    /// Size of the stored message in bytes.
    pub(crate) size: usize,
    /// Time since the store received the message, when it was read.
    pub(crate) age: Duration,
}

/// A command of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// Starts a new session.
    NewSession,
    /// Cancels the run and the waiting messages.
    Stop,
    /// Hands the conversation off to an operator.
    Handoff,
    /// Makes the agent answer again.
    Resume,
    /// Stops marketing messages, or allows them again.
    Marketing(MarketingChoice),
    /// Answers with a fixed text.
    Say(String),
}

/// Classifies a message. `system_messages` contains the commands of its user; `marketing` decides what a word such as "STOP" means.
pub(crate) fn classify(
    pending: &PendingMessage,
    system_messages: &SystemMessages,
    marketing: MarketingState,
) -> Inbound {
    if let Some(choice) = marketing_words::choice(pending, marketing) {
        return Inbound::Command(Command::Marketing(choice));
    }
    classify_with(pending, |word| command(word, system_messages))
}

/// Classifies a message of a conversation that an operator answers. The resume command is the only command there.
pub(crate) fn classify_paused(pending: &PendingMessage) -> Inbound {
    classify_with(pending, |word| (word == RESUME).then_some(Command::Resume))
}

fn classify_with(pending: &PendingMessage, command: impl Fn(&str) -> Option<Command>) -> Inbound {
    match pending.origin {
        Origin::User => {}
        // An action that cannot be read counts as a message without text: its text is sent already, and no agent must answer it.
        Origin::Operator => {
            let action = StoredAction::from_bytes(&pending.body).unwrap_or_default();
            return Inbound::Operator(action.responder);
        }
        Origin::External => {
            let Some(event) = read_event(&pending.body) else { return Inbound::Unsupported(pending.kind.clone()) };
            return Inbound::Message(Box::new(received(pending, UserMessage::text("").with_content(event), None)));
        }
        Origin::BusinessApp | Origin::OtherApp | Origin::Agent | Origin::System => {
            return Inbound::Operator(NextResponder::HumanTemporarily);
        }
    }
    let Ok(parsed) = InboundMessage::parse(&pending.body) else {
        return Inbound::Unsupported(pending.kind.clone());
    };
    if let InboundContent::Text { body } = &parsed.content
        && let Some(command) = command(&body.trim().to_lowercase())
    {
        return Inbound::Command(command);
    }
    let is_reaction = matches!(parsed.content, InboundContent::Reaction { .. });
    if matches!(parsed.content, InboundContent::Edit { .. } | InboundContent::Deletion { .. }) {
        let change = MessageChange::from_content(parsed.content).map(Box::new);
        return change.map_or_else(|| Inbound::Unsupported(pending.kind.clone()), Inbound::Change);
    }
    let Some((message, medium)) = decode_message(parsed) else {
        return Inbound::Unsupported(pending.kind.clone());
    };
    let received = Box::new(received(pending, message, medium));
    if is_reaction { Inbound::Reaction(received) } else { Inbound::Message(received) }
}

fn received(pending: &PendingMessage, mut message: UserMessage, medium: Option<PendingMedium>) -> ReceivedMessage {
    pending.id.as_str().clone_into(&mut message.id);
    message.sender = sender(&pending.sender);
    message.sent_at = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(pending.sent_at).unwrap_or(0));
    ReceivedMessage { seq: pending.seq, message, medium, size: pending.size(), age: pending.age }
}

/// Returns a user with all ids that are known.
pub(crate) fn sender(identity: &UserIdentity) -> User {
    let mut user = User::new(identity.label());
    user.name.clone_from(&identity.name);
    user.phone = identity.wa_id.as_ref().map(|id| id.as_str().to_owned());
    user.bsuid = identity.bsuid.as_ref().map(|id| id.as_str().to_owned());
    user.parent_bsuid = identity.parent_bsuid.as_ref().map(|id| id.as_str().to_owned());
    user.username.clone_from(&identity.username);
    user
}

/// Returns whether a message of a user, as Meta sent it, is the command that makes the agent answer again.
pub(crate) fn is_resume_command(kind: &str, raw: &[u8]) -> bool {
    kind == "text"
        && InboundMessage::parse(raw).is_ok_and(
            |message| matches!(message.content, InboundContent::Text { body } if body.trim().eq_ignore_ascii_case(RESUME)),
        )
}

/// Returns the command that a message consists of. Commands are case-insensitive.
fn command(word: &str, messages: &SystemMessages) -> Option<Command> {
    match word {
        "/new" => Some(Command::NewSession),
        "/stop" => Some(Command::Stop),
        "/human" if !messages.handed_off.is_empty() => Some(Command::Handoff),
        RESUME => Some(Command::Resume),
        "/help" => messages.help().map(Command::Say),
        _ => {
            let found = messages.commands.iter().find(|command| command.word.trim().to_lowercase() == word)?;
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
    use waxwing_agent::{Choice, Contact, Location, MediaKind, UnknownContent};
    use waxwing_types::{MessageId, WaId};

    fn pending(message: &Value) -> PendingMessage {
        PendingMessage {
            seq: InboxSeq(1),
            id: MessageId::new("wamid.A"),
            origin: Origin::User,
            sender: UserIdentity {
                wa_id: Some(WaId::new("34600000000")),
                name: Some("Ana".into()),
                ..UserIdentity::default()
            },
            sent_at: 1_767_225_601,
            age: Duration::ZERO,
            received_at: waxwing_store::Timestamp::from_millis(0),
            kind: message["type"].as_str().unwrap_or_default().into(),
            body: Bytes::from(message.to_string()),
            run: None,
        }
    }

    fn classified(mut message: Value) -> Inbound {
        message["id"] = json!("wamid.A");
        classify(&pending(&message), &system_messages(), MarketingState::default())
    }

    fn system_messages() -> SystemMessages {
        let command =
            |word: &str| CustomCommand { word: word.into(), reply: "From 9 to 5.".into(), description: String::new() };
        SystemMessages {
            help: "Help!".into(),
            commands: vec![command("/Hours"), command("/new")],
            ..SystemMessages::default()
        }
    }

    #[test]
    fn a_text_keeps_its_sender_and_its_quote() {
        let Inbound::Message(received) =
            classified(json!({"type":"text","text":{"body":"hi"},"context":{"id":"wamid.Q"}}))
        else {
            panic!()
        };
        assert_eq!(received.message.text, "hi");
        let mut sender = User::new("34600000000").with_name("Ana");
        sender.phone = Some("34600000000".into());
        assert_eq!(received.message.sender, sender);
        assert_eq!(received.message.quotes.as_deref(), Some("wamid.Q"));
        assert_eq!(received.message.sent_at, SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_601));
    }

    #[test]
    fn a_caption_is_the_text_and_a_voice_note_differs_from_audio() {
        let Inbound::Message(received) = classified(json!({"type":"image","image":{"id":"7","caption":"look"}})) else {
            panic!()
        };
        assert_eq!((received.message.text.as_str(), received.medium.unwrap().0), ("look", MediaKind::Image));
        let Inbound::Message(received) = classified(json!({"type":"audio","audio":{"id":"7","voice":true}})) else {
            panic!()
        };
        assert_eq!(received.medium.unwrap().0, MediaKind::Voice);
    }

    #[test]
    fn a_tap_has_the_id_of_its_choice_and_the_label_as_text() {
        let reply = json!({"id": "l", "title": "Large", "description": "40 cm"});
        let button = json!({"id": "l", "title": "/new"});
        for (message, expected) in [
            (
                json!({"type": "interactive", "interactive": {"type": "list_reply", "list_reply": reply}}),
                Choice::new("l", "Large").with_description("40 cm"),
            ),
            // The label of a button is no command of the user.
            (
                json!({"type": "interactive", "interactive": {"type": "button_reply", "button_reply": button}}),
                Choice::new("l", "/new"),
            ),
            (json!({"type": "button", "button": {"payload": "l", "text": "Large"}}), Choice::new("l", "Large")),
        ] {
            let message = classified(message).into_message().unwrap().message;
            assert_eq!((message.text.as_str(), &message.choice), (expected.label.as_str(), &Some(expected.clone())));
        }
    }

    #[test]
    fn locations_and_contacts_are_decoded() {
        let place = json!({"type": "location", "location": {"latitude": 1.5, "longitude": 2.5, "name": "Sol"}});
        let message = classified(place).into_message().unwrap().message;
        assert_eq!(message.location, Some(Location::new(1.5, 2.5).with_name("Sol")));
        let card = json!({"name": {"formatted_name": "Bea"}, "phones": [{"phone": "1"}], "emails": [{"email": "b@x"}]});
        let message = classified(json!({"type": "contacts", "contacts": [card, {}]})).into_message().unwrap().message;
        let mut contacts = message.contacts;
        let details = contacts[0].details.take().unwrap();
        assert_eq!((details.phones[0].value.as_str(), details.emails[0].value.as_str()), ("1", "b@x"));
        assert_eq!(contacts, [Contact::new("Bea").with_phone("1").with_email("b@x"), Contact::default()]);
    }

    #[test]
    fn a_command_stands_alone_in_a_message_in_any_case() {
        let say = |words: &str| Command::Say(words.into());
        for (body, expected) in [
            ("/new", Command::NewSession),
            (" /NEW\n", Command::NewSession),
            ("/Stop", Command::Stop),
            ("/Help", say("Help!")),
            ("/hours", say("From 9 to 5.")),
        ] {
            let inbound = classified(json!({"type":"text","text":{"body":body}}));
            assert!(matches!(inbound, Inbound::Command(found) if found == expected), "{body}");
        }
        assert!(matches!(classified(json!({"type":"text","text":{"body":"/new idea"}})), Inbound::Message(_)));
    }

    #[test]
    fn an_unknown_type_keeps_its_type_and_its_json() {
        let message = json!({"type": "hologram", "hologram": {"a": 1}, "from": "34600000000", "timestamp": "1"});
        let content = classified(message).into_message().unwrap().message.content;
        let unknown = UnknownContent::new("hologram", Some(json!({"hologram": {"a": 1}})));
        assert_eq!(content, Some(unknown.into()));
        let deep = format!(r#"{{"id":"wamid.A","type":"x","x":{}{}}}"#, "[".repeat(200), "]".repeat(200));
        let (message, _) = decode_message(InboundMessage::parse(deep.as_bytes()).unwrap()).unwrap();
        assert_eq!(message.content, Some(UnknownContent::new("x", Some(json!(deep))).into()));
    }

    #[test]
    fn an_action_is_read_back() {
        let read = |body: Bytes| {
            let kind = "operator".to_owned();
            let action = PendingMessage { origin: Origin::Operator, kind, body, ..pending(&json!({"id": "1"})) };
            match classify(&action, &system_messages(), MarketingState::default()) {
                Inbound::Operator(responder) => responder,
                other => panic!("{other:?}"),
            }
        };
        for responder in [
            NextResponder::HumanTemporarily,
            NextResponder::Unchanged,
            NextResponder::HumanUntil(7),
            NextResponder::Human,
            NextResponder::Agent,
        ] {
            let stored = StoredAction { text: Some("hola".into()), responder };
            assert_eq!(read(stored.to_bytes()), responder);
        }
        assert_eq!(read(Bytes::from_static(b"7")), NextResponder::HumanTemporarily);
    }

    #[test]
    fn broken_content_of_a_known_type_is_unsupported() {
        for kind in ["image", "location", "text"] {
            assert!(matches!(classified(json!({"type": kind})), Inbound::Unsupported(found) if found == kind));
        }
    }

    #[test]
    fn a_file_that_meta_could_not_fetch_has_a_reason() {
        let problem = |kind: &str, code: i64, title: &str| {
            let message = classified(json!({"type": kind, "errors": [{"code": code, "title": title}]}));
            message.into_message().unwrap().message.media_problem
        };
        assert_eq!(problem("unsupported", 131_052, "The file is too large.").as_deref(), Some("it is too large"));
        assert_eq!(problem("image", 131_052, "Media error").as_deref(), Some("it could not be downloaded"));
        assert_eq!(problem("video", 131_000, "Oops").as_deref(), Some("it could not be downloaded"));
        assert_eq!(problem("interactive", 131_000, "Oops"), None);
    }
}
