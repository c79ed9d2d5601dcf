//! Tests of the compilation of replies.

use super::*;
use proptest::prelude::*;
use waxwing_agent::{Choice, Contact, FormAnswer, FormRequest, Link, Location, MediaKind, Question, UserMessage};
use waxwing_types::{FlowButton, FlowRef, FlowStart, GroupId, Interactive, WaId};
use waxwing_types::{InteractiveAction, LinkButton, ListMenu, ListRow};

fn picture() -> Media {
    Media::image("image/png", vec![1, 2, 3])
}

#[track_caller]
fn check(reply: Reply, expected: &[&str]) {
    check_to(&WaId::new("34600000000").into(), reply, expected);
}

#[track_caller]
fn check_in_group(reply: Reply, expected: &[&str]) {
    check_to(&GroupId::new("g1").into(), reply, expected);
}

fn compiled(to: &Address, reply: Reply) -> Vec<Draft> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(compile(reply, to, &rules(ReplySettings::default())))
}

fn rules(limits: ReplySettings) -> ReplyRules {
    let [unsupported_media, in_file, cut] = ["no medium", "see the file", "(cut)"].map(str::to_owned);
    let media_memory = MediaMemory::new(1 << 30);
    let form_tokens = FormTokens::new("key");
    let left_out = Arc::default();
    ReplyRules { fails_from: None, limits, media_memory, unsupported_media, in_file, cut, form_tokens, left_out }
}

fn compiled_within(max_messages: usize, on_overflow: ReplyOverflow, reply: Reply) -> Vec<Draft> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let limits = ReplySettings { max_messages, max_text_bytes: 100_000, on_overflow };
    let drafts = runtime.block_on(compile(reply, &WaId::new("34600000000").into(), &rules(limits)));
    assert!(drafts.len() <= max_messages);
    drafts
}

#[test]
fn texts_that_need_too_many_messages_are_a_file() {
    let words = "word ".repeat(2000);
    let reply = || Reply::text(words.trim()).with_text("end").with_media(picture());
    let drafts = compiled_within(5, ReplyOverflow::File, reply());
    assert_eq!(
        drafts.iter().map(|draft| draft.content.kind()).collect::<Vec<_>>(),
        ["text", "text", "text", "text", "image"]
    );
    let drafts = compiled_within(4, ReplyOverflow::File, reply());
    assert_eq!(drafts.iter().map(|draft| draft.content.kind()).collect::<Vec<_>>(), ["document", "image"]);
    let OutboundContent::Document(document) = &drafts[0].content else { unreachable!() };
    assert_eq!((document.filename.as_deref(), document.caption.as_deref()), (Some("answer.txt"), Some("see the file")));
    let upload = drafts[0].upload.as_ref().unwrap();
    assert_eq!((&*upload.bytes, &*upload.mime_type), (format!("{}\n\nend", words.trim()).as_bytes(), "text/plain"));
}

#[test]
fn texts_that_need_too_many_messages_are_cut_if_the_settings_say_so() {
    let words = "word ".repeat(2000);
    let drafts = compiled_within(2, ReplyOverflow::Cut, Reply::text(words.trim()).with_text("end"));
    let bodies: Vec<_> = drafts.iter().map(|draft| draft.content.text().unwrap()).collect();
    assert_eq!(bodies.len(), 2);
    assert!(bodies.iter().all(|body| limits::utf16_len(body) <= limits::TEXT_BODY));
    assert!(bodies[1].ends_with("word\n\n(cut)"), "{}", bodies[1]);
    assert!(!bodies[0].contains("(cut)"));
    // A text that would fit has no note.
    let drafts = compiled_within(3, ReplyOverflow::Cut, Reply::text(words.trim()));
    assert!(drafts.last().unwrap().content.text().unwrap().ends_with("word"));
}

