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
            contact.phones = phones
                .into_iter()
                .map(|(phone, id)| ContactPhone { phone, kind: None, wa_id: id.map(WaId::new) })
                .collect();
            contact.org = company.map(ContactOrganization::new);
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
        (".*", ".*").prop_map(|(label, url)| {
            let link = LinkButton { label, url };
            InteractiveAction::Mixed(MixedButtons::default().link(link).reply(ReplyButton::new("1", "Yes")))
        }),
        (".*", prop::collection::vec(section, 0..3))
            .prop_map(|(button, sections)| InteractiveAction::List(ListMenu { button, sections })),
        (".*", ".*").prop_map(|(label, url)| InteractiveAction::Link(LinkButton { label, url })),
        Just(InteractiveAction::LocationRequest),
        Just(InteractiveAction::ContactRequest),
        Just(InteractiveAction::CallPermission),
        flow().prop_map(|flow| InteractiveAction::Flow(Box::new(flow))),
        prop::collection::vec(card(), 0..3).prop_map(InteractiveAction::Carousel),
        (".*", ".*").prop_map(|(catalog, id)| InteractiveAction::Product(Product::new(catalog, id))),
        (".*", sections())
            .prop_map(|(catalog_id, sections)| { InteractiveAction::Products(ProductList { catalog_id, sections }) }),
        option::of(".*").prop_map(|thumbnail| InteractiveAction::Catalog(CatalogButton { thumbnail })),
        (option::of(".*"), option::of(any::<u32>()), option::of(".*")).prop_map(|(label, ttl_minutes, payload)| {
            InteractiveAction::Call(CallButton { label, ttl_minutes, payload })
        }),
        order().prop_map(|order| InteractiveAction::OrderDetails(Box::new(order))),
        (".*", option::of(".*")).prop_map(|(id, text)| {
            let status = OrderStatus::new(id, OrderState::Shipped);
            InteractiveAction::OrderStatus(text.into_iter().fold(status, OrderStatus::description))
        }),
        (".*", ".*", ".*").prop_map(|(country, field, value)| {
            InteractiveAction::AddressRequest(Box::new(AddressRequest::new(country).value(field, value)))
        }),
    ]
}

fn sections() -> impl Strategy<Value = Vec<ProductSection>> {
    let section = (option::of(".*"), prop::collection::vec(".*", 0..3));
    prop::collection::vec(section.prop_map(|(title, products)| ProductSection { title, products }), 0..3)
}

fn flow() -> impl Strategy<Value = FlowButton> {
    let flow = prop_oneof![".*".prop_map(FlowRef::Id), ".*".prop_map(FlowRef::Name)];
    let start = prop_oneof![
        Just(FlowStart::FirstScreen),
        Just(FlowStart::DataExchange),
        (".*", ".*", ".*").prop_map(|(screen, key, value)| {
            FlowStart::Screen { screen, data: [(key, value.into())].into_iter().collect() }
        }),
    ];
    (flow, ".*", option::of(".*"), start, any::<bool>()).prop_map(|(flow, label, token, start, is_draft)| FlowButton {
        flow,
        label,
        token,
        start,
        is_draft,
    })
}

fn card() -> impl Strategy<Value = CarouselCard> {
    let medium = prop_oneof![
        media_source().prop_map(|image| CardMedium::Image { image }),
        media_source().prop_map(|video| CardMedium::Video { video }),
    ];
    let action = prop_oneof![
        (".*", ".*").prop_map(|(label, url)| CardAction::Link(LinkButton { label, url })),
        prop::collection::vec((".*", ".*").prop_map(|(id, title)| ReplyButton { id, title }), 0..4)
            .prop_map(CardAction::Replies),
    ];
    (medium, option::of(".*"), action).prop_map(|(medium, body, action)| CarouselCard { medium, body, action })
}

fn order() -> impl Strategy<Value = OrderDetails> {
    let item = (".*", ".*", any::<u32>()).prop_map(|(id, name, n)| OrderItem::new(id, name, Amount::cents(1), n));
    (".*", ".*", prop::collection::vec(item, 0..3), option::of(".*")).prop_map(|(id, kind, items, text)| {
        let setting = PaymentSetting::new("link", serde_json::json!({ "uri": id.clone() }));
        let charge = text.into_iter().fold(OrderCharge::new(Amount::cents(3)), OrderCharge::description);
        let order = OrderDetails::new(id, "INR", Payment::settings([setting]).kind(kind), Amount::cents(5));
        let discount = OrderDiscount::new(charge.clone()).program("p");
        order.order(Order::new(items, Amount::cents(2)).tax(charge).discount(discount).catalog_id("c"))
    })
}

fn template() -> impl Strategy<Value = TemplateMessage> {
    let parameter = prop_oneof![
        (".*", option::of(".*")).prop_map(|(text, parameter_name)| TemplateParameter::Text { text, parameter_name }),
        media_source().prop_map(|image| TemplateParameter::Image { image }),
        media_source().prop_map(|video| TemplateParameter::Video { video }),
        (media_source(), option::of(".*")).prop_map(|(source, filename)| TemplateParameter::Document {
            document: TemplateDocument { source, filename }
        }),
        location().prop_map(|location| TemplateParameter::Location { location }),
        ".*".prop_map(|payload| TemplateParameter::Payload { payload }),
        ".*".prop_map(|coupon_code| TemplateParameter::CouponCode { coupon_code }),
        (".*", any::<i64>()).prop_map(|(text, amount)| TemplateParameter::currency(text, "EUR", amount)),
        ".*".prop_map(TemplateParameter::date),
        any::<i64>().prop_map(TemplateParameter::offer_ends),
        (".*", ".*").prop_map(|(catalog, id)| TemplateParameter::product(catalog, id)),
        (".*", sections()).prop_map(|(thumbnail, sections)| TemplateParameter::products(thumbnail, sections)),
        (".*", ".*", ".*").prop_map(|(token, key, value)| TemplateParameter::flow(token, [(key, value.into())])),
        order().prop_map(TemplateParameter::order),
    ];
    let kinds = [
        TemplateButtonKind::QuickReply,
        TemplateButtonKind::Url,
        TemplateButtonKind::CopyCode,
        TemplateButtonKind::Flow,
        TemplateButtonKind::Catalog,
        TemplateButtonKind::Product,
        TemplateButtonKind::Products,
        TemplateButtonKind::VoiceCall,
        TemplateButtonKind::OrderDetails,
    ];
    let kind = prop::sample::select(kinds.to_vec());
    (".*", ".*", prop::collection::vec(parameter, 1..4), kind, any::<u8>()).prop_map(
        |(name, language, parameters, kind, index)| {
            let first = parameters[0].clone();
            let card = vec![TemplateComponent::Header { parameters: vec![first.clone()] }];
            let message = TemplateMessage::new(name, language).header(first.clone()).body(parameters).carousel([card]);
            message.button(index, kind, first).offer_ends(i64::from(index))
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
        1 => (".*", any::<u8>()).prop_map(|(id, days)| Pin::for_days(MessageId::new(id), days).into()),
        1 => (".*", ".*").prop_map(|(kind, text)| RawContent::new(kind, text.into()).into()),
        3 => interactive.prop_map(OutboundContent::from),
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
        let stored = match &content {
            OutboundContent::Raw(raw) => &raw.object,
            _ => &stored[content.kind()],
        };
        prop_assert_eq!(&sent[sent["type"].as_str().unwrap()], stored);
    }
}
