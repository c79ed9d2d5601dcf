//! Conversion of an answer from the contract.

mod template;

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use waxwing_agent::{
    AgentError, Choice, Contact, FormRef, FormRequest, HumanHandoff, Link, Location, Media, Question, Reply, ReplyPart,
    RunContext,
};

use crate::media_kind;
use crate::wire::{
    WireAnswer, WireAnswerMedia, WireChoice, WireContact, WireForm, WireInterim, WireLocation, WireMemoryChanges,
    WirePart, WireReminder, WireStateChanges,
};

pub(crate) use template::mismatch;

/// Largest number of parts of an answer or an interim message.
const MAX_PARTS: usize = 32;

/// Largest number of messages that an answer schedules.
const MAX_REMINDERS: usize = 32;

/// Converts an answer to a reply, without its handoff.
///
/// # Errors
///
/// Those of [`reply`].
pub(crate) fn answer(answer: &WireAnswer) -> Result<Reply, AgentError> {
    let reply = framed(reply(&answer.parts)?, answer.quote.as_deref(), answer.link_preview);
    Ok(if answer.send_parked { reply.with_parked_messages() } else { reply })
}

/// Converts an interim message to a reply.
///
/// # Errors
///
/// Those of [`reply`].
pub(crate) fn interim(interim: &WireInterim) -> Result<Reply, AgentError> {
    Ok(framed(reply(&interim.parts)?, interim.quote.as_deref(), interim.link_preview))
}

fn framed(reply: Reply, quote: Option<&str>, shows_link_preview: bool) -> Reply {
    let reply = quote.into_iter().fold(reply, Reply::with_quote);
    if shows_link_preview { reply.with_link_preview() } else { reply }
}

/// Converts parts to a reply.
///
/// # Errors
///
/// Returns an error if media are not base64, or if there are more than [`MAX_PARTS`] parts.
fn reply(parts: &[WirePart]) -> Result<Reply, AgentError> {
    if parts.len() > MAX_PARTS {
        return Err(AgentError::new(format!("the answer of the HTTP agent has more than {MAX_PARTS} parts")));
    }
    parts.iter().map(part).collect()
}

/// Returns the handoff of an answer, if the answer asks for one.
pub(crate) fn handoff(answer: &WireAnswer) -> Option<HumanHandoff> {
    let handoff = answer.handoff.as_ref()?;
    let for_seconds = |seconds| HumanHandoff::for_duration(Duration::from_secs(seconds));
    let result = handoff.seconds.map_or_else(HumanHandoff::until_resumed, for_seconds);
    let result = handoff.reason.iter().fold(result, HumanHandoff::with_reason);
    Some(handoff.summary.iter().fold(result, HumanHandoff::with_summary))
}

/// Applies the changes of an answer to the state of the session and to the memory.
pub(crate) fn apply(answer: &WireAnswer, ctx: &RunContext) -> Result<(), AgentError> {
    if let Some(WireStateChanges { set, remove }) = &answer.state {
        for key in remove {
            ctx.session().remove(key);
        }
        for (key, value) in set {
            ctx.session().set(key.as_str(), value)?;
        }
    }
    if let Some(WireMemoryChanges { forget, remember }) = &answer.memory {
        for id in forget {
            ctx.memory().forget(*id);
        }
        for fact in remember {
            // An invalid fact does not fail the answer.
            if let Err(error) = ctx.memory().remember(fact.as_str()) {
                tracing::warn!(%error, "http agent returned an invalid fact; skipping it");
            }
        }
    }
    Ok(())
}

/// Schedules the messages of an answer for later. A message that cannot be scheduled does not fail the answer.
///
/// # Errors
///
/// Returns an error if another attempt may succeed.
pub(crate) async fn schedule(answer: &WireAnswer, ctx: &RunContext) -> Result<(), AgentError> {
    for (nth, WireReminder { at, text }) in answer.reminders.iter().enumerate() {
        let at = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(*at));
        let scheduled = match at.filter(|_| nth < MAX_REMINDERS) {
            Some(at) => ctx.remind_user(at, text).await,
            None => Err(AgentError::new(format!("there are more than {MAX_REMINDERS} messages, or the time is wrong"))),
        };
        match scheduled {
            Err(error) if error.is_retryable() => return Err(error),
            Err(error) => tracing::warn!(%error, "message of the HTTP agent not scheduled"),
            Ok(()) => {}
        }
    }
    Ok(())
}