#[test]
fn a_reply_has_a_largest_number_of_messages() {
    let many = (0..30).fold(Reply::text("look").with_question(question(2)), |reply, _| reply.with_media(picture()));
    let drafts = compiled_within(20, ReplyOverflow::File, many);
    let kinds: Vec<_> = drafts.iter().map(|draft| draft.content.kind()).collect();
    assert_eq!((kinds.len(), kinds[1], kinds[19]), (20, "image", "interactive"));
}

#[tokio::test]
async fn media_of_one_reply_take_their_memory_at_once() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), [7; 2048]).unwrap();
    let rules = ReplyRules { media_memory: MediaMemory::new(4096), ..rules(ReplySettings::default()) };
    let medium = || Media::from_file(MediaKind::Image, "image/png", file.path(), 2048);
    let reply = |count| (0..count).fold(Reply::none(), |reply, _| reply.with_media(medium()));
    let to = WaId::new("34600000000").into();
    for (count, uploads, free) in [(1, 1, 2048), (2, 2, 0), (3, 2, 0)] {
        let drafts = compile(reply(count), &to, &rules).await;
        let uploaded = drafts.iter().filter(|draft| draft.upload.is_some()).count();
        assert_eq!((uploaded, rules.media_memory.free_bytes()), (uploads, free));
        let has_text = drafts.iter().any(|draft| draft.content.text() == Some("no medium"));
        assert_eq!(has_text, count == 3, "the third exceeds the whole budget");
        let waiting = tokio::time::timeout(std::time::Duration::from_millis(20), compile(reply(2), &to, &rules));
        assert!(waiting.await.is_err(), "no memory is left");
        drop(drafts);
        assert_eq!(rules.media_memory.free_bytes(), 4096);
    }
}

#[tokio::test]
async fn text_is_not_lost_with_a_medium_that_cannot_be_read() {
    let to = WaId::new("34600000000").into();
    let gone = || Media::from_file(MediaKind::Image, "image/png", "/nonexistent/picture.png", 5);
    for (reply, expected) in [(Reply::text("look").with_media(gone()), "look"), (Reply::media(gone()), "no medium")] {
        let drafts = compile(reply, &to, &rules(ReplySettings::default())).await;
        let texts: Vec<_> = drafts.iter().map(|draft| (draft.content.kind(), draft.content.text())).collect();
        assert_eq!(texts, [("text", Some(expected))]);
    }
}

#[test]
fn each_message_has_its_text_as_the_fallback_of_a_refusal() {
    #[track_caller]
    fn check(reply: Reply, expected: &[(&str, Option<&str>)]) {
        let drafts = compiled(&WaId::new("34600000000").into(), reply);
        let found: Vec<_> = drafts
            .iter()
            .map(|draft| (draft.content.kind(), draft.fallback.as_ref().map(|content| content.text().unwrap())))
            .collect();
        assert_eq!(found, expected);
    }
    check(Reply::text("look").with_media(picture()), &[("image", Some("look"))]);
    check(Reply::media(picture()), &[("image", None)]);
    check(Reply::text("a").with_question(question(1)), &[("text", None), ("interactive", Some("*Which?*\n\n1. No 1"))]);
    let link = Link::new("https://x.example").with_label("Open").with_text("a");
    check(link.into(), &[("interactive", Some("a\n\nOpen: https://x.example"))]);
    check(Reply::none().with_location_request("Where?"), &[("interactive", Some("Where?"))]);
    check(FormRequest::flow_id("7").with_text("When?").into(), &[("interactive", Some("When?"))]);
    check(Location::new(1.5, 2.5).with_name("Sol").into(), &[("location", Some("Sol (1.5, 2.5)"))]);
    check(Contact::new("Bea").with_phone("1").into(), &[("contacts", Some("Bea: 1"))]);
    check(Reply::none().with_reaction("wamid.A", "👍"), &[("reaction", None)]);
    check(Template::new("order", "en_US").into(), &[("template", None)]);
}

