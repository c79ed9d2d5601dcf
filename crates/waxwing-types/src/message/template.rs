//! Content of a template message.

mod component;
mod parameter;

use serde::{Deserialize, Serialize};

use super::MediaSource;
use crate::validation::{self, ValidationError};

pub use component::{TemplateButtonKind, TemplateCard, TemplateComponent};
pub use parameter::{
    LimitedTimeOffer, TemplateAction, TemplateCurrency, TemplateDateTime, TemplateDocument, TemplateParameter,
};

/// Approved message template with its parameters. `Debug` hides the parameters.
///
/// Templates are the only messages that Meta delivers outside the customer service window of 24 hours. Waxwing checks only that
/// name and language are present, and that texts have no line breaks: the number and kind of the parameters depend on the template, and Meta
/// checks them.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-message-templates>
///
/// ```
/// use waxwing_types::{OutboundMessage, TemplateButtonKind, TemplateMessage, TemplateParameter, WaId};
///
/// let order = TemplateMessage::new("order_shipped", "es")
///     .body([TemplateParameter::text("Ana"), TemplateParameter::text("17")])
///     .button(0, TemplateButtonKind::QuickReply, TemplateParameter::payload("track-17"));
/// OutboundMessage::new(WaId::new("34600000000"), order).validate()?;
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TemplateMessage {
    /// Name of the template.
    pub name: String,
    /// Language of the template.
    pub language: TemplateLanguage,
    /// Parameters, grouped by the part of the template. Parts without parameters are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<TemplateComponent>,
}

/// Language of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TemplateLanguage {
    /// Meta's language code, such as `en_US`.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates/supported-languages>
    pub code: String,
    /// Handling of a template that lacks the language. Meta has one policy, and takes it if none is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<LanguagePolicy>,
}

/// Handling of a template that lacks the language of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LanguagePolicy {
    /// Meta refuses the message.
    Deterministic,
}

impl TemplateMessage {
    /// Creates a template message without parameters, from the template's name and Meta's language code.
    pub fn new(name: impl Into<String>, language: impl Into<TemplateLanguage>) -> Self {
        Self { name: name.into(), language: language.into(), components: Vec::new() }
    }

    /// Adds the parameter of the header.
    pub fn header(mut self, parameter: TemplateParameter) -> Self {
        self.components.push(TemplateComponent::Header { parameters: vec![parameter] });
        self
    }

    /// Adds the parameters of the body.
    pub fn body(mut self, parameters: impl IntoIterator<Item = TemplateParameter>) -> Self {
        self.components.push(TemplateComponent::Body { parameters: parameters.into_iter().collect() });
        self
    }

    /// Adds the parameter of the button at `index`, counted from 0.
    pub fn button(mut self, index: u8, kind: TemplateButtonKind, parameter: TemplateParameter) -> Self {
        self.components.push(TemplateComponent::Button { sub_type: kind, index, parameters: vec![parameter] });
        self
    }

    /// Adds the cards of a carousel. Each card has the components with its parameters.
    pub fn carousel(mut self, cards: impl IntoIterator<Item = Vec<TemplateComponent>>) -> Self {
        let cards = (0..).zip(cards).map(|(index, components)| TemplateCard::new(index, components));
        self.components.push(TemplateComponent::Carousel { cards: cards.collect() });
        self
    }

    /// Sets the end of a limited-time offer, in milliseconds since the Unix epoch.
    pub fn offer_ends(mut self, expiration_time_ms: i64) -> Self {
        let parameters = vec![TemplateParameter::offer_ends(expiration_time_ms)];
        self.components.push(TemplateComponent::LimitedTimeOffer { parameters });
        self
    }

    /// Returns the source of the medium of the header, if it is one.
    pub(super) fn header_media(&self) -> Option<&MediaSource> {
        self.components.iter().find_map(|component| match component {
            TemplateComponent::Header { parameters } => parameters.iter().find_map(TemplateParameter::media),
            _ => None,
        })
    }

