//! Content of inbound messages.

use waxwing_types::{Bsuid, Degrees, GroupId, MediaId, MessageId, PhoneNumberId, UserProfile, WaId, WabaId};
use waxwing_webhook::{
    InboundContact, InboundContent, InboundMedia, InboundMessage, InteractiveReply, MessageContext, WebhookEvent,
};

use crate::fixture;

const BSUID: &str = "ES.13491208655302741918";

fn ana() -> UserProfile {
    UserProfile::from(WaId::new("34600000000")).bsuid(Bsuid::new(BSUID)).name("Ana Pérez")
}

fn parsed(name: &str) -> InboundMessage {
    let event = fixture::message(name);
    let message = InboundMessage::parse(&event.raw).unwrap();
    assert_eq!((&message.id, message.timestamp), (&event.id, event.timestamp));
    assert_eq!(message.content.kind(), event.kind);
    message
}

#[test]
fn a_message_event_has_the_fields_for_routing() {
    let event = fixture::message("text");
    assert_eq!(event.waba_id, Some(WabaId::new("102290129340398")));
    assert_eq!(event.phone_number_id, PhoneNumberId::new("106540352242922"));
    assert_eq!(event.id, MessageId::new("wamid.HBgLMzQ2MDAwMDAwMDAVAgASGBQzQTRBNjU5OUFFRTAz0001"));
    assert_eq!(event.timestamp, 1_767_225_600);
    assert_eq!(event.kind, "text");
    assert_eq!(event.sender, ana());
    assert_eq!(event.group_id, None);
}

#[test]
fn text_messages_have_a_body() {
    #[track_caller]
    fn check(name: &str, expected: &str) {
        assert_eq!(parsed(name).content, InboundContent::Text { body: expected.into() });
    }
    check("text", "hola, ¿tienen mesa para dos? 😀");
    check("unicode_escapes", "é 😀 \"x\" https://x <");
    check("lone_surrogates", "ciao \u{FFFD}");
    assert_eq!(fixture::message("lone_surrogates").sender.name.unwrap(), "A\u{FFFD}na");
}

#[test]
fn media_messages_have_a_file() {
    #[track_caller]
    fn check(
        name: &str,
        wrap: fn(InboundMedia) -> InboundContent,
        mime_type: &str,
        change: impl FnOnce(&mut InboundMedia),
    ) {
        let mut expected = InboundMedia::new(MediaId::new("1908647269898587"));
        expected.mime_type = Some(mime_type.into());
        expected.sha256 = Some("hWwRvqKJ0JxXvYPzHEBqXMTJNMNvCzHaNHEJmCPaZgs=".into());
        change(&mut expected);
        assert_eq!(parsed(name).content.media(), Some(&expected));
        assert_eq!(parsed(name).content, wrap(expected));
    }
    check("image", InboundContent::Image, "image/jpeg", |media| media.caption = Some("mi café".into()));
    check("video", InboundContent::Video, "video/mp4", |_| ());
    check("voice_note", InboundContent::Audio, "audio/ogg; codecs=opus", |media| media.voice = true);
    check("document", InboundContent::Document, "application/pdf", |media| {
        media.filename = Some("../menú.pdf".into());
        media.caption = Some("the menu".into());
    });
    check("sticker", InboundContent::Sticker, "image/webp", |media| media.animated = true);
}

#[test]
fn replies_have_an_id_and_a_title() {
    #[track_caller]
    fn check(
        name: &str,
        wrap: fn(InteractiveReply) -> InboundContent,
        id: &str,
        title: &str,
        description: Option<&str>,
    ) {
        let content = parsed(name).content;
        let (InboundContent::ButtonReply(reply) | InboundContent::ListReply(reply) | InboundContent::QuickReply(reply)) =
            content.clone()
        else {
            panic!("{content:?}")
        };
        assert_eq!((&*reply.id, &*reply.title, reply.description.as_deref()), (id, title, description));
        assert_eq!(content, wrap(reply));
    }
    check("interactive_button_reply", InboundContent::ButtonReply, "approve-7", "Approve", None);
    check("interactive_list_reply", InboundContent::ListReply, "size-l", "Large", Some("40 cm"));
    check("button", InboundContent::QuickReply, "yes-1", "Yes", None);
    check("button_without_payload", InboundContent::QuickReply, "Yes", "Yes", None);
}

#[test]
fn locations_have_coordinates() {
    let InboundContent::Location(place) = parsed("location").content else { panic!("not a location") };
    assert_eq!((place.latitude, place.longitude), (Degrees::new(40.4168), Degrees::new(-3.7038)));
    assert_eq!((place.name.as_deref(), place.address), (Some("Sol"), None));
}

/// Reads the contact cards of a file.
fn cards(name: &str) -> Vec<InboundContact> {
    let InboundContent::Contacts(cards) = parsed(name).content else { panic!("not contacts") };
    cards
}