#[test]
fn a_picture_with_a_question_is_one_message() {
    #[track_caller]
    fn check_header(reply: Reply, expected: &str) {
        let drafts = compiled(&WaId::new("34600000000").into(), reply);
        let found: Vec<_> = drafts
            .iter()
            .map(|draft| match &draft.content {
                OutboundContent::Interactive(interactive) if draft.upload.is_some() => {
                    assert!(interactive.header.as_ref().is_some_and(|header| header.media().is_some()));
                    "header"
                }
                content => content.kind(),
            })
            .collect();
        assert_eq!(found.join(" "), expected);
    }
    let media = || Reply::media(picture());
    check_header(media().with_question(question(2)), "header");
    check_header(Reply::from(question(2)).with_media(picture()), "header");
    let link = || Link::new("https://x.example").with_label("Open").with_text("a");
    check_header(media().with_link(link()), "header");
    check_header(Reply::text("a ".repeat(600)).with_media(picture()).with_question(question(2)), "text header");
    // A caption costs no further message. Lists and requests for a location have no media, and an answer has one header.
    check_header(Reply::text("a").with_media(picture()).with_question(question(2)), "image interactive");
    check_header(media().with_question(question(4)), "image interactive");
    check_header(media().with_location_request("Where?"), "image interactive");
    check_header(media().with_media(picture()).with_question(question(2)), "image image interactive");
    check_header(media().with_question(question(2).with_header("Order 17")), "image interactive");
    let voice = Media::new(MediaKind::Voice, "audio/ogg", vec![1]);
    check_header(Reply::media(voice).with_question(question(2)), "audio interactive");
}

#[test]
fn lines_above_and_below_are_header_and_footer_if_they_fit() {
    let framed = |header: &str, footer: &str| question(1).with_header(header).with_footer(footer);
    let drafts = compiled(&WaId::new("1").into(), framed("Order 17", "Until 8 pm").into());
    let OutboundContent::Interactive(shown) = &drafts[0].content else { panic!("{drafts:?}") };
    assert_eq!((shown.header.as_ref(), shown.footer.as_deref()), (Some(&"Order 17".into()), Some("Until 8 pm")));
    let long = "x".repeat(61);
    let drafts = compiled(&WaId::new("1").into(), framed(&long, " ").into());
    let OutboundContent::Interactive(shown) = &drafts[0].content else { panic!("{drafts:?}") };
    assert_eq!((shown.header.as_ref(), shown.footer.as_deref()), (None, None));
    assert_eq!(shown.body, format!("{long}\n\n*Which?*"));
    check_in_group(framed("Order 17", "Until 8 pm").into(), &["text Order 17\n\n*Which?*\n\n"]);
}

#[test]
fn a_form_is_a_button_with_a_token_of_the_conversation() {
    let flow = |form: FormRequest| {
        let [draft] = &compiled(&WaId::new("1").into(), form.into())[..] else { panic!("one message") };
        let OutboundContent::Interactive(shown) = &draft.content else { panic!("{draft:?}") };
        let InteractiveAction::Flow(button) = &shown.action else { panic!("{shown:?}") };
        (shown.clone(), FlowButton::clone(button))
    };
    let data = serde_json::Map::from_iter([("guests".to_owned(), 2.into())]);
    let form =
        FormRequest::flow_id("7").with_name("booking").with_text("**When?**").with_label("Book").with_header("Table");
    let (shown, button) = flow(form.clone().with_screen("DATE", data.clone()).as_draft());
    assert_eq!((shown.body.as_str(), shown.header.as_ref()), ("*When?*", Some(&"Table".into())));
    let token = button.token.clone().unwrap();
    let expected = FlowButton::new(FlowRef::Id("7".to_owned()), "Book").token(&token).screen("DATE", data).draft();
    assert_eq!(button, expected);
    let mut answer = FormAnswer::new(serde_json::json!({ "flow_token": token }));
    let mut message = UserMessage::text("").with_content(answer.clone());
    assert!(rules(ReplySettings::default()).form_tokens.bind(&mut message));
    (answer.form, answer.answer) = (Some("booking".to_owned()), serde_json::json!({}));
    assert_eq!(message.form_answer(), Some(&answer));

    let large = serde_json::Map::from_iter([("image".to_owned(), "x".repeat(70_000).into())]);
    assert!(compiled(&WaId::new("1").into(), form.clone().with_screen("DATE", large).into()).is_empty());

    let (_, button) =
        flow(FormRequest::flow_name("book").with_text("When?").with_label("📅 Book").with_endpoint_start());
    assert_eq!((button.label.as_str(), button.start), ("Open", FlowStart::DataExchange));
    assert_eq!(button.flow, FlowRef::Name("book".to_owned()));
    check_in_group(form.into(), &["text Table\n\n*When?*"]);
}

