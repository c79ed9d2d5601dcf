//! An answer, as an agent gives it.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use waxwing_agent::{
    AgentError, Choice, Contact, HumanHandoff, Link, Location, Media, MediaKind, Question, Reply, ReplyPart,
    RunContext, Template,
};

use crate::wire;

/// The most parts of an answer, or of what is said before it.
const MAX_PARTS: usize = 32;

/// What the user gets.
///
/// # Errors
///
/// Where a medium is not base64, or there are too many parts.
pub(crate) fn reply(parts: &[wire::WirePart]) -> Result<Reply, AgentError> {
    if parts.len() > MAX_PARTS {
        return Err(AgentError::new(format!("the HTTP agent's answer has more than {MAX_PARTS} parts")));
    }
    parts.iter().map(part).collect()
}

/// The hand-over to a person, if the answer asks for it.
pub(crate) fn handoff(answer: &wire::WireAnswer) -> Option<HumanHandoff> {
    let handoff = answer.handoff.as_ref()?;
    let lasting = |seconds| HumanHandoff::for_duration(Duration::from_secs(seconds));
    Some(handoff.seconds.map_or_else(HumanHandoff::until_resumed, lasting))
}

/// Changes the session's state and the memory as the answer says.
pub(crate) fn apply(answer: &wire::WireAnswer, ctx: &RunContext) -> Result<(), AgentError> {
    if let Some(wire::WireStateChanges { set, remove }) = &answer.state {
        for key in remove {
            ctx.session().remove(key);
        }
        for (key, value) in set {
            ctx.session().set(key.as_str(), value)?;
        }
    }
    if let Some(wire::WireMemoryChanges { forget, remember }) = &answer.memory {
        for id in forget {
            ctx.memory().forget(*id);
        }
        for fact in remember {
            // The answer is worth more than one fact.
            if let Err(error) = ctx.memory().remember(fact.as_str()) {
                tracing::warn!(%error, "a fact that an HTTP agent wants to keep is left out");
            }
        }
    }
    Ok(())
}

fn part(part: &wire::WirePart) -> Result<ReplyPart, AgentError> {
    Ok(match part.clone() {
        wire::WirePart::Text { text } => ReplyPart::Text(text),
        wire::WirePart::Markdown { text } => ReplyPart::Markdown(text),
        wire::WirePart::Media(media) => ReplyPart::Media(medium(media)?),
        wire::WirePart::Question { text, choices, menu } => {
            let question = choices.into_iter().map(choice).fold(Question::new(text), Question::with_choice);
            ReplyPart::Question(match menu {
                Some(menu) => question.menu(menu),
                None => question,
            })
        }
        wire::WirePart::Link { text, label, url } => ReplyPart::Link(Link { text, label, url }),
        wire::WirePart::Location(wire::WireLocation { latitude, longitude, name, address }) => {
            ReplyPart::Location(Location { latitude, longitude, name, address })
        }
        wire::WirePart::LocationRequest { text } => ReplyPart::LocationRequest(text),
        wire::WirePart::Contact(wire::WireContact { name, phones, emails, company }) => {
            ReplyPart::Contact(Contact { name, phones, emails, company })
        }
        wire::WirePart::Reaction { message, emoji } => ReplyPart::Reaction { message, emoji },
        wire::WirePart::Template { name, language, values } => ReplyPart::Template(Template { name, language, values }),
    })
}

fn choice(choice: wire::WireChoice) -> Choice {
    let wire::WireChoice { id, label, description } = choice;
    Choice { id, label, description }
}

fn medium(media: wire::WireAnswerMedia) -> Result<Media, AgentError> {
    let bytes = BASE64_STANDARD.decode(media.data);
    let bytes = bytes.map_err(|_| AgentError::new("a medium in the HTTP agent's answer is not base64"))?;
    let medium = Media::new(kind(media.kind), media.mime_type, bytes);
    Ok(match media.filename {
        Some(filename) => medium.named(filename),
        None => medium,
    })
}

fn kind(kind: wire::WireMediaKind) -> MediaKind {
    match kind {
        wire::WireMediaKind::Image => MediaKind::Image,
        wire::WireMediaKind::Video => MediaKind::Video,
        wire::WireMediaKind::Audio => MediaKind::Audio,
        wire::WireMediaKind::Voice => MediaKind::Voice,
        wire::WireMediaKind::Document => MediaKind::Document,
        wire::WireMediaKind::Sticker => MediaKind::Sticker,
    }
}

