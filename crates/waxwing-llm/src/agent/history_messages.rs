//! Messages for the model about the conversation before its turn.
//!
//! Texts of the agent are messages of the model. All else is a tag in a message of the user, because a model imitates what stands in its own
//! messages.

use std::iter;

use waxwing_agent::{Author, HistoryEntry, HistoryEvent, Question, SentPart, ToolRound};

use super::earlier_media::ShownMedium;
use super::prompt::{GivenReaction, MessageFormat, message_tag, transcript};
use super::reasoning;
use crate::tag::Tag;
use crate::{ChatMessage, ContentPart, ToolCall, ToolResult, ToolSpec};

/// Settings by which a history is read.
pub(super) struct HistoryReader<'a> {
    /// Name of the agent. The messages of other agents carry their names.
    pub(super) agent: &'a str,
    pub(super) format: &'a MessageFormat,
    pub(super) is_group: bool,
    /// Tools of the agent. Some providers refuse calls of other tools.
    pub(super) tools: &'a [ToolSpec],
}

impl HistoryReader<'_> {
    /// Returns the messages of these entries with their media. The first one is a user message, because providers require that.
    pub(super) fn messages(&self, entries: &[HistoryEntry], media: Vec<Option<ShownMedium>>) -> Vec<ChatMessage> {
        let mut messages = Vec::new();
        // Notes about the last message of the agent, which stand before the next message of the user.
        let mut notes: Vec<Note> = Vec::new();
        for (entry, medium) in entries.iter().zip(media) {
            match (&entry.event, self.is_own(&entry.author)) {
                (HistoryEvent::Sent(parts), true) => {
                    let text = reasoning::strip(&own_text(parts)).to_owned();
                    let shown: Vec<_> = parts.iter().filter_map(shown).collect();
                    if messages.is_empty() && !text.is_empty() {
                        notes.push(Tag::new("you_wrote").text(&text).into());
                    } else if !text.is_empty() {
                        push_user(&mut messages, notes.drain(..));
                        push_own(&mut messages, &text);
                    }
                    notes.extend(shown.into_iter().map(Note::from));
                }
                (HistoryEvent::Tools(round), true) if !messages.is_empty() && self.has_tools_of(round) => {
                    push_user(&mut messages, notes.drain(..));
                    push_round(&mut messages, entry.seq, round);
                }
                _ => notes.extend(self.note(entry, medium)),
            }
            if entry.message().is_some() {
                push_user(&mut messages, notes.drain(..));
            }
        }
        push_user(&mut messages, notes);
        messages
    }

    fn is_own(&self, author: &Author) -> bool {
        matches!(author, Author::Agent(name) if name.is_empty() || name == self.agent)
    }

    fn has_tools_of(&self, round: &ToolRound) -> bool {
        round.calls.iter().all(|call| self.tools.iter().any(|tool| tool.name == call.name))
    }

    /// Returns what the model reads about an entry that is not its own.
    fn note(&self, entry: &HistoryEntry, medium: Option<ShownMedium>) -> Option<Note> {
        let (medium, file) = medium.map(|medium| (medium.tag, medium.file)).unzip();
        Some(Note { tag: self.tag(entry, medium)?, file: file.flatten() })
    }

    fn tag(&self, entry: &HistoryEntry, medium: Option<Tag>) -> Option<Tag> {
        match &entry.event {
            HistoryEvent::Message(message) if transcript(message).is_some() => {
                let mut without_text = message.clone();
                without_text.text.clear();
                Some(message_tag(&without_text, medium, self.is_group, self.format))
            }
            HistoryEvent::Message(message) => Some(message_tag(message, medium, self.is_group, self.format)),
            HistoryEvent::Deleted => Some(Tag::new("message").attr("deleted", "by the user")),
            HistoryEvent::Reaction { emoji, message, quoted } => {
                let sender = match &entry.author {
                    Author::User(user) => Some(user),
                    _ => None,
                };
                let reaction = GivenReaction { sender, emoji, message, quoted: quoted.as_deref() };
                Some(reaction.tag(self.is_group))
            }
            HistoryEvent::Sent(parts) => {
                let tag = match &entry.author {
                    Author::Agent(name) => Tag::new("other_agent").attr("name", name),
                    Author::Operator => Tag::new("employee"),
                    Author::BusinessApp => Tag::new("employee").attr("app", "WhatsApp Business"),
                    Author::OtherApp => Tag::new("employee").attr("app", "another app"),
                    _ => Tag::new("automatic_reply"),
                };
                Some(tag.text(&own_text(parts)).children(parts.iter().filter_map(shown)))
            }
            HistoryEvent::HandedOff => Some(Tag::new("employee_takes_over")),
            HistoryEvent::Resumed => Some(Tag::new("agent_takes_over")),
            HistoryEvent::Unanswered => Some(Tag::new("unanswered")),
            _ => None,
        }
    }
}