#[test]
fn the_first_message_that_is_no_reaction_has_the_quote() {
    let reply = Reply::text("a").with_text("b").with_reaction("wamid.A", "👍").with_quote("wamid.A");
    let drafts = compiled(&WaId::new("1").into(), reply);
    let quotes: Vec<_> = drafts.iter().map(|draft| draft.reply_to.as_ref().map(MessageId::as_str)).collect();
    assert_eq!(quotes, [None, Some("wamid.A"), None]);
    let drafts = compiled(&WaId::new("1").into(), Reply::text("a").with_quote(""));
    assert_eq!(drafts[0].reply_to, None);
}

#[test]
fn texts_with_a_link_show_a_preview_if_the_reply_says_so() {
    let previews = |reply| -> Vec<bool> {
        let drafts = compiled(&WaId::new("1").into(), reply);
        drafts.iter().map(|draft| matches!(&draft.content, OutboundContent::Text(text) if text.preview_url)).collect()
    };
    let reply = || Reply::text("see https://x.example").with_text("no link");
    assert_eq!(previews(reply()), [false, false]);
    assert_eq!(previews(reply().with_link_preview()), [true, false]);
}

#[test]
fn a_webp_sticker_is_a_sticker() {
    let sticker = |mime_type: &str| Reply::media(Media::new(MediaKind::Sticker, mime_type, vec![1]));
    for (mime_type, kind) in [("image/webp", "sticker"), ("image/png", "document")] {
        let drafts = compiled(&WaId::new("1").into(), sticker(mime_type));
        assert_eq!(drafts[0].content.kind(), kind);
    }
}

#[test]
fn a_message_needs_the_one_before_it_only_if_it_continues_it() {
    #[track_caller]
    fn check(reply: Reply, expected: &[bool]) {
        let drafts = compiled(&WaId::new("34600000000").into(), reply);
        assert_eq!(drafts.iter().map(|draft| draft.needs_previous).collect::<Vec<_>>(), expected);
    }
    let long = "word ".repeat(1200);
    check(Reply::text("a").with_text("b").with_media(picture()), &[false, false, false]);
    check(Reply::text(long.clone()).with_text("b"), &[false, true, false]);
    check(Question::new(format!("{long}\n\nWell?")).choice("1", "b").into(), &[false, true, true]);
    check(Reply::text(long).with_question(question(1)), &[false, true, false]);
}

#[test]
fn a_reply_has_a_largest_size() {
    let huge = "ñ".repeat(100_000);
    let reply = Reply::text(huge.clone()).with_text("lost").with_text(huge);
    let drafts = compiled_within(5, ReplyOverflow::File, reply);
    let bytes = &drafts[0].upload.as_ref().unwrap().bytes;
    assert_eq!(std::str::from_utf8(bytes).unwrap(), format!("{}\n\n(cut)", "ñ".repeat(50_000)));
}

