//! Property test: stored content equals sent content, for content of every type.

use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::{MediaId, WaId};

fn media_source() -> impl Strategy<Value = MediaSource> {
    prop_oneof![".*".prop_map(|id| MediaSource::Id(MediaId::new(id))), ".*".prop_map(MediaSource::Link)]
}

fn media() -> impl Strategy<Value = OutboundContent> {
    let caption = || option::of(".*");
    prop_oneof![
        (media_source(), caption()).prop_map(|(source, caption)| Image { source, caption }.into()),
        (media_source(), caption()).prop_map(|(source, caption)| Video { source, caption }.into()),
        (media_source(), any::<bool>()).prop_map(|(source, voice)| Audio { source, voice }.into()),
        (media_source(), caption(), caption()).prop_map(|(source, caption, filename)| Document {
            source,
            caption,
            filename
        }
        .into()),
        media_source().prop_map(|source| Sticker { source }.into()),
    ]
}

fn location() -> impl Strategy<Value = LocationMessage> {
    let degrees = || (-180_000_000..=180_000_000_i32).prop_map(|micro| Degrees::new(f64::from(micro) / 1e6));
    (degrees(), degrees(), option::of(".*"), option::of(".*"))
        .prop_map(|(latitude, longitude, name, address)| LocationMessage { latitude, longitude, name, address })
}

fn contact() -> impl Strategy<Value = ContactCard> {
    (".*", option::of(".*"), prop::collection::vec((".*", option::of(".*")), 0..3), option::of(".*")).prop_map(
        |(name, last_name, phones, company)| {
            let mut contact = ContactCard::new(name);
            contact.name.last_name = last_name;
            contact.phones =
                phones.into_iter().map(|(phone, id)| ContactPhone { phone, wa_id: id.map(WaId::new) }).collect();
            contact.org = company.map(|company| ContactOrganization { company });
            contact.email("a@example.com").url("https://example.com")
        },
    )
}

fn action() -> impl Strategy<Value = InteractiveAction> {
    let row = (".*", ".*", option::of(".*")).prop_map(|(id, title, description)| ListRow { id, title, description });
    let section =
        (option::of(".*"), prop::collection::vec(row, 0..4)).prop_map(|(title, rows)| ListSection { title, rows });
    prop_oneof![
        prop::collection::vec((".*", ".*").prop_map(|(id, title)| ReplyButton { id, title }), 0..4)
            .prop_map(InteractiveAction::Buttons),
        (".*", prop::collection::vec(section, 0..3))
            .prop_map(|(button, sections)| InteractiveAction::List(ListMenu { button, sections })),
        (".*", ".*").prop_map(|(label, url)| InteractiveAction::Link(LinkButton { label, url })),
        Just(InteractiveAction::LocationRequest),
    ]
}

fn template() -> impl Strategy<Value = TemplateMessage> {
    let parameter = prop_oneof![
        (".*", option::of(".*")).prop_map(|(text, parameter_name)| TemplateParameter::Text { text, parameter_name }),
        media_source().prop_map(|image| TemplateParameter::Image { image }),
        media_source().prop_map(|video| TemplateParameter::Video { video }),
        media_source().prop_map(|document| TemplateParameter::Document { document }),
        location().prop_map(|location| TemplateParameter::Location { location }),
        ".*".prop_map(|payload| TemplateParameter::Payload { payload }),
        ".*".prop_map(|coupon_code| TemplateParameter::CouponCode { coupon_code }),
    ];
    let kinds = [TemplateButtonKind::QuickReply, TemplateButtonKind::Url, TemplateButtonKind::CopyCode];
    let kind = prop::sample::select(kinds.to_vec());
    (".*", ".*", prop::collection::vec(parameter, 1..4), kind, any::<u8>()).prop_map(
        |(name, language, parameters, kind, index)| {
            let first = parameters[0].clone();
            TemplateMessage::new(name, language).header(first.clone()).body(parameters).button(index, kind, first)
        },
    )
}

fn content() -> impl Strategy<Value = OutboundContent> {
    let header = prop_oneof![
        ".*".prop_map(InteractiveHeader::Text),
        ".*".prop_map(|id| InteractiveHeader::Image(MediaId::new(id).into())),
        ".*".prop_map(|link| InteractiveHeader::Video(MediaSource::Link(link))),
        (".*", option::of(".*"))
            .prop_map(|(id, filename)| InteractiveHeader::Document { source: MediaId::new(id).into(), filename }),
    ];
    let interactive = (option::of(header), ".*", option::of(".*"), action())
        .prop_map(|(header, body, footer, action)| Interactive { header, body, footer, action });
    prop_oneof![
        1 => (".*", any::<bool>()).prop_map(|(body, preview)| Text::new(body).preview_url(preview).into()),
        5 => media(),
        1 => location().prop_map(OutboundContent::from),
        1 => prop::collection::vec(contact(), 0..3).prop_map(OutboundContent::from),
        1 => (".*", ".*").prop_map(|(id, emoji)| Reaction::new(MessageId::new(id), emoji).into()),
        1 => interactive.prop_map(OutboundContent::from),
        1 => template().prop_map(OutboundContent::from),
    ]
}

proptest! {
    #[test]
    fn stored_content_is_read_back_and_equals_sent_content(content in content()) {
        let stored = serde_json::to_vec(&content).unwrap();
        prop_assert_eq!(&serde_json::from_slice::<OutboundContent>(&stored).unwrap(), &content);
        let sent = serde_json::to_value(OutboundMessage::new(WaId::new("1"), content.clone())).unwrap();
        let stored: serde_json::Value = serde_json::from_slice(&stored).unwrap();
        prop_assert_eq!(&sent[content.kind()], &stored[content.kind()]);
    }
}
