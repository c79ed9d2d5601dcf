//! Message that the channel has approved.

mod button;
mod card;
mod header;
mod mismatch;

use std::collections::BTreeMap;
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::media::Media;
use crate::redacted::Redacted;

pub use button::{TemplateButton, TemplateProducts};
pub use card::{TemplateCard, TemplateCardHeader};
pub use header::TemplateHeader;
pub use mismatch::{TemplateMismatch, TemplateProblem};

/// A message that the channel has approved beforehand. The channel knows the text; the agent fills in the values.
///
/// A template is sent only if its values fit: [`RunContext::check_template`](crate::RunContext::check_template) says in advance what is wrong.
/// `Debug` output does not contain the values.
///
/// ```
/// use waxwing_agent::{Media, Reply, Template, TemplateButton};
///
/// let ready = Template::new("order_ready", "en_US").with_values(["17", "Monday"]);
/// assert_eq!(Reply::from(ready.clone()), Reply::none().with_template(ready));
///
/// let receipt = Template::new("receipt", "en")
///     .with_header(Media::document("receipt.pdf", "application/pdf", &b"%PDF-"[..]))
///     .with_named_value("customer", "Ana")
///     .with_button(0, TemplateButton::Url("orders/17".into()));
/// assert_eq!(receipt.plain_text(), "[receipt: customer: Ana]");
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Template<M = Media> {
    /// Name of the template at the channel.
    pub name: String,
    /// Language code of the template, such as `en_US`.
    pub language: String,
    /// Values for the placeholders of the text, in order.
    pub values: Vec<String>,
    /// Values for placeholders that have names, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub named_values: BTreeMap<String, String>,
    /// Header, if it has a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<TemplateHeader<M>>,
    /// Values of buttons, by the position of the button, counted from 0.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub buttons: BTreeMap<u8, TemplateButton>,
    /// Cards of a carousel, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<TemplateCard>,
    /// End of a limited-time offer, in milliseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer_end: Option<i64>,
}

impl Template {
    /// Creates a template message from the name and the language code of a template, without values.
    pub fn new(name: impl Into<String>, language: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            language: language.into(),
            values: Vec::new(),
            named_values: BTreeMap::new(),
            header: None,
            buttons: BTreeMap::new(),
            cards: Vec::new(),
            offer_end: None,
        }
    }

    /// Adds the value of the next placeholder.
    pub fn with_value(mut self, value: impl Into<String>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Adds the values of the next placeholders.
    pub fn with_values<T: Into<String>>(self, values: impl IntoIterator<Item = T>) -> Self {
        values.into_iter().fold(self, Self::with_value)
    }

    /// Sets the value of the placeholder with this name.
    pub fn with_named_value(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.named_values.insert(name.into(), value.into());
        self
    }

    /// Sets the header: an image, a video, a document, a location, or the text for its placeholder.
    pub fn with_header(mut self, header: impl Into<TemplateHeader>) -> Self {
        self.header = Some(header.into());
        self
    }

    /// Sets the value of the button at a position, counted from 0.
    pub fn with_button(mut self, index: u8, value: TemplateButton) -> Self {
        self.buttons.insert(index, value);
        self
    }

    /// Sets the code of an authentication template: its text shows the code, and its first button copies it.
    ///
    /// ```
    /// use waxwing_agent::{Template, TemplateButton};
    ///
    /// let code = Template::new("login", "en").with_one_time_code("123456");
    /// assert_eq!(code, Template::new("login", "en").with_value("123456").with_button(0, TemplateButton::Url("123456".into())));
    /// ```
    pub fn with_one_time_code(self, code: impl Into<String>) -> Self {
        let code = code.into();
        self.with_value(code.clone()).with_button(0, TemplateButton::Url(code))
    }

    /// Adds the next card of a carousel.
    pub fn with_card(mut self, card: TemplateCard) -> Self {
        self.cards.push(card);
        self
    }

    /// Sets the end of a limited-time offer. A time before 1970 counts as 1970.
    pub fn with_offer_end(mut self, end: SystemTime) -> Self {
        let since_epoch = end.duration_since(UNIX_EPOCH).unwrap_or_default();
        self.offer_end = Some(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX));
        self
    }
}

