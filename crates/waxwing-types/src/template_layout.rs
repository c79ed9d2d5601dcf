//! Form of an approved template, against which a message is checked before it is sent.

mod button;
mod check;
mod part;
mod preview;
mod problem;
mod text;

use serde_json::Value;

use crate::TemplateMessage;
use part::PartLayout;

pub use preview::TemplatePreview;
pub use problem::{TemplateMismatch, TemplatePart, TemplatePlace, TemplateProblem, TemplateValueKind};

/// Form of an approved template in one language: its texts with their placeholders, its header, its buttons and its cards.
///
/// [`check`](Self::check) finds what Meta would refuse in a message, without a request. [`preview`](Self::preview) shows a message as its user
/// will see it. Parts of a definition that this version does not know are not checked.
///
/// <https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates/components>
///
/// ```
/// use serde_json::json;
/// use waxwing_types::{TemplateLayout, TemplateMessage, TemplateParameter};
///
/// let body = json!({ "type": "BODY", "text": "Order {{1}} is ready. Pick it up until {{2}}." });
/// let layout = TemplateLayout::new("order_ready", "en", "UTILITY", &[body]);
///
/// let message = TemplateMessage::new("order_ready", "en").body([TemplateParameter::text("17")]);
/// assert_eq!(
///     layout.check(&message).unwrap_err().to_string(),
///     "template order_ready (en) needs 2 body values, 1 was given: {{2}} is missing",
/// );
/// let message = TemplateMessage::new("order_ready", "en").body(["17", "noon"].map(TemplateParameter::text));
/// assert_eq!(layout.check(&message), Ok(()));
/// assert_eq!(layout.preview(&message).to_string(), "Order 17 is ready. Pick it up until noon.");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateLayout {
    name: String,
    language: String,
    category: String,
    main: PartLayout,
    cards: Vec<PartLayout>,
    /// Whether the template announces the end of an offer.
    has_offer_end: bool,
}

impl TemplateLayout {
    /// Reads the components of a definition, as the Graph API returns them. `category` is Meta's name, such as `AUTHENTICATION`: Meta writes the
    /// text of authentication templates, and may leave it out of the definition.
    pub fn new(name: impl Into<String>, language: impl Into<String>, category: &str, components: &[Value]) -> Self {
        let mut main = PartLayout::read(components);
        if category.eq_ignore_ascii_case("AUTHENTICATION") {
            main.set_authentication_text();
        }
        let of_type = |kind: &str| {
            let is_kind = |it: &&Value| it["type"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(kind));
            components.iter().find(is_kind)
        };
        let cards =
            of_type("CAROUSEL").and_then(|carousel| carousel["cards"].as_array()).map_or(&[][..], Vec::as_slice);
        let cards =
            cards.iter().map(|card| PartLayout::read(card["components"].as_array().map_or(&[][..], Vec::as_slice)));
        let has_offer_end =
            of_type("LIMITED_TIME_OFFER").is_some_and(|offer| offer["limited_time_offer"]["has_expiration"] == true);
        let category = category.to_owned();
        Self { name: name.into(), language: language.into(), category, main, cards: cards.collect(), has_offer_end }
    }

    /// Returns Meta's name of the category, such as `MARKETING`.
    pub fn category(&self) -> &str {
        &self.category
    }

    /// Returns the name of the template.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns Meta's code of the language.
    pub fn language(&self) -> &str {
        &self.language
    }

    /// Returns the placeholders of the body, such as `1` or `order`: numbers in ascending order, names in the order of the text.
    pub fn body_placeholders(&self) -> &[String] {
        &self.main.body.placeholders
    }

    /// Checks that the parameters of a message are those that the template needs. The name and the language of the message are not compared.
    ///
    /// # Errors
    ///
    /// All reasons for which Meta would refuse the message.
    pub fn check(&self, message: &TemplateMessage) -> Result<(), TemplateMismatch> {
        let problems = check::problems(self, &message.components);
        TemplateMismatch::of(&self.name, &self.language, problems)
    }

    /// Returns the message as its user will see it. Placeholders without a value stay as they are, such as `{{2}}`.
    pub fn preview(&self, message: &TemplateMessage) -> TemplatePreview {
        preview::preview(self, &message.components)
    }
}

#[cfg(test)]
mod tests;