/// A tag with the file that follows it.
struct Note {
    tag: Tag,
    file: Option<ContentPart>,
}

impl From<Tag> for Note {
    fn from(tag: Tag) -> Self {
        Self { tag, file: None }
    }
}

/// Appends notes to the last user message, or as a new one, because some models require alternating roles.
fn push_user(messages: &mut Vec<ChatMessage>, notes: impl IntoIterator<Item = Note>) {
    let parts = notes.into_iter().flat_map(|note| iter::once(ContentPart::Text(note.tag.into())).chain(note.file));
    let parts: Vec<_> = parts.collect();
    match messages.last_mut() {
        _ if parts.is_empty() => {}
        Some(ChatMessage::User(last)) => last.extend(parts),
        _ => messages.push(ChatMessage::User(parts)),
    }
}

fn push_own(messages: &mut Vec<ChatMessage>, more: &str) {
    match messages.last_mut() {
        Some(ChatMessage::Assistant { text, .. }) => *text = format!("{text}\n{more}"),
        _ => messages.push(ChatMessage::assistant(more)),
    }
}

/// Appends tool calls with their results. The ids come from the position, so they are the same in each request.
fn push_round(messages: &mut Vec<ChatMessage>, seq: i64, round: &ToolRound) {
    let calls = round.calls.iter().zip(1..).map(|(call, nth)| {
        let made = ToolCall::new(format!("past_{seq}_{nth}"), call.name.clone(), call.arguments.clone());
        let result = ToolResult::new(&made, call.result.clone());
        (made, result)
    });
    let (tool_calls, results) = calls.unzip();
    messages.push(ChatMessage::Assistant { text: String::new(), tool_calls, provider_state: None });
    messages.push(ChatMessage::Tools(results));
}

