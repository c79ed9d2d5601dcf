//! Compiles templates of agents to template messages.

use std::collections::BTreeMap;

use waxwing_agent::{Media, Template, TemplateButton, TemplateCard, TemplateCardHeader, TemplateHeader};
use waxwing_types::{
    LocationMessage, MediaId, MediaSource, ProductSection, TemplateButtonKind, TemplateComponent, TemplateDocument,
    TemplateMessage, TemplateParameter as Parameter,
};

use super::media::Form;

/// Returns the message of a template. The medium of its header has no id until it is uploaded. Returns none if the medium is of a kind that no
/// header takes.
pub(super) fn message(template: &Template) -> Option<TemplateMessage> {
    let mut message = TemplateMessage::new(&template.name, &*template.language);
    if let Some(header) = &template.header {
        message = message.header(header_value(header)?);
    }
    message.components.extend(body(&template.values, &template.named_values));
    if let Some(end) = template.offer_end {
        message = message.offer_ends(end);
    }
    message.components.extend(template.buttons.iter().map(button));
    if !template.cards.is_empty() {
        message = message.carousel(template.cards.iter().map(card));
    }
    Some(message)
}

fn header_value(header: &TemplateHeader) -> Option<Parameter> {
    Some(match header {
        TemplateHeader::Text(text) => Parameter::text(text),
        TemplateHeader::NamedText { name, text } => Parameter::named(name, text),
        TemplateHeader::Media(medium) => return medium_value(medium),
        TemplateHeader::Location(place) => {
            let mut location = LocationMessage::new(place.latitude, place.longitude);
            location.name.clone_from(&place.name);
            location.address.clone_from(&place.address);
            Parameter::Location { location }
        }
        _ => return None,
    })
}

fn medium_value(medium: &Media) -> Option<Parameter> {
    let source = || MediaSource::Id(MediaId::new(""));
    match Form::of(medium)? {
        Form::Image => Some(Parameter::Image { image: source() }),
        Form::Video => Some(Parameter::Video { video: source() }),
        Form::Document => {
            let document = TemplateDocument::from(source());
            let document = medium.filename().into_iter().fold(document, TemplateDocument::filename);
            Some(Parameter::Document { document })
        }
        Form::Audio | Form::Voice | Form::Sticker => None,
    }
}

fn body(values: &[String], named: &BTreeMap<String, String>) -> Option<TemplateComponent> {
    let values = values.iter().map(Parameter::text);
    let named = named.iter().map(|(name, value)| Parameter::named(name, value));
    let parameters: Vec<_> = values.chain(named).collect();
    (!parameters.is_empty()).then_some(TemplateComponent::Body { parameters })
}

fn button((index, value): (&u8, &TemplateButton)) -> TemplateComponent {
    let (sub_type, parameter) = match value.clone() {
        TemplateButton::Payload(payload) => (TemplateButtonKind::QuickReply, Parameter::payload(payload)),
        TemplateButton::Code(coupon_code) => (TemplateButtonKind::CopyCode, Parameter::CouponCode { coupon_code }),
        TemplateButton::Form { token, data } => (TemplateButtonKind::Flow, Parameter::flow(token, data)),
        TemplateButton::Catalog { product } => (TemplateButtonKind::Catalog, Parameter::catalog(product)),
        TemplateButton::Products { product, sections } => {
            let sections = sections.into_iter().map(|section| {
                let products = ProductSection::new(section.products);
                section.title.into_iter().fold(products, ProductSection::title)
            });
            (TemplateButtonKind::Products, Parameter::products(product, sections))
        }
        TemplateButton::Url(text) => (TemplateButtonKind::Url, Parameter::text(text)),
        _ => (TemplateButtonKind::Url, Parameter::text("")),
    };
    TemplateComponent::Button { sub_type, index: *index, parameters: vec![parameter] }
}