/// Returns the phone numbers of a card with their WhatsApp ids.
fn phones(card: &InboundContact) -> Vec<(&str, Option<&str>)> {
    card.phones.iter().map(|phone| (&*phone.phone, phone.wa_id.as_ref().map(WaId::as_str))).collect()
}

#[test]
fn contact_cards_are_read_as_far_as_possible() {
    let [bea] = &cards("contacts")[..] else { panic!("not one card") };
    assert_eq!(phones(bea), [("+34 622 222 222", Some("34622222222"))]);
    assert_eq!((bea.name.as_deref(), &bea.emails, &bea.company), (Some("Bea"), &vec![], &None));

    let [odd, empty] = &cards("contacts_odd")[..] else { panic!("not two cards") };
    assert_eq!(phones(odd), [("34622222222", Some("34622222222"))]);
    assert_eq!(odd.emails, ["bea@example.com"]);
    assert_eq!((&odd.name, odd.company.as_deref()), (&None, Some("Bea & Co")));
    assert_eq!(empty, &InboundContact::default());
}

#[test]
fn reactions_have_an_emoji_or_remove_one() {
    #[track_caller]
    fn check(name: &str, emoji: Option<&str>) {
        let message_id = MessageId::new("wamid.HBgLMzQ2MDAwMDAwMDAVAgASGBQzQTRBNjU5OUFFRTAz0900");
        assert_eq!(parsed(name).content, InboundContent::Reaction { message_id, emoji: emoji.map(Into::into) });
    }
    check("reaction", Some("👍"));
    check("reaction_removed", None);
}

#[test]
fn replies_and_forwarded_messages_have_a_context() {
    assert_eq!(parsed("text").context, None);
    let mut quoted = MessageContext::default();
    quoted.id = Some(MessageId::new("wamid.HBgLMzQ2MDAwMDAwMDAVAgASGBQzQTRBNjU5OUFFRTAz0900"));
    quoted.from = Some(WaId::new("15550001111"));
    assert_eq!(parsed("text_reply").context, Some(quoted));
    let mut forwarded = MessageContext::default();
    forwarded.forwarded = true;
    forwarded.frequently_forwarded = true;
    assert_eq!(parsed("text_forwarded").context, Some(forwarded));
}

#[test]
fn unsupported_content_keeps_its_kind_and_raw_bytes() {
    #[track_caller]
    fn check(name: &str, kind: &str) {
        let event = fixture::message(name);
        let expected = InboundContent::Unsupported { kind: kind.into(), raw: event.raw.clone() };
        assert_eq!(InboundMessage::parse(&event.raw).unwrap().content, expected);
        assert_eq!(event.kind, kind);
    }
    check("system_user_changed_number", "system");
    check("system_user_changed_user_id", "system");
    check("interactive_without_body", "interactive");
    check("interactive_form", "interactive");
    check("location_without_a_place", "location");
    check("contacts_of_nobody", "contacts");
    check("unsupported", "unsupported");
    check("unknown_type", "hologram");
    check("text_without_body", "text");
    check("image_without_id", "image");
}

#[test]
fn senders_have_the_ids_that_meta_states() {
    #[track_caller]
    fn check(name: &str, expected: &UserProfile) {
        assert_eq!(&fixture::message(name).sender, expected);
    }
    check("bsuid_only", &UserProfile::from(Bsuid::new(BSUID)));
    check(
        "username_user",
        &UserProfile::from(Bsuid::new(BSUID)).parent_bsuid(Bsuid::new("ES.ENT.77")).name("Ana").username("ana.b"),
    );
    check("system_user_changed_number", &UserProfile::from(WaId::new("34600000000")));
    check("system_user_changed_user_id", &UserProfile::default());
    check("numeric_ids", &ana().name("Ana"));
    check("group_message", &ana());
    assert_eq!(fixture::message("group_message").group_id, Some(GroupId::new("Y2FwaV9ncm91cDoxMjM=")));
}