#[track_caller]
fn check_to(to: &Address, reply: Reply, expected: &[&str]) {
    let drafts = compiled(to, reply);
    let found: Vec<_> = drafts
        .iter()
        .map(|draft| {
            assert_eq!(draft.upload.is_some(), draft.content.media().is_some());
            assert!(draft.upload.is_some() || draft.content.validate().is_ok());
            match &draft.content {
                OutboundContent::Text(text) => format!("text {}", text.body.chars().take(20).collect::<String>()),
                OutboundContent::Image(image) => format!("image {}", image.caption.as_deref().unwrap_or("-")),
                OutboundContent::Audio(audio) => format!("audio {}", if audio.voice { "voice" } else { "-" }),
                OutboundContent::Document(document) => format!(
                    "document {} {}",
                    document.filename.as_deref().unwrap_or("-"),
                    document.caption.as_deref().unwrap_or("-")
                ),
                OutboundContent::Interactive(interactive) => tappable(interactive),
                OutboundContent::Location(location) => {
                    format!("location {}", location.name.as_deref().unwrap_or("-"))
                }
                OutboundContent::Contacts(contacts) => format!("contact {}", contacts[0].name.formatted_name),
                OutboundContent::Reaction(reaction) => {
                    format!("reaction {} {}", reaction.message_id.as_str(), reaction.emoji)
                }
                OutboundContent::Template(template) => {
                    let (name, language) = (&template.name, &template.language.code);
                    format!("template {name} {language} {}", template.components.len())
                }
                other => other.kind().to_owned(),
            }
        })
        .collect();
    assert_eq!(found, expected);
}

fn tappable(Interactive { body, action, .. }: &Interactive) -> String {
    let body: String = body.chars().take(20).collect();
    match action {
        InteractiveAction::Buttons(buttons) => {
            let buttons: Vec<_> = buttons.iter().map(|button| format!("{}:{}", button.id, button.title)).collect();
            format!("buttons {body} [{}]", buttons.join(" "))
        }
        InteractiveAction::List(ListMenu { button, sections, .. }) => {
            let row = |row: &ListRow| match &row.description {
                Some(description) => format!("{}:{}:{description}", row.id, row.title),
                None => format!("{}:{}", row.id, row.title),
            };
            let rows: Vec<_> = sections.iter().flat_map(|section| &section.rows).map(row).collect();
            format!("list {body} {button} [{}]", rows.join(" "))
        }
        InteractiveAction::Link(LinkButton { label, url, .. }) => format!("link {body} [{label} {url}]"),
        other => format!("{other:?} {body}"),
    }
}

#[test]
fn texts_stay_apart_and_empty_ones_vanish() {
    check(Reply::text("a").with_text(" \n").with_text("b"), &["text a", "text b"]);
    check(Reply::none(), &[]);
    check(Reply::markdown("**a**"), &["text *a*"]);
}

#[test]
fn one_text_and_one_picture_are_one_message() {
    check(Reply::text("look").with_media(picture()), &["image look"]);
    check(Reply::media(picture()).with_text("look"), &["image look"]);
    check(Reply::text("x".repeat(1025)).with_media(picture()), &["text xxxxxxxxxxxxxxxxxxxx", "image -"]);
}

#[test]
fn of_several_the_texts_go_first() {
    check(Reply::media(picture()).with_text("look").with_media(picture()), &["text look", "image -", "image -"]);
}

#[test]
fn what_whatsapp_does_not_show_goes_as_a_document() {
    check(Reply::media(Media::image("image/webp", vec![1])), &["document image.webp -"]);
    check(Reply::media(Media::image("image/png", vec![0; 6 * 1024 * 1024])), &["document image.png -"]);
    check(Reply::text("t").with_media(Media::new(MediaKind::Audio, "audio/wav", vec![1])), &["document audio.wav t"]);
}

#[test]
fn sounds_have_no_caption() {
    let note = Media::new(MediaKind::Voice, "audio/ogg; codecs=opus", vec![1]);
    check(Reply::text("listen").with_media(note), &["text listen", "audio voice"]);
}