fn card(card: &TemplateCard) -> Vec<TemplateComponent> {
    let link = |url: &String| MediaSource::Link(url.clone());
    let header = match &card.header {
        TemplateCardHeader::Image(url) => Some(Parameter::Image { image: link(url) }),
        TemplateCardHeader::Video(url) => Some(Parameter::Video { video: link(url) }),
        TemplateCardHeader::Product { catalog, product } => Some(Parameter::product(catalog, product)),
        _ => None,
    };
    let header = header.map(|value| TemplateComponent::Header { parameters: vec![value] });
    header.into_iter().chain(body(&card.values, &card.named_values)).chain(card.buttons.iter().map(button)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::time::{Duration, UNIX_EPOCH};
    use waxwing_agent::{Location, TemplateProducts};

    #[track_caller]
    fn check(template: &Template, expected: &serde_json::Value) {
        let components = serde_json::to_value(message(template).unwrap()).unwrap()["components"].take();
        assert_eq!(components, *expected);
    }

    fn template() -> Template {
        Template::new("t", "en")
    }

    #[test]
    fn values_are_a_body() {
        check(&template(), &json!(null));
        let named = template().with_value("17").with_named_value("day", "Monday");
        check(
            &named,
            &json!([{ "type": "body", "parameters": [
                { "type": "text", "text": "17" }, { "type": "text", "text": "Monday", "parameter_name": "day" },
            ] }]),
        );
    }

    #[test]
    fn headers_of_each_kind_are_compiled() {
        let header = |parameter: serde_json::Value| json!([{ "type": "header", "parameters": [parameter] }]);
        check(&template().with_header("Ana"), &header(json!({ "type": "text", "text": "Ana" })));
        let picture = Media::image("image/png", vec![1]);
        check(&template().with_header(picture), &header(json!({ "type": "image", "image": { "id": "" } })));
        let file = Media::document("a.pdf", "application/pdf", vec![1]);
        let document = json!({ "type": "document", "document": { "id": "", "filename": "a.pdf" } });
        check(&template().with_header(file), &header(document));
        let place = template().with_header(Location::new(1.5, 2.5).with_name("Sol"));
        let location = json!({ "latitude": 1.5, "longitude": 2.5, "name": "Sol" });
        check(&place, &header(json!({ "type": "location", "location": location })));
        let named = TemplateHeader::NamedText { name: "who".into(), text: "Ana".into() };
        let text = json!({ "type": "text", "text": "Ana", "parameter_name": "who" });
        check(&template().with_header(named), &header(text));
        let sticker = Media::new(waxwing_agent::MediaKind::Sticker, "image/webp", vec![1]);
        assert_eq!(message(&template().with_header(sticker)), None);
    }

    #[test]
    fn buttons_cards_and_the_end_of_an_offer_are_compiled() {
        let button = |index: u8, kind: &str, parameter: serde_json::Value| json!({ "type": "button", "sub_type": kind, "index": index, "parameters": [parameter] });
        let action = |action: serde_json::Value| json!({ "type": "action", "action": action });
        let data = [("a".to_owned(), json!(1))].into_iter().collect();
        let sections = vec![TemplateProducts::new(["p", "q"]).with_title("Pizza")];
        let full = template()
            .with_button(0, TemplateButton::Payload("yes".into()))
            .with_button(1, TemplateButton::Url("menu".into()))
            .with_button(2, TemplateButton::Code("X1".into()))
            .with_button(3, TemplateButton::Form { token: "t".into(), data })
            .with_button(4, TemplateButton::Catalog { product: None })
            .with_button(5, TemplateButton::Products { product: "p".into(), sections })
            .with_offer_end(UNIX_EPOCH + Duration::from_secs(7));
        let products = json!([{ "product_retailer_id": "p" }, { "product_retailer_id": "q" }]);
        let sections = json!([{ "title": "Pizza", "product_items": products }]);
        check(
            &full,
            &json!([
                { "type": "limited_time_offer", "parameters": [
                    { "type": "limited_time_offer", "limited_time_offer": { "expiration_time_ms": 7000 } },
                ] },
                button(0, "quick_reply", json!({ "type": "payload", "payload": "yes" })),
                button(1, "url", json!({ "type": "text", "text": "menu" })),
                button(2, "copy_code", json!({ "type": "coupon_code", "coupon_code": "X1" })),
                button(3, "flow", action(json!({ "flow_token": "t", "flow_action_data": { "a": 1 } }))),
                button(4, "catalog", action(json!({}))),
                button(5, "mpm", action(json!({ "thumbnail_product_retailer_id": "p", "sections": sections }))),
            ]),
        );
        let card = |header| TemplateCard::new(header).with_value("x").with_button(0, TemplateButton::Url("u".into()));
        let video = TemplateCardHeader::Video("https://x/1.mp4".into());
        let product = TemplateCardHeader::Product { catalog: "c".into(), product: "p".into() };
        let cards = template().with_card(card(video)).with_card(card(product));
        let expected = |index: u8, header: serde_json::Value| {
            json!({ "card_index": index, "components": [
                { "type": "header", "parameters": [header] },
                { "type": "body", "parameters": [{ "type": "text", "text": "x" }] },
                button(0, "url", json!({ "type": "text", "text": "u" })),
            ] })
        };
        let product = json!({ "type": "product", "product": { "catalog_id": "c", "product_retailer_id": "p" } });
        let video = json!({ "type": "video", "video": { "link": "https://x/1.mp4" } });
        check(&cards, &json!([{ "type": "carousel", "cards": [expected(0, video), expected(1, product)] }]));
    }
}