    /// Returns the source of the medium of the header for replacement.
    pub(super) fn header_media_mut(&mut self) -> Option<&mut MediaSource> {
        self.components.iter_mut().find_map(|component| match component {
            TemplateComponent::Header { parameters } => parameters.iter_mut().find_map(TemplateParameter::media_mut),
            _ => None,
        })
    }

    pub(super) fn validate(&self) -> Result<(), ValidationError> {
        validation::not_empty("template.name", &self.name)?;
        validation::not_empty("template.language.code", &self.language.code)?;
        self.components.iter().try_for_each(TemplateComponent::validate)
    }
}

impl TemplateLanguage {
    /// Creates a language from Meta's code, such as `en_US`.
    pub fn new(code: impl Into<String>) -> Self {
        Self { code: code.into(), policy: None }
    }
}

impl<T: Into<String>> From<T> for TemplateLanguage {
    fn from(code: T) -> Self {
        Self::new(code)
    }
}

#[cfg(test)]
mod tests {
    use super::super::checks::{check_content, check_debug, check_invalid};
    use super::*;
    use crate::LocationMessage;
    use serde_json::json;

    #[test]
    fn parameters_are_grouped_by_part() {
        check_content(
            TemplateMessage::new("hello_world", "en_US"),
            &json!({"name": "hello_world", "language": {"code": "en_US"}}),
        );
        check_content(
            TemplateMessage::new("order", "es")
                .header(TemplateParameter::Image { image: crate::MediaId::new("77").into() })
                .body([TemplateParameter::text("Ana"), TemplateParameter::named("day", "Monday")])
                .button(0, TemplateButtonKind::QuickReply, TemplateParameter::payload("yes-1")),
            &json!({"name": "order", "language": {"code": "es"}, "components": [
                {"type": "header", "parameters": [{"type": "image", "image": {"id": "77"}}]},
                {"type": "body", "parameters": [
                    {"type": "text", "text": "Ana"},
                    {"type": "text", "text": "Monday", "parameter_name": "day"},
                ]},
                {"type": "button", "sub_type": "quick_reply", "index": 0, "parameters": [
                    {"type": "payload", "payload": "yes-1"},
                ]},
            ]}),
        );
    }

    #[test]
    fn the_medium_of_the_header_can_be_replaced() {
        let image = |id: &str| TemplateParameter::Image { image: crate::MediaId::new(id).into() };
        let mut content = crate::OutboundContent::from(TemplateMessage::new("t", "en").header(image("1")));
        *content.media_mut().unwrap() = crate::MediaId::new("2").into();
        assert_eq!(content, TemplateMessage::new("t", "en").header(image("2")).into());
        assert_eq!(content.media(), Some(&crate::MediaId::new("2").into()));
        let carousel = vec![TemplateComponent::Header { parameters: vec![image("1")] }];
        let text = TemplateMessage::new("t", "en").header(TemplateParameter::text("a")).carousel([carousel]);
        assert_eq!(crate::OutboundContent::from(text).media(), None);
    }

    #[test]
    fn name_and_language_are_required() {
        check_invalid(TemplateMessage::new("", "es"), &ValidationError::Empty { field: "template.name" });
        check_invalid(TemplateMessage::new("order", ""), &ValidationError::Empty { field: "template.language.code" });
    }