#[test]
fn contacts_are_matched_by_id_and_not_by_position() {
    #[track_caller]
    fn check(contacts: &str, message: &str, expected: (Option<&str>, Option<&str>, Option<&str>)) {
        let body = format!(
            r#"{{"object":"whatsapp_business_account","entry":[{{"changes":[{{"field":"messages","value":{{
                "metadata":{{"phone_number_id":"1"}},"contacts":{contacts},"messages":[{{"id":"wamid.A",{message}}}]}}}}]}}]}}"#
        );
        let events = fixture::events(body.into());
        let Some(WebhookEvent::Message(event)) = events.last() else { panic!("{events:?}") };
        let sender = &event.sender;
        let found =
            (sender.wa_id.as_ref().map(WaId::as_str), sender.bsuid.as_ref().map(Bsuid::as_str), sender.name.as_deref());
        assert_eq!(found, expected);
    }
    let two =
        r#"[{"wa_id":"1","user_id":"A","profile":{"name":"a"}},{"wa_id":"2","user_id":"B","profile":{"name":"b"}}]"#;
    check(two, r#""from":"2""#, (Some("2"), Some("B"), Some("b")));
    check(two, r#""from_user_id":"A""#, (Some("1"), Some("A"), Some("a")));
    check(two, r#""from":"3""#, (Some("3"), None, None));
    check(two, r#""type":"system""#, (None, None, None));
    // The contact has another BSUID: the number has a new owner, so the contact is not the sender.
    check(two, r#""from":"1","from_user_id":"Z""#, (Some("1"), Some("Z"), None));
    // The BSUID decides, also when the WhatsApp id differs.
    check(two, r#""from":"9","from_user_id":"B""#, (Some("9"), Some("B"), Some("b")));
    check(
        r#"[{"wa_id":"1","profile":{"name":"a"}}]"#,
        r#""from":"1","from_user_id":"A""#,
        (Some("1"), Some("A"), Some("a")),
    );
    check(r#"[null,7,{"wa_id":"1","profile":"odd"}]"#, r#""from":"1""#, (Some("1"), None, None));
    check(r#""odd""#, r#""from":"1""#, (Some("1"), None, None));
}

#[test]
fn a_batch_keeps_its_order() {
    let events = fixture::events(fixture::bytes("batch"));
    let seen: Vec<_> = events
        .iter()
        .map(|event| match event {
            WebhookEvent::Message(message) => {
                (message.phone_number_id.as_str(), message.sender.name.as_deref().unwrap_or("-"))
            }
            WebhookEvent::MessageEcho(echo) => (echo.phone_number_id.as_str(), echo.kind.as_str()),
            WebhookEvent::Identity(_) => ("-", "identity"),
            WebhookEvent::Status(status) => (status.phone_number_id.as_str(), status.status.as_str()),
            WebhookEvent::Other(other) => (other.waba_id.as_ref().unwrap().as_str(), other.reason.as_str()),
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("106540352242922", "Ana Pérez"),
            ("106540352242922", "Bea"),
            ("106540352242922", "sent"),
            ("999", "field:account_update"),
            ("222", "-"),
        ]
    );
}

#[test]
fn only_an_object_with_an_id_is_a_message() {
    for raw in ["", "[]", "{}", r#"{"id":""}"#, r#"{"id":"a""#, "null"] {
        assert!(InboundMessage::parse(raw.as_bytes()).is_err(), "{raw}");
    }
    assert!(InboundMessage::parse(b"{\"id\":\"\xff\"}").is_err());
    let bare = InboundMessage::parse(br#"{"id":"a"}"#).unwrap();
    assert_eq!((bare.timestamp, bare.content.kind()), (0, ""));
}

#[test]
fn debug_hides_texts_and_users() {
    for name in [
        "text",
        "document",
        "username_user",
        "status_failed_without_contacts",
        "status_group",
        "interactive_list_reply",
        "location",
        "contacts_odd",
        "reaction",
    ] {
        let events = fixture::events(fixture::bytes(name));
        let messages: Vec<_> = events
            .iter()
            .filter_map(|event| match event {
                WebhookEvent::Message(message) => Some(InboundMessage::parse(&message.raw).unwrap()),
                _ => None,
            })
            .collect();
        let shown = format!("{events:?} {messages:?}");
        for secret in [
            "34600000000",
            "ES.1",
            "Ana",
            "ana.b",
            "mesa",
            "menu",
            "menú",
            "n.8.1",
            "Large",
            "Sol",
            "40.4",
            "Bea",
            "3462",
            "👍",
        ] {
            assert!(!shown.contains(secret), "{name} shows {secret}: {shown}");
        }
    }
}

#[test]
fn an_unknown_kind_is_cut_to_the_keyword_limit() {
    let name = "x".repeat(100_000);
    let message = format!(r#"{{"id":"wamid.A","from":"34600000000","type":"{name}"}}"#);
    let status = format!(r#"{{"id":"wamid.B","status":"{name}"}}"#);
    let value = format!(r#"{{"metadata":{{"phone_number_id":"1"}},"messages":[{message}],"statuses":[{status}]}}"#);
    let body = format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"changes":[{{"field":"messages","value":{value}}}]}}]}}"#
    );
    let found = fixture::events(body.into());
    let [WebhookEvent::Message(event), WebhookEvent::Status(status)] = &found[..] else { panic!("{found:?}") };
    assert_eq!((event.kind.len(), status.status.as_str().len()), (64, 64));
    assert_eq!(InboundMessage::parse(&event.raw).unwrap().content.kind().len(), 64);
}