/// A kind in the word of the contract; one that the contract does not know is a file to it.
pub(crate) fn kind_to_wire(kind: MediaKind) -> wire::WireMediaKind {
    match kind {
        MediaKind::Image => wire::WireMediaKind::Image,
        MediaKind::Video => wire::WireMediaKind::Video,
        MediaKind::Audio => wire::WireMediaKind::Audio,
        MediaKind::Voice => wire::WireMediaKind::Voice,
        MediaKind::Sticker => wire::WireMediaKind::Sticker,
        _ => wire::WireMediaKind::Document,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[track_caller]
    fn check(part: &Value, expected: impl Into<ReplyPart>) {
        let part: wire::WirePart = serde_json::from_value(part.clone()).unwrap();
        assert_eq!(reply(&[part]).unwrap().parts(), [expected.into()]);
    }

    #[test]
    fn parts_of_every_kind() {
        check(&json!({"type": "text", "text": "a"}), ReplyPart::Text("a".into()));
        check(&json!({"type": "markdown", "text": "**a**"}), ReplyPart::Markdown("**a**".into()));
        let media = json!({"type": "media", "kind": "document", "mime_type": "application/pdf", "filename": "a.pdf", "data": "AQID"});
        check(&media, Media::document("a.pdf", "application/pdf", vec![1, 2, 3]));
        let note = json!({"type": "media", "kind": "voice", "mime_type": "audio/ogg", "data": ""});
        check(&note, Media::new(MediaKind::Voice, "audio/ogg", vec![]));
        let choices = json!([{"id": "y", "label": "Yes", "description": "really"}]);
        check(
            &json!({"type": "question", "text": "Tea?", "choices": choices, "menu": "Pick"}),
            Question::new("Tea?").with_choice(Choice::new("y", "Yes").description("really")).menu("Pick"),
        );
        check(
            &json!({"type": "link", "text": "See", "label": "Open", "url": "https://x/"}),
            Link::new("See", "Open", "https://x/"),
        );
        check(
            &json!({"type": "location", "latitude": 1.5, "longitude": 2, "name": "Sol"}),
            Location::new(1.5, 2.0).named("Sol"),
        );
        check(&json!({"type": "location_request", "text": "Where?"}), ReplyPart::LocationRequest("Where?".into()));
        check(&json!({"type": "contact", "name": "Bea", "phones": ["+34"]}), Contact::new("Bea").phone("+34"));
        let reaction = ReplyPart::Reaction { message: "1".into(), emoji: "👍".into() };
        check(&json!({"type": "reaction", "message": "1", "emoji": "👍"}), reaction);
        check(&json!({"type": "template", "name": "hello", "language": "en"}), Template::new("hello", "en"));
        let order = json!({"type": "template", "name": "order", "language": "en_US", "values": ["17", "Monday"]});
        check(&order, Template::new("order", "en_US").value("17").value("Monday"));
    }

    #[test]
    fn what_is_no_answer() {
        #[track_caller]
        fn check(answer: &Value) {
            let answer = serde_json::from_value::<wire::WireAnswer>(answer.clone());
            assert!(answer.is_err() || reply(&answer.unwrap().parts).is_err());
        }
        check(&json!({}));
        check(&json!({"part": []}));
        check(&json!({"parts": [], "handover": {}}));
        check(&json!({"parts": [{"type": "text", "txt": "a"}]}));
        check(&json!({"parts": [{"type": "text", "text": "a", "markdown": true}]}));
        check(&json!({"parts": [{"type": "location", "latitude": 1, "longitude": 2, "adress": "a"}]}));
        check(&json!({"parts": [{"type": "template", "name": "hello"}]}));
        check(&json!({"parts": [{"type": "poem", "text": "a"}]}));
        check(&json!({"parts": [{"type": "media", "kind": "image", "mime_type": "image/png", "data": "%"}]}));
        check(&json!({"parts": vec![json!({"type": "text", "text": "a"}); MAX_PARTS + 1]}));
    }

    #[test]
    fn a_handoff() {
        #[track_caller]
        fn check(hand_over: &Value, expected: Option<HumanHandoff>) {
            let answer = serde_json::from_value(json!({"parts": [], "hand_over": hand_over})).unwrap();
            assert_eq!(super::handoff(&answer), expected);
        }
        check(&Value::Null, None);
        check(&json!({}), Some(HumanHandoff::until_resumed()));
        check(&json!({"seconds": 60}), Some(HumanHandoff::for_duration(Duration::from_mins(1))));
    }
}