impl<M> Template<M> {
    /// Returns the template with the medium of its header, if it has one, in another form.
    ///
    /// # Errors
    ///
    /// Returns the error of `convert`.
    pub fn try_with_media<N, E>(self, convert: impl FnOnce(M) -> Result<N, E>) -> Result<Template<N>, E> {
        let Self { name, language, values, named_values, header, buttons, cards, offer_end } = self;
        let header = header.map(|header| header.try_with_media(convert)).transpose()?;
        Ok(Template { name, language, values, named_values, header, buttons, cards, offer_end })
    }

    /// Returns the medium of the header, if the template has one.
    pub fn media(&self) -> Option<&M> {
        self.header.as_ref()?.media()
    }

    /// Returns the name and the values as plain text. The text of the template is known to the channel only.
    pub fn plain_text(&self) -> String {
        let header = self.header.as_ref().and_then(TemplateHeader::text);
        let named = self.named_values.iter().map(|(name, value)| format!("{name}: {value}"));
        let cards = self.cards.iter().flat_map(TemplateCard::texts);
        let values: Vec<_> = header
            .map(str::to_owned)
            .into_iter()
            .chain(self.values.iter().cloned())
            .chain(named)
            .chain(cards)
            .collect();
        let values = if values.is_empty() { String::new() } else { format!(": {}", values.join(", ")) };
        format!("[{}{values}]", self.name)
    }
}

impl<M: fmt::Debug> fmt::Debug for Template<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values: Vec<_> = self.values.iter().map(|value| Redacted(value)).collect();
        let mut debug = f.debug_struct("Template");
        debug.field("name", &self.name).field("language", &self.language).field("values", &values);
        if let Some(header) = &self.header {
            debug.field("header", header);
        }
        let (named, buttons, cards) = (self.named_values.len(), self.buttons.len(), self.cards.len());
        for (name, count) in [("named_values", named), ("buttons", buttons), ("cards", cards)] {
            if count > 0 {
                debug.field(name, &count);
            }
        }
        if let Some(end) = self.offer_end {
            debug.field("offer_end", &end);
        }
        debug.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::location::Location;
    use crate::sent_part::SentMedia;
    use serde_json::json;
    use std::time::Duration;

    fn full() -> Template {
        Template::new("order", "en")
            .with_values(["secret 1"])
            .with_named_value("day", "secret 2")
            .with_header(Media::image("image/png", &b"secret 3"[..]).with_filename("secret"))
            .with_button(1, TemplateButton::Code("secret 4".into()))
            .with_card(TemplateCard::new(TemplateCardHeader::Image("https://secret".into())).with_value("secret 5"))
            .with_offer_end(UNIX_EPOCH + Duration::from_secs(7))
    }

    #[test]
    fn debug_output_has_no_values() {
        let shown = format!("{:?}", Template::new("order_ready", "en_US").with_value("Ana"));
        assert_eq!(shown, r#"Template { name: "order_ready", language: "en_US", values: [3 chars] }"#);
        let shown = format!("{:?} {:?}", full(), full().with_header("secret"));
        assert!(!shown.contains("secret"), "{shown}");
    }

    #[test]
    fn a_template_of_an_earlier_version_is_read() {
        let stored = json!({ "name": "order", "language": "en", "values": ["17"] });
        let template: Template<SentMedia> = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(template.plain_text(), "[order: 17]");
        assert_eq!(serde_json::to_value(template).unwrap(), stored);
    }

    #[test]
    fn every_value_is_stored_with_a_description_of_the_medium() {
        let described: Result<_, ()> = full().try_with_media(|media| Ok(SentMedia::from(&media)));
        let stored = serde_json::to_value(described.unwrap()).unwrap();
        assert_eq!(stored["header"]["media"]["mime_type"], "image/png");
        assert_eq!((&stored["buttons"]["1"], &stored["offer_end"]), (&json!({ "code": "secret 4" }), &json!(7000)));
        let read: Template<SentMedia> = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), stored);
    }

    #[test]
    fn the_plain_text_has_all_values_that_are_shown() {
        assert_eq!(full().plain_text(), "[order: secret 1, day: secret 2, secret 5]");
        assert_eq!(Template::new("a", "en").with_header("Ana").with_value("17").plain_text(), "[a: Ana, 17]");
        let place = Template::new("a", "en").with_header(Location::new(1.0, 2.0));
        assert_eq!((place.plain_text().as_str(), place.media()), ("[a]", None));
    }
}