/// Returns the texts of a message that the business sent.
fn own_text(parts: &[SentPart]) -> String {
    let texts = parts.iter().filter_map(|part| match part {
        SentPart::Text(text) | SentPart::Markdown(text) | SentPart::LocationRequest(text) => Some(text.as_str()),
        SentPart::Question(question) => Some(question.text.as_str()),
        SentPart::Link(link) => Some(link.text.as_str()),
        SentPart::Form(form) => Some(form.text.as_str()),
        _ => None,
    });
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Returns what the user saw in addition to the text of a part.
fn shown(part: &SentPart) -> Option<Tag> {
    let showed = |kind: &str| Tag::new("you_showed").attr("kind", kind);
    match part {
        SentPart::Media(media) => {
            let tag = showed(media.kind.as_str()).attr("type", &media.mime_type);
            Some(tag.attr_if_some("name", media.filename.as_ref()))
        }
        SentPart::Question(Question { choices, .. }) => {
            let labels: Vec<_> = choices.iter().map(|choice| choice.label.as_str()).collect();
            Some(showed("buttons").text(&labels.join(", ")))
        }
        SentPart::Link(link) => Some(showed("link").text(&link.plain_text())),
        SentPart::Form(form) => Some(showed("form").attr("name", form.answer_name()).text(&form.label)),
        SentPart::Location(location) => Some(showed("location").text(&location.to_string())),
        SentPart::LocationRequest(_) => Some(showed("location request")),
        SentPart::Contact(contact) => Some(showed("contact").text(&contact.to_string())),
        SentPart::Template(template) => Some(showed("template").text(&template.plain_text())),
        SentPart::Reaction { emoji, .. } => Some(showed("reaction").text(emoji)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_agent::{
        FormAnswer, FormRequest, Media, MediaKind, MessageContent, QuotedMessage, Reaction, Role, SentMedia,
        ToolExchange, User, UserMessage,
    };

    use crate::Modalities;
    use crate::agent::earlier_media::{EarlierMedia, MediaSize};

    /// Returns the messages, one per line, with their parts separated by bars.
    async fn read(entries: &[HistoryEntry]) -> Vec<String> {
        read_in(false, entries).await
    }

    async fn read_in(is_group: bool, entries: &[HistoryEntry]) -> Vec<String> {
        let tools = [ToolSpec::new("find_order", "", serde_json::json!({}))];
        let format = MessageFormat::default();
        let reader = HistoryReader { agent: "waiter", format: &format, is_group, tools: &tools };
        let line = |message: &ChatMessage| match message {
            ChatMessage::User(parts) => {
                let parts = parts.iter().map(|part| match part {
                    ContentPart::Text(text) => text.clone(),
                    other => format!("{other:?}"),
                });
                format!("user: {}", parts.collect::<Vec<_>>().join("|"))
            }
            ChatMessage::Assistant { text, tool_calls, .. } => {
                let calls = tool_calls.iter().map(|call| format!(" {}({})", call.id, call.arguments));
                format!("model: {text}{}", calls.collect::<String>())
            }
            ChatMessage::Tools(results) => format!("tool: {} {}", results[0].call_id, results[0].text),
        };
        let room = MediaSize::room(1000, None);
        let media = EarlierMedia::read(entries, 0, room, false, (Modalities::all(), 1000)).await;
        reader.messages(entries, media.shown).iter().map(line).collect()
    }

    fn said(role: Role, text: &str) -> HistoryEntry {
        HistoryEntry::new(role, text)
    }

    fn of(author: Author, event: HistoryEvent) -> HistoryEntry {
        HistoryEntry::of(author, event)
    }

    #[tokio::test]
    async fn messages_alternate_and_begin_with_the_user() {
        let history = [
            said(Role::Agent, "Welcome!"),
            said(Role::User, "one"),
            said(Role::User, "two"),
            said(Role::Agent, "1"),
            said(Role::Agent, "2"),
            said(Role::User, "three"),
        ];
        let expected = [
            "user: <you_wrote>Welcome!</you_wrote>|<message>one</message>|<message>two</message>",
            "model: 1\n2",
            "user: <message>three</message>",
        ];
        assert_eq!(read(&history).await, expected);
    }

    #[tokio::test]
    async fn tool_rounds_are_shown_as_calls_with_results() {
        let call = ToolExchange::new("find_order", serde_json::json!({"name": "Ana"}), "Order 17");
        let round = |call: &ToolExchange| {
            of(Author::Agent("waiter".into()), HistoryEvent::Tools(ToolRound::new([call.clone()])))
        };
        let unknown = ToolExchange::new("gone", serde_json::json!({}), "x");
        let history = [
            said(Role::User, "Is it ready?"),
            round(&call).with_seq(7),
            round(&unknown).with_seq(8),
            said(Role::Agent, "Yes."),
        ];
        let expected = [
            "user: <message>Is it ready?</message>",
            "model:  past_7_1({\"name\":\"Ana\"})",
            "tool: past_7_1 Order 17",
            "model: Yes.",
        ];
        assert_eq!(read(&history).await, expected, "a call of a tool that the agent no longer has is left out");
    }

    #[tokio::test]
    async fn a_form_is_shown_with_its_name() {
        let form = FormRequest::flow_id("7").with_name("booking").with_text("When?").with_label("Book");
        let sent = HistoryEntry::sent(Author::Agent("waiter".into()), [SentPart::Form(form)]);
        let mut answer = FormAnswer::new(serde_json::json!({"guests": "4"}));
        (answer.name, answer.form) = (Some("flow".into()), Some("booking".into()));
        let answered = HistoryEntry::from_user(UserMessage::text("").with_content(answer));
        let expected = [
            "user: <message>Pizza</message>",
            "model: When?",
            "user: <you_showed kind=\"form\" name=\"booking\">Book</you_showed>|<message>\n<form name=\"flow\" form=\"booking\">\
             {\"guests\":\"4\"}</form>\n</message>",
        ];
        assert_eq!(read(&[said(Role::User, "Pizza"), sent, answered]).await, expected);
    }

    #[tokio::test]
    async fn buttons_and_media_are_shown_as_what_they_were() {
        let question = Question::new("Which size?").choice("s", "Small").choice("l", "Large <b>");
        let sent = HistoryEntry::sent(Author::Agent("waiter".into()), [SentPart::Question(question)]);
        let picture = UserMessage::text("this?").with_media(Media::gone(MediaKind::Image, "image/png"));
        let expected = [
            "user: <message>Pizza</message>",
            "model: Which size?",
            "user: <you_showed kind=\"buttons\">Small, Large &lt;b&gt;</you_showed>|<message>\n<media kind=\"image\" type=\"image/png\" \
             problem=\"it is no longer available\"/>\nthis?\n</message>",
        ];
        assert_eq!(read(&[said(Role::User, "Pizza"), sent, HistoryEntry::from_user(picture)]).await, expected);
    }

    #[tokio::test]
    async fn a_recording_and_a_reaction_look_as_in_their_own_turn() {
        let recording = Media::gone(MediaKind::Voice, "audio/ogg; codecs=opus");
        let quoted = QuotedMessage::new(Author::Agent("waiter".into()), "At <8>");
        let reaction = |emoji: &str, quoted: Option<&QuotedMessage>| {
            let (emoji, quoted) = (emoji.to_owned(), quoted.cloned().map(Box::new));
            of(Author::User(User::new("1")), HistoryEvent::Reaction { emoji, message: "wamid.0".to_owned(), quoted })
        };
        let recording = HistoryEntry::from_user(UserMessage::text("").with_media(recording));
        let history = [recording, reaction("👍", Some(&quoted)), reaction("", None)];
        let expected = "user: <message>\n<media kind=\"voice note\" type=\"audio/ogg\" problem=\"it is no longer available\"/>\n</message>|\
                        <reaction message_id=\"wamid.0\" emoji=\"👍\">\n<quote from=\"you\">At &lt;8&gt;</quote>\n</reaction>|\
                        <reaction message_id=\"wamid.0\" removed=\"yes\">\n<quote problem=\"the message is no longer kept\"/>\n</reaction>";
        assert_eq!(read(&history).await, [expected]);
        let mut given = UserMessage::text("");
        given.content = Some(MessageContent::Reaction(Reaction::new("wamid.0", Some("👍".into()))));
        given.quoted = Some(quoted);
        let own_turn = String::from(message_tag(&given, None, false, &MessageFormat::default()));
        assert!(expected.contains(&own_turn), "{own_turn}");
    }

    #[tokio::test]
    async fn messages_and_reactions_in_a_group_name_their_senders_and_quote_as_in_their_own_turn() {
        let (ana, bea) = (User::new("1").with_name("Ana"), User::new("2").with_name("Bea"));
        let asked = UserMessage::text("Pizza?").with_id("wamid.1").with_sender(bea);
        let mut answer = UserMessage::text("For me too").with_sender(ana.clone());
        answer.quotes = Some("wamid.1".into());
        answer.quoted = Some(QuotedMessage::from(&asked));
        let quoted = Some(Box::new(QuotedMessage::from(&asked)));
        let reaction = HistoryEvent::Reaction { emoji: "👍".to_owned(), message: "wamid.1".to_owned(), quoted };
        let history =
            [HistoryEntry::from_user(asked), HistoryEntry::from_user(answer.clone()), of(Author::User(ana), reaction)];
        let format = MessageFormat::default();
        let quote = "<quote from=\"member\" name=\"Bea\">Pizza?</quote>";
        let expected = [
            "<message from=\"Bea\">Pizza?</message>".to_owned(),
            format!("<message from=\"Ana\">\n{quote}\nFor me too\n</message>"),
            format!("<reaction from=\"Ana\" message_id=\"wamid.1\" emoji=\"👍\">\n{quote}\n</reaction>"),
        ];
        assert_eq!(read_in(true, &history).await, [format!("user: {}", expected.join("|"))]);
        assert_eq!(String::from(message_tag(&answer, None, true, &format)), expected[1]);
    }

    #[tokio::test]
    async fn media_that_are_kept_look_as_in_their_own_turn() {
        let picture = UserMessage::text("this?").with_media(Media::image("image/png", vec![0; 9]));
        let recording = Media::gone(MediaKind::Voice, "audio/ogg; codecs=opus");
        let spoken = UserMessage::text("two <b> please").with_media(recording);
        let mut menu = SentMedia::new(MediaKind::Image, "image/jpeg");
        menu.file = Some(Media::image("image/jpeg", vec![0; 5]));
        let parts = [SentPart::Media(menu), SentPart::Text("Our menu".into())];
        let history = [
            HistoryEntry::from_user(picture),
            HistoryEntry::from_user(spoken),
            HistoryEntry::sent(Author::BusinessApp, parts),
        ];
        let expected = "user: <message>\n<media kind=\"image\" type=\"image/png\"/>\nthis?\n</message>|\
                        Image(Blob { mime_type: \"image/png\", len: 9, .. })|\
                        <message>\n<media kind=\"voice note\" type=\"audio/ogg\">\n<transcript>two &lt;b&gt; please</transcript>\n</media>\n</message>|\
                        <employee app=\"WhatsApp Business\">\nOur menu\n<you_showed kind=\"image\" type=\"image/jpeg\"/>\n</employee>|\
                        Image(Blob { mime_type: \"image/jpeg\", len: 5, .. })";
        assert_eq!(read(&history).await, [expected]);
    }

    #[tokio::test]
    async fn other_authors_and_events_are_notes() {
        let text = |text: &str| [SentPart::Text(text.to_owned())];
        let history = [
            said(Role::User, "Help"),
            of(Author::System, HistoryEvent::Unanswered),
            HistoryEntry::sent(Author::System, text("Sorry.")),
            of(Author::System, HistoryEvent::HandedOff),
            HistoryEntry::sent(Author::Operator, text("I am Bea.")),
            of(Author::System, HistoryEvent::Resumed),
            HistoryEntry::sent(Author::Agent("cook".into()), text("Soup?")),
        ];
        let expected = "user: <message>Help</message>|<unanswered/>|<automatic_reply>Sorry.</automatic_reply>|<employee_takes_over/>|\
                        <employee>I am Bea.</employee>|<agent_takes_over/>|<other_agent name=\"cook\">Soup?</other_agent>";
        assert_eq!(read(&history).await, [expected]);
    }
}