    #[test]
    fn every_kind_of_parameter_has_the_json_form_of_meta() {
        let product = || TemplateParameter::product("c", "p");
        let card = || {
            vec![
                TemplateComponent::Header { parameters: vec![product()] },
                TemplateComponent::Button {
                    sub_type: TemplateButtonKind::Url,
                    index: 0,
                    parameters: vec![TemplateParameter::text("pizza")],
                },
            ]
        };
        let button =
            |kind, index, parameter| TemplateComponent::Button { sub_type: kind, index, parameters: vec![parameter] };
        let mut message = TemplateMessage::new("offer", "en")
            .body([TemplateParameter::currency("$100.99", "USD", 100_990), TemplateParameter::date("May 17")])
            .offer_ends(1_767_225_600_000)
            .carousel([card(), card()]);
        message.components.extend([
            button(TemplateButtonKind::Catalog, 0, TemplateParameter::catalog(Some("p".into()))),
            button(
                TemplateButtonKind::Products,
                1,
                TemplateParameter::products("p", [crate::ProductSection::new(["q"])]),
            ),
            button(TemplateButtonKind::Flow, 2, TemplateParameter::flow("t", [("a".into(), json!(1))])),
            button(TemplateButtonKind::CopyCode, 3, TemplateParameter::CouponCode { coupon_code: "X1".into() }),
        ]);
        let button = |kind: &str, index: u8, parameter: serde_json::Value| json!({ "type": "button", "sub_type": kind, "index": index, "parameters": [parameter] });
        let action = |action: serde_json::Value| json!({ "type": "action", "action": action });
        let section = json!({ "product_items": [{ "product_retailer_id": "q" }] });
        let product = json!({ "product_retailer_id": "p", "catalog_id": "c" });
        let card = |index: u8| {
            json!({ "card_index": index, "components": [
            { "type": "header", "parameters": [{ "type": "product", "product": product }] },
            button("url", 0, json!({ "type": "text", "text": "pizza" })),
        ] })
        };
        let currency = json!({ "fallback_value": "$100.99", "code": "USD", "amount_1000": 100_990 });
        let offer = json!({ "expiration_time_ms": 1_767_225_600_000_i64 });
        check_content(
            message,
            &json!({ "name": "offer", "language": { "code": "en" }, "components": [
                { "type": "body", "parameters": [
                    { "type": "currency", "currency": currency },
                    { "type": "date_time", "date_time": { "fallback_value": "May 17" } },
                ] },
                { "type": "limited_time_offer", "parameters": [
                    { "type": "limited_time_offer", "limited_time_offer": offer },
                ] },
                { "type": "carousel", "cards": [card(0), card(1)] },
                button("catalog", 0, action(json!({ "thumbnail_product_retailer_id": "p" }))),
                button("mpm", 1, action(json!({ "thumbnail_product_retailer_id": "p", "sections": [section] }))),
                button("flow", 2, action(json!({ "flow_token": "t", "flow_action_data": { "a": 1 } }))),
                button("copy_code", 3, json!({ "type": "coupon_code", "coupon_code": "X1" })),
            ] }),
        );
    }

    #[test]
    fn media_and_further_buttons_have_the_json_form_of_meta() {
        let button =
            |sub_type| TemplateComponent::Button { sub_type, index: 0, parameters: vec![TemplateParameter::text("x")] };
        let mut message = TemplateMessage::new("offer", "en")
            .header(TemplateParameter::Video { video: crate::MediaId::new("77").into() })
            .body([TemplateParameter::Location { location: crate::LocationMessage::new(40.5, -3.7) }]);
        let kinds = [TemplateButtonKind::Product, TemplateButtonKind::VoiceCall, TemplateButtonKind::OrderDetails];
        message.components.extend(kinds.map(button));
        let button = |kind: &str| json!({ "type": "button", "sub_type": kind, "index": 0, "parameters": [{ "type": "text", "text": "x" }] });
        check_content(
            message,
            &json!({ "name": "offer", "language": { "code": "en" }, "components": [
                { "type": "header", "parameters": [{ "type": "video", "video": { "id": "77" } }] },
                { "type": "body", "parameters": [
                    { "type": "location", "location": { "latitude": 40.5, "longitude": -3.7 } },
                ] },
                button("spm"), button("voice_call"), button("order_details"),
            ] }),
        );
    }