#[test]
fn what_cannot_be_carried_is_said() {
    let huge = Media::from_file(MediaKind::Document, "application/pdf", "/nowhere", limits::DOCUMENT_BYTES + 1);
    check(Reply::media(huge), &["text no medium"]);
    check(Reply::media(Media::image("image/png", vec![])), &["text no medium"]);
    let half = || Media::document("a.pdf", "application/pdf", vec![0; 60 * 1024 * 1024]);
    check(Reply::media(half()).with_media(half()), &["document a.pdf no medium"]);
}

#[test]
fn what_an_agent_says_of_a_file_cannot_spoil_the_request() {
    let named = |name: &str, mime: &str| Media::document(name, mime, vec![1]);
    check(Reply::media(named("../a\n/b.pdf", "application/pdf")), &["document ..ab.pdf -"]);
    check(Reply::media(named(" ", "no type\r\n")), &["document document.bin -"]);
    check(Reply::media(named("", "application/vnd.ms-excel")), &["document document.xls -"]);
}

/// Returns a question with this many choices.
fn question(count: usize) -> Question {
    (1..=count).fold(Question::new("**Which?**"), |question, n| question.choice(n.to_string(), format!("No {n}")))
}

#[test]
fn a_few_short_answers_are_buttons_and_up_to_ten_are_a_list() {
    check(question(2).into(), &["buttons *Which?* [1:No 1 2:No 2]"]);
    check(question(4).into(), &["list *Which?* Choose [1:No 1 2:No 2 3:No 3 4:No 4]"]);
    check(
        Question::new("a")
            .with_menu("Open")
            .with_choice(Choice::new("1", "b").with_description("c"))
            .choice("2", "d")
            .into(),
        &["list a Open [1:b:c 2:d]"],
    );
    check(
        Question::new("a").choice("1", "A label\nof 22 letters").into(),
        &["list a Choose [1:A label of 22 letters]"],
    );
}

#[test]
fn what_cannot_be_tapped_is_numbered() {
    let texts = ["text *Which?*\n\n1. No 1\n2."];
    check(question(11).into(), &texts);
    check_in_group(question(2).into(), &texts);
    check(Question::new("a").choice("1", "b").choice("1", "c").into(), &["text a\n\n1. b\n2. c"]);
    check(Question::new("a").choice("1", "x".repeat(25)).into(), &["text a\n\n1. xxxxxxxxxxxxxx"]);
    check(
        Question::new("a").choice("x".repeat(201), "b").with_choice(Choice::new("2", "c").with_description("d")).into(),
        &["text a\n\n1. b\n2. c – d"],
    );
    check(Question::new("a").into(), &["text a"]);
    check(Question::new("").choice("1", "b").into(), &["text 1. b"]);
}

#[test]
fn what_can_be_tapped_goes_last_and_under_the_text_before_it() {
    check(Reply::from(question(1)).with_text("a").with_media(picture()), &["image a", "buttons *Which?* [1:No 1]"]);
    check(
        Reply::text("a").with_text("b").with_question(Question::new(" ").choice("1", "c")),
        &["text a", "buttons b [1:c]"],
    );
}

#[test]
fn of_a_long_question_the_end_carries_the_buttons() {
    let long = |before: usize, end: &str| Question::new(format!("{}\n\n{end}", "a ".repeat(before))).choice("1", "b");
    check(long(500, "Well?").into(), &["buttons a a a a a a a a a a  [1:b]"]);
    check(long(800, "Well?").into(), &["text a a a a a a a a a a ", "buttons Well? [1:b]"]);
    // A paragraph is cut where there would be one more message to pay for otherwise.
    check(long(2100, "Well?").into(), &["text a a a a a a a a a a ", "buttons a a a a a a a a a a  [1:b]"]);
    // A mark that spans the cut is closed and opened again: then the parts stay as they were cut.
    let bold = format!("**{}Well?**", "a ".repeat(1200));
    check(
        Question::new(bold).choice("1", "b").into(),
        &["text *a a a a a a a a a a", "text *a a a a a a a a a a", "buttons *a a a a a a a a a a [1:b]"],
    );
}