fn part(part: &WirePart) -> Result<ReplyPart, AgentError> {
    Ok(match part.clone() {
        WirePart::Text { text } => ReplyPart::Text(text),
        WirePart::Markdown { text } => ReplyPart::Markdown(text),
        WirePart::Media(media) => self::media(media)?.into(),
        WirePart::Question { text, choices, menu, header, footer } => {
            let question = choices.into_iter().map(choice).fold(Question::new(text), Question::with_choice);
            let mut question = menu.into_iter().fold(question, Question::with_menu);
            (question.header, question.footer) = (header, footer);
            question.into()
        }
        WirePart::Link { text, label, url, header, footer } => {
            let mut link = Link::new(url).with_label(label).with_text(text);
            (link.header, link.footer) = (header, footer);
            link.into()
        }
        WirePart::Form(form) => self::form(form)?.into(),
        WirePart::Location(location) => self::location(location).into(),
        WirePart::LocationRequest { text } => ReplyPart::LocationRequest(text),
        WirePart::Contact(contact) => self::contact(contact).into(),
        WirePart::Reaction { message, emoji } => ReplyPart::Reaction { message, emoji },
        WirePart::Template(template) => self::template::template(template)?.into(),
    })
}

fn choice(choice: WireChoice) -> Choice {
    let WireChoice { id, label, description } = choice;
    description.into_iter().fold(Choice::new(id, label), Choice::with_description)
}

fn form(form: WireForm) -> Result<FormRequest, AgentError> {
    let flow = match (form.flow_id, form.flow_name) {
        (Some(id), None) => FormRef::Id(id),
        (None, Some(name)) => FormRef::Name(name),
        _ => return Err(AgentError::new("a form in the answer of the HTTP agent needs either flow_id or flow_name")),
    };
    let contradiction = match (&form.screen, form.endpoint, form.data.is_empty()) {
        (Some(_), true, _) => {
            Some("a form in the answer of the HTTP agent has both screen and endpoint; leave one out")
        }
        (None, _, false) => Some("a form in the answer of the HTTP agent has data without a screen; name the screen"),
        _ => None,
    };
    if let Some(contradiction) = contradiction {
        return Err(AgentError::new(contradiction));
    }
    let request = FormRequest::new(flow).with_text(form.text);
    let request = form.name.into_iter().fold(request, FormRequest::with_name);
    let request = form.label.into_iter().fold(request, FormRequest::with_label);
    let mut request = match form.screen {
        Some(screen) => request.with_screen(screen, form.data),
        None if form.endpoint => request.with_endpoint_start(),
        None => request,
    };
    request.is_draft = form.draft;
    (request.header, request.footer) = (form.header, form.footer);
    Ok(request)
}

fn location(location: WireLocation) -> Location {
    let mut converted = Location::new(location.latitude, location.longitude);
    converted.name = location.name;
    converted.address = location.address;
    converted
}

fn contact(contact: WireContact) -> Contact {
    let mut converted = Contact::new(contact.name);
    converted.phones = contact.phones;
    converted.emails = contact.emails;
    converted.company = contact.company;
    converted
}