    #[test]
    fn spellings_that_meta_accepts_are_read() {
        let json = json!({ "name": "a", "language": { "code": "en", "policy": "deterministic" }, "components": [
            { "type": "HEADER", "parameters": [{ "type": "document", "document": { "id": "77", "filename": "menu.pdf" } }] },
            { "type": "BODY", "parameters": [{ "type": "date_time", "date_time": { "fallback_value": "May 17", "hour": 15 } }] },
            { "type": "button", "sub_type": "CATALOG", "index": "1" },
        ] });
        let message: TemplateMessage = serde_json::from_value(json).unwrap();
        assert_eq!(message.language.policy, Some(LanguagePolicy::Deterministic));
        let json = serde_json::to_value(&message.components[0]).unwrap();
        assert_eq!(json["parameters"][0]["document"]["filename"], "menu.pdf");
        let [_, TemplateComponent::Body { parameters }, TemplateComponent::Button { sub_type, index, .. }] =
            &message.components[..]
        else {
            panic!("{message:?}")
        };
        assert_eq!((*sub_type, *index), (TemplateButtonKind::Catalog, 1));
        let json = serde_json::to_value(&parameters[0]).unwrap();
        assert_eq!(json["date_time"], json!({ "fallback_value": "May 17", "hour": 15 }));
    }

    #[test]
    fn texts_have_no_line_breaks_tabs_and_runs_of_spaces() {
        let field = "template.components.parameters.text";
        let expected = "a text without line breaks, tabs and more than four spaces in a row";
        for text in ["a\nb", "a\tb", "a     b", "a\r"] {
            let error = ValidationError::Malformed { field, expected };
            check_invalid(TemplateMessage::new("order", "es").body([TemplateParameter::text(text)]), &error);
            let card = || vec![TemplateComponent::Body { parameters: vec![TemplateParameter::named("a", text)] }];
            check_invalid(TemplateMessage::new("order", "es").carousel([card(), card()]), &error);
        }
        let fine = TemplateMessage::new("order", "es").body([TemplateParameter::text("a    b")]);
        assert_eq!(crate::OutboundContent::from(fine).validate(), Ok(()));
    }

    #[test]
    fn parameters_have_values() {
        let check = |parameter: TemplateParameter, expected: ValidationError| {
            check_invalid(TemplateMessage::new("order", "es").body([parameter]), &expected);
        };
        let empty = |field| ValidationError::Empty { field };
        check(TemplateParameter::text(" "), empty("template.components.parameters.text"));
        check(TemplateParameter::payload(""), empty("template.components.parameters.payload"));
        check(TemplateParameter::product("", "p"), empty("template.components.parameters.product.catalog_id"));
        check(TemplateParameter::Image { image: crate::MediaId::new("").into() }, empty("id"));
        let nowhere = TemplateParameter::Location { location: LocationMessage::new(91.0, 0.0) };
        assert!(crate::OutboundContent::from(TemplateMessage::new("a", "es").header(nowhere)).validate().is_err());
        let one =
            TemplateMessage::new("order", "es").carousel([vec![TemplateComponent::Body { parameters: Vec::new() }]]);
        let (field, expected) = ("template.components.cards", "a list of at least 2 cards");
        check_invalid(one, &ValidationError::Malformed { field, expected });
        let nested = || vec![TemplateComponent::Carousel { cards: Vec::new() }];
        let (field, expected) = ("template.components.cards.components", "a list without carousels");
        let nested = TemplateMessage::new("order", "es").carousel([nested(), nested()]);
        check_invalid(nested, &ValidationError::Malformed { field, expected });
    }

    #[test]
    fn debug_hides_the_parameters() {
        let link = || MediaSource::Link("https://example.com/secret".into());
        let location = LocationMessage::new(40.5, -3.5).name("secret");
        let message = TemplateMessage::new("order", "es").body([
            TemplateParameter::text("secret"),
            TemplateParameter::payload("secret"),
            TemplateParameter::CouponCode { coupon_code: "secret".into() },
            TemplateParameter::Image { image: link() },
            TemplateParameter::Video { video: link() },
            TemplateParameter::Document { document: link().into() },
            TemplateParameter::Location { location },
            TemplateParameter::currency("secret", "EUR", 1),
            TemplateParameter::date("secret"),
            TemplateParameter::flow("secret", [("a".into(), json!("secret"))]),
        ]);
        assert!(format!("{message:?}").contains("order"));
        check_debug(message, &["secret", "40.5"]);
    }
}