#[test]
fn links_and_requests_for_a_location() {
    let link = || Link::new("https://example.com").with_label("Open").with_text("The *menu*");
    check(link().into(), &["link The _menu_ [Open https://example.com]"]);
    check_in_group(link().into(), &["text The _menu_\n\nOpen: ht"]);
    check(
        Link::new("https://example.com").with_label("x".repeat(21)).with_text("a").into(),
        &["text a\n\nxxxxxxxxxxxxxxxxx"],
    );
    check(Link::new("mailto:c").with_label("b").with_text("a").into(), &["text a\n\nb: mailto:c"]);
    let request = || Reply::none().with_location_request("Where **are** you?");
    check(request(), &["LocationRequest Where *are* you?"]);
    check_in_group(request(), &["text Where *are* you?"]);
}

#[test]
fn places_cards_and_reactions() {
    let reply = || {
        Reply::from(Location::new(1.5, 2.5).with_name("Sol"))
            .with_contact(Contact::new("Bea").with_phone("1"))
            .with_text("a")
            .with_reaction("wamid.A", "👍")
    };
    check(reply(), &["reaction wamid.A 👍", "text a", "location Sol", "contact Bea"]);
    check_in_group(reply(), &["text Sol (1.5, 2.5)", "text Bea: 1", "text a"]);
    check(Location::new(91.0, 0.0).into(), &["text 91, 0"]);
    check(Reply::text("a").with_contact(Contact::new("").with_phone("1")), &["text a", "text 1"]);
    check(Reply::none().with_reaction("wamid.A", "very good"), &[]);
}

#[test]
fn templates() {
    let order = || Reply::none().with_template(Template::new("order", "en_US").with_value("17")).with_text("a");
    check(order(), &["text a", "template order en_US 1"]);
    check_in_group(order(), &["text a", "template order en_US 1"]);
    check(Template::new("order", "en_US").into(), &["template order en_US 0"]);
}

fn choice() -> impl Strategy<Value = Choice> {
    (".{0,30}", ".{0,30}", prop::option::of(".{0,80}")).prop_map(|(id, label, description)| {
        description.into_iter().fold(Choice::new(id, label), Choice::with_description)
    })
}

fn part() -> impl Strategy<Value = ReplyPart> {
    let words = || prop_oneof![".{0,40}", "[a-z*_`.\n]{0,1500}", "([a-z]{1,8} ){0,1200}"];
    let question = (words(), prop::collection::vec(choice(), 0..12), ".{0,25}").prop_map(|(text, choices, menu)| {
        choices.into_iter().fold(Question::new(text).with_menu(menu), Question::with_choice)
    });
    prop_oneof![
        words().prop_map(ReplyPart::Text),
        question.prop_map(ReplyPart::Question),
        (words(), ".{0,25}", "(https://[a-z]{0,3}|.{0,5})")
            .prop_map(|(text, label, url)| Link::new(url).with_label(label).with_text(text).into()),
        words().prop_map(ReplyPart::LocationRequest),
        (-200.0..200.0, -200.0..200.0).prop_map(|(latitude, longitude)| Location::new(latitude, longitude).into()),
        ".{0,5}".prop_map(|name| Contact::new(name).with_phone("1").into()),
        (".{0,5}", ".{0,3}").prop_map(|(message, emoji)| ReplyPart::Reaction { message, emoji }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any reply compiles to messages that are within Meta's limits. Messages to groups have a form that groups support.
    #[test]
    fn nothing_is_sent_that_meta_would_refuse(parts in prop::collection::vec(part(), 0..4), in_group in any::<bool>()) {
        let to: Address = if in_group { GroupId::new("g1").into() } else { WaId::new("1").into() };
        for content in compiled(&to, parts.into_iter().collect()).into_iter().map(|draft| draft.content) {
            prop_assert_eq!(content.validate(), Ok(()), "{:?}", content);
            prop_assert!(is_allowed(&content, &to), "{:?}", content);
        }
    }
}
