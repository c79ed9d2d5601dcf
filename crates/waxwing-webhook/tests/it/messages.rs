//! Content of inbound messages.

use waxwing_types::{Bsuid, Degrees, GroupId, MediaId, MessageId, PhoneNumberId, UserProfile, WaId, WabaId};
use waxwing_webhook::{
    InboundContact, InboundContent, InboundMedia, InboundMessage, InboundOrderItem, InteractiveReply, MessageContext,
    WebhookEvent,
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

/// Reads a message of this type, with these members.
fn message(kind: &str, members: &str) -> InboundMessage {
    InboundMessage::parse(format!(r#"{{"id":"wamid.A","type":"{kind}",{members}}}"#).as_bytes()).unwrap()
}

#[test]
fn forms_have_json_or_the_text_that_is_not_json() {
    let InboundContent::Form(form) = parsed("interactive_form").content else { panic!("not a form") };
    assert_eq!((form.name.as_deref(), form.body.as_deref()), (Some("flow"), Some("Sent")));
    assert_eq!(form.answer, serde_json::json!({"flow_token": "t"}));
    let odd = r#""interactive":{"type":"nfm_reply","nfm_reply":{"response_json":"{\"a\""}}"#;
    let InboundContent::Form(form) = message("interactive", odd).content else { panic!("not a form") };
    assert_eq!(form.answer, serde_json::json!("{\"a\""));
}

#[test]
fn orders_have_exact_prices() {
    let order = r#""order":{"catalog_id":"C1","text":"","product_items":[
        {"product_retailer_id":"a","quantity":2,"item_price":7.50,"currency":"EUR"},
        {"product_retailer_id":7,"quantity":"3","item_price":"0.1"},
        {"product_retailer_id":"c","quantity":-1,"item_price":"much"}, {}, null]}"#;
    let InboundContent::Order(order) = message("order", order).content else { panic!("not an order") };
    let price = |item: &InboundOrderItem| item.price.map(|price| price.to_string());
    let items: Vec<_> = order
        .items
        .iter()
        .map(|item| (&*item.product_id, item.quantity, price(item), item.currency.as_deref()))
        .collect();
    let expected = [
        ("a", Some(2), Some("7.50".to_owned()), Some("EUR")),
        ("7", Some(3), Some("0.1".to_owned()), None),
        ("c", None, None, None),
    ];
    assert_eq!(items, expected);
    assert_eq!((order.catalog_id.as_deref(), order.text), (Some("C1"), None));
    assert_eq!(message("order", r#""order":{"product_items":[]}"#).content.kind(), "order");
}

#[test]
fn edits_and_deletions_name_their_message() {
    let edit = r#""edit":{"original_message_id":"wamid.B","message":{"type":"text","text":{"body":"new"}}}"#;
    let content = Box::new(InboundContent::Text { body: "new".into() });
    assert_eq!(message("edit", edit).content, InboundContent::Edit { message_id: MessageId::new("wamid.B"), content });
    let deletion = message("revoke", r#""revoke":{"original_message_id":"wamid.B"}"#);
    assert_eq!(deletion.content, InboundContent::Deletion { message_id: MessageId::new("wamid.B") });
}

#[test]
fn nested_edits_are_not_followed() {
    let (head, tail) = (r#"{"type":"edit","edit":{"original_message_id":"wamid.B","message":"#, "}}");
    let depth = 50_000;
    let raw = format!("{}null{}", head.repeat(depth), tail.repeat(depth)).replacen('{', r#"{"id":"wamid.A","#, 1);
    let InboundContent::Edit { content, .. } = InboundMessage::parse(raw.as_bytes()).unwrap().content else {
        panic!("not an edit")
    };
    assert!(matches!(*content, InboundContent::Unsupported { .. }));
}

#[test]
fn call_permissions_products_and_ads_are_read() {
    let reply = r#""interactive":{"type":"call_permission_reply","call_permission_reply":{
        "response":"accept","is_permanent":true,"expiration_timestamp":1767830400,"response_source":"user_action"}}"#;
    let InboundContent::CallPermission(reply) = message("interactive", reply).content else { panic!("not a reply") };
    let found = (&*reply.response, reply.is_permanent, reply.expires_at, reply.source.as_deref());
    assert_eq!(found, ("accept", true, Some(1_767_830_400), Some("user_action")));
    let product = r#""interactive":{"type":"product","product":{"catalog_id":"C1","product_retailer_id":"a"}}"#;
    let InboundContent::Product(product) = message("interactive", product).content else { panic!("not a product") };
    assert_eq!((product.catalog_id.as_deref(), &*product.product_id), (Some("C1"), "a"));
    let text = r#""text":{"body":"hi"},"context":{"referred_product":{"catalog_id":"C1","product_retailer_id":"a"}},
        "referral":{"source_type":"ad","video_url":"https://v.example","welcome_message":{"text":"Hello"}}"#;
    let text = message("text", text);
    assert_eq!(text.context.unwrap().referred_product, Some(product));
    let ad = text.referral.unwrap();
    let found = (ad.source_type.as_deref(), ad.media_url.as_deref(), ad.welcome_message.as_deref());
    assert_eq!(found, (Some("ad"), Some("https://v.example"), Some("Hello")));
}

#[test]
fn withheld_and_system_messages_name_their_kind() {
    let withheld = message("unsupported", r#""unsupported":{"type":"poll_creation"},"errors":[{"code":131051}]"#);
    assert_eq!(withheld.content, InboundContent::Withheld { kind: Some("poll_creation".into()) });
    assert_eq!(withheld.errors[0].code, 131_051);
    assert_eq!(parsed("unsupported").content.kind(), "unsupported");
    let InboundContent::System { kind, .. } = parsed("system_user_changed_number").content else { panic!("no notice") };
    assert_eq!(kind, "user_changed_number");
}

#[test]
fn a_contact_card_keeps_all_of_its_data() {
    let card = r#"{"name":{"formatted_name":"Bea"},"org":{"company":"Co","department":"Sales","title":"Boss"},
        "phones":[{"phone":"1","type":"WORK"}],"emails":[{"email":"b@x","type":"HOME"}],"urls":[{"url":"https://b.example"}],
        "addresses":[{"street":"Sol 1","city":"Madrid","country_code":"es","type":"HOME"}],"birthday":"1990-05-01","vcard":"V"}"#;
    let InboundContent::Contacts(cards) =
        message("contacts", &format!(r#""origin":"contact_request","contacts":[{card}]"#)).content
    else {
        panic!("not contacts")
    };
    let bea = &cards[0];
    assert_eq!((bea.department.as_deref(), bea.title.as_deref()), (Some("Sales"), Some("Boss")));
    assert_eq!((bea.phones[0].kind.as_deref(), bea.emails[0].kind.as_deref()), (Some("WORK"), Some("HOME")));
    assert_eq!((&*bea.urls[0].value, bea.addresses[0].city.as_deref()), ("https://b.example", Some("Madrid")));
    let found = (bea.birthday.as_deref(), bea.vcard.as_deref(), bea.origin.as_deref());
    assert_eq!(found, (Some("1990-05-01"), Some("V"), Some("contact_request")));
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
    assert_eq!((bea.name.as_deref(), bea.emails.len(), &bea.company), (Some("Bea"), 0, &None));

    let [odd, empty] = &cards("contacts_odd")[..] else { panic!("not two cards") };
    assert_eq!(phones(odd), [("34622222222", Some("34622222222"))]);
    assert_eq!(odd.emails.iter().map(|email| &*email.value).collect::<Vec<_>>(), ["bea@example.com"]);
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
    check("interactive_without_body", "interactive");
    check("location_without_a_place", "location");
    check("contacts_of_nobody", "contacts");
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
            WebhookEvent::Preference(preference) => ("-", preference.value.as_str()),
            WebhookEvent::Template(template) => ("-", template.name.as_str()),
            WebhookEvent::Account(account) => (account.waba_id.as_ref().unwrap().as_str(), account.field.as_str()),
            WebhookEvent::Status(status) => (status.phone_number_id.as_str(), status.status.as_str()),
            WebhookEvent::Call(_)
            | WebhookEvent::StandbyMessage(_)
            | WebhookEvent::StandbyEcho(_)
            | WebhookEvent::Handover(_) => panic!("{event:?}"),
            WebhookEvent::Other(other) => (other.waba_id.as_ref().unwrap().as_str(), other.reason.as_str()),
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("106540352242922", "Ana Pérez"),
            ("106540352242922", "Bea"),
            ("106540352242922", "sent"),
            ("999", "account_update"),
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