fn media(media: WireAnswerMedia) -> Result<Media, AgentError> {
    let bytes = BASE64_STANDARD.decode(media.data);
    let bytes = bytes.map_err(|_| AgentError::new("media in the answer of the HTTP agent are not base64"))?;
    let converted = Media::new(media_kind::from_wire(media.kind), media.mime_type, bytes);
    let converted = media.alt.into_iter().fold(converted, Media::with_alt_text);
    Ok(media.filename.into_iter().fold(converted, Media::with_filename))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use waxwing_agent::{Template, TemplateButton, TemplateCard, TemplateCardHeader, TemplateHeader, TemplateProducts};

    #[track_caller]
    fn check(part: &Value, expected: impl Into<ReplyPart>) {
        let part: WirePart = serde_json::from_value(part.clone()).unwrap();
        assert_eq!(reply(&[part]).unwrap().parts(), [expected.into()]);
    }

    #[test]
    fn parts_of_every_kind_are_converted() {
        check(&json!({"type": "text", "text": "a"}), ReplyPart::Text("a".into()));
        check(&json!({"type": "markdown", "text": "**a**"}), ReplyPart::Markdown("**a**".into()));
        let media = json!({"type": "media", "kind": "document", "mime_type": "application/pdf", "filename": "a.pdf", "data": "AQID"});
        check(&media, Media::document("a.pdf", "application/pdf", vec![1, 2, 3]));
        let note = json!({"type": "media", "kind": "voice", "mime_type": "audio/ogg", "data": ""});
        check(&note, Media::new(waxwing_agent::MediaKind::Voice, "audio/ogg", vec![]));
        let choices = json!([{"id": "y", "label": "Yes", "description": "really"}]);
        check(
            &json!({"type": "question", "text": "Tea?", "choices": choices, "menu": "Pick"}),
            Question::new("Tea?").with_choice(Choice::new("y", "Yes").with_description("really")).with_menu("Pick"),
        );
        check(
            &json!({"type": "link", "text": "See", "label": "Open", "url": "https://x/"}),
            Link::new("https://x/").with_label("Open").with_text("See"),
        );
        check(
            &json!({"type": "location", "latitude": 1.5, "longitude": 2, "name": "Sol"}),
            Location::new(1.5, 2.0).with_name("Sol"),
        );
        check(&json!({"type": "form", "flow_id": "7", "text": "When?"}), FormRequest::flow_id("7").with_text("When?"));
        let full = json!({
            "type": "form", "flow_name": "book", "name": "booking", "text": "When?", "label": "Book", "screen": "DATE",
            "data": {"guests": 2}, "draft": true, "header": "Table", "footer": "Free",
        });
        let data = serde_json::Map::from_iter([("guests".to_owned(), json!(2))]);
        let form = FormRequest::flow_name("book").with_name("booking").with_text("When?").with_label("Book");
        check(&full, form.with_screen("DATE", data).as_draft().with_header("Table").with_footer("Free"));
        let endpoint = json!({"type": "form", "flow_id": "7", "text": "When?", "endpoint": true});
        check(&endpoint, FormRequest::flow_id("7").with_text("When?").with_endpoint_start());
        check(&json!({"type": "location_request", "text": "Where?"}), ReplyPart::LocationRequest("Where?".into()));
        check(&json!({"type": "contact", "name": "Bea", "phones": ["+34"]}), Contact::new("Bea").with_phone("+34"));
        let reaction = ReplyPart::Reaction { message: "1".into(), emoji: "👍".into() };
        check(&json!({"type": "reaction", "message": "1", "emoji": "👍"}), reaction);
        check(&json!({"type": "template", "name": "hello", "language": "en"}), Template::new("hello", "en"));
        let order = json!({"type": "template", "name": "order", "language": "en_US", "values": ["17", "Monday"]});
        check(&order, Template::new("order", "en_US").with_value("17").with_value("Monday"));
    }

    #[test]
    fn every_value_of_a_template_is_converted() {
        let media = json!({"type": "media", "kind": "image", "mime_type": "image/png", "data": "AQID"});
        let buttons = json!([
            {"type": "payload", "index": 0, "payload": "yes"},
            {"type": "url", "index": 1, "text": "menu"},
            {"type": "code", "index": 2, "code": "X1"},
            {"type": "form", "index": 3, "token": "t", "data": {"a": 1}},
            {"type": "catalog", "index": 4},
            {"type": "products", "index": 5, "product": "p", "sections": [{"title": "Pizza", "products": ["p"]}]},
        ]);
        let card =
            json!({"header": {"type": "image", "url": "https://x/1.jpg"}, "values": ["a"], "buttons": [buttons[1]]});
        let template = json!({"type": "template", "name": "t", "language": "en", "values": ["17"], "named_values": {"day": "Monday"},
            "header": media, "buttons": buttons, "cards": [card], "offer_end": 7000});
        let url = || TemplateButton::Url("menu".into());
        let data = [("a".to_owned(), json!(1))].into_iter().collect();
        let sections = vec![TemplateProducts::new(["p"]).with_title("Pizza")];
        let expected = Template::new("t", "en")
            .with_value("17")
            .with_named_value("day", "Monday")
            .with_header(Media::image("image/png", vec![1, 2, 3]))
            .with_button(0, TemplateButton::Payload("yes".into()))
            .with_button(1, url())
            .with_button(2, TemplateButton::Code("X1".into()))
            .with_button(3, TemplateButton::Form { token: "t".into(), data })
            .with_button(4, TemplateButton::Catalog { product: None })
            .with_button(5, TemplateButton::Products { product: "p".into(), sections })
            .with_card(
                TemplateCard::new(TemplateCardHeader::Image("https://x/1.jpg".into()))
                    .with_value("a")
                    .with_button(1, url()),
            )
            .with_offer_end(std::time::UNIX_EPOCH + Duration::from_secs(7));
        check(&template, expected);
        for (header, expected) in [
            (json!({"type": "text", "text": "Ana"}), TemplateHeader::Text("Ana".into())),
            (
                json!({"type": "text", "text": "Ana", "name": "who"}),
                TemplateHeader::NamedText { name: "who".into(), text: "Ana".into() },
            ),
            (json!({"type": "location", "latitude": 1.5, "longitude": 2}), Location::new(1.5, 2.0).into()),
        ] {
            let template = json!({"type": "template", "name": "t", "language": "en", "header": header});
            check(&template, Template::new("t", "en").with_header(expected));
        }
    }

    #[test]
    fn every_option_of_a_reply_is_converted() {
        let media = json!({"type": "media", "kind": "image", "mime_type": "image/png", "alt": "a cat", "data": ""});
        check(&media, Media::image("image/png", vec![]).with_alt_text("a cat"));
        let sticker = json!({"type": "media", "kind": "sticker", "mime_type": "image/webp", "data": ""});
        check(&sticker, Media::new(waxwing_agent::MediaKind::Sticker, "image/webp", vec![]));
        let question =
            json!({"type": "question", "text": "Tea?", "choices": [], "header": "Now", "footer": "Or later"});
        check(&question, Question::new("Tea?").with_header("Now").with_footer("Or later"));
        let link =
            json!({"type": "link", "text": "See", "label": "Open", "url": "https://x/", "header": "a", "footer": "b"});
        let expected = Link::new("https://x/").with_label("Open").with_text("See").with_header("a").with_footer("b");
        check(&link, expected);
        let framed = json!({"parts": [], "quote": "wamid.A", "link_preview": true});
        let expected = Reply::none().with_quote("wamid.A").with_link_preview();
        assert_eq!(answer(&serde_json::from_value(framed.clone()).unwrap()).unwrap(), expected);
        assert_eq!(interim(&serde_json::from_value(framed).unwrap()).unwrap(), expected);
    }

    #[test]
    fn an_answer_that_breaks_the_contract_is_refused() {
        #[track_caller]
        fn check(answer: &Value) {
            let answer = serde_json::from_value::<WireAnswer>(answer.clone());
            assert!(answer.is_err() || reply(&answer.unwrap().parts).is_err());
        }
        check(&json!({}));
        check(&json!({"part": []}));
        check(&json!({"parts": [{"type": "text", "txt": "a"}]}));
        check(&json!({"parts": [{"type": "template", "name": "hello"}]}));
        check(&json!({"parts": [{"type": "poem", "text": "a"}]}));
        check(&json!({"parts": [{"type": "form", "text": "a"}]}));
        check(&json!({"parts": [{"type": "form", "text": "a", "flow_id": "7", "flow_name": "book"}]}));
        check(&json!({"parts": [{"type": "form", "text": "a", "flow_id": "7", "screen": "A", "endpoint": true}]}));
        check(&json!({"parts": [{"type": "form", "text": "a", "flow_id": "7", "data": {"n": 1}}]}));
        check(&json!({"parts": [{"type": "media", "kind": "image", "mime_type": "image/png", "data": "%"}]}));
        check(&json!({"parts": vec![json!({"type": "text", "text": "a"}); MAX_PARTS + 1]}));
    }

    #[test]
    fn a_handoff_lasts_for_its_seconds() {
        #[track_caller]
        fn check(hand_over: &Value, expected: Option<&HumanHandoff>) {
            let answer = serde_json::from_value(json!({"parts": [], "hand_over": hand_over})).unwrap();
            assert_eq!(super::handoff(&answer).as_ref(), expected);
        }
        check(&Value::Null, None);
        check(&json!({}), Some(&HumanHandoff::until_resumed()));
        check(&json!({"seconds": 60}), Some(&HumanHandoff::for_duration(Duration::from_mins(1))));
        let refund = HumanHandoff::until_resumed().with_reason("refund").with_summary("Order 17 came back.");
        check(&json!({"reason": "refund", "summary": "Order 17 came back."}), Some(&refund));
    }
}
