//! Values of the placeholders of a template.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::message::interactive::{OrderDetails, ProductSection, SectionPaths, validate_sections};
use crate::message::{LocationMessage, MediaSource, Product, media};
use crate::redacted::{Redacted, debug_shows};
use crate::validation::{self, ValidationError};

/// Value of one placeholder of a template. `Debug` hides the value.
///
/// ```
/// use waxwing_types::{MediaId, TemplateMessage, TemplateParameter};
///
/// let receipt = TemplateMessage::new("receipt", "en_US")
///     .header(TemplateParameter::Document { document: MediaId::new("77").into() })
///     .body([TemplateParameter::named("customer", "Ana")]);
/// assert_eq!(receipt.components.len(), 2);
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum TemplateParameter {
    /// Text.
    Text {
        /// Text of the placeholder, without line breaks, tabs and more than four spaces in a row.
        text: String,
        /// Name of the placeholder, in templates with named placeholders.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parameter_name: Option<String>,
    },
    /// Amount of money.
    Currency {
        /// The amount.
        currency: TemplateCurrency,
        /// Name of the placeholder, in templates with named placeholders.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parameter_name: Option<String>,
    },
    /// Time.
    DateTime {
        /// The time.
        date_time: TemplateDateTime,
        /// Name of the placeholder, in templates with named placeholders.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parameter_name: Option<String>,
    },
    /// Image of a header.
    Image {
        /// Source of the image file.
        image: MediaSource,
    },
    /// Video of a header.
    Video {
        /// Source of the video file.
        video: MediaSource,
    },
    /// Document of a header.
    Document {
        /// The document.
        document: TemplateDocument,
    },
    /// Location of a header.
    Location {
        /// Location on a map.
        location: LocationMessage,
    },
    /// Product of the header of a card.
    Product {
        /// The product.
        product: Product,
    },
    /// Payload of a quick reply button.
    Payload {
        /// Text that Meta returns when the user taps the button.
        payload: String,
    },
    /// Code that the user can copy.
    CouponCode {
        /// Code to copy.
        coupon_code: String,
    },
    /// End of a limited-time offer.
    LimitedTimeOffer {
        /// The end.
        limited_time_offer: LimitedTimeOffer,
    },
    /// Values of a button that opens a form, the catalog, products or an order.
    Action {
        /// The values.
        action: TemplateAction,
    },
}

/// Document of a header. `Debug` hides the filename.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TemplateDocument {
    /// Source of the document file.
    #[serde(flatten)]
    pub source: MediaSource,
    /// Name that the user sees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
}

/// Amount of money in a template. `Debug` hides the amount.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TemplateCurrency {
    /// Text that the user sees if WhatsApp does not write the amount itself.
    pub fallback_value: String,
    /// Currency in three letters.
    pub code: String,
    /// Thousand times the amount.
    pub amount_1000: i64,
}

/// Time in a template. `Debug` hides the time.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TemplateDateTime {
    /// Text that the user sees.
    pub fallback_value: String,
    /// Further fields, such as `hour`. WhatsApp does not use them any more.
    #[serde(flatten)]
    pub parts: Map<String, Value>,
}

/// End of a limited-time offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LimitedTimeOffer {
    /// Milliseconds since the Unix epoch.
    pub expiration_time_ms: i64,
}

/// Values of a button that opens something in WhatsApp. `Debug` hides them.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TemplateAction {
    /// Id of the product whose picture the message shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail_product_retailer_id: Option<String>,
    /// Products, in sections.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<ProductSection>,
    /// Text that comes back with the answer of a form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow_token: Option<String>,
    /// Data of the first screen of a form.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub flow_action_data: Map<String, Value>,
    /// Order that the user can review and pay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_details: Option<Box<OrderDetails>>,
}

impl TemplateParameter {
    /// Creates a text for the next placeholder without a name.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), parameter_name: None }
    }

    /// Creates a text for the placeholder called `name`.
    pub fn named(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), parameter_name: Some(name.into()) }
    }

    /// Creates an amount of money: the text that the user sees, the currency in three letters, and thousand times the amount.
    pub fn currency(text: impl Into<String>, code: impl Into<String>, amount_1000: i64) -> Self {
        let currency = TemplateCurrency { fallback_value: text.into(), code: code.into(), amount_1000 };
        Self::Currency { currency, parameter_name: None }
    }

    /// Creates a time from the text that the user sees.
    pub fn date(text: impl Into<String>) -> Self {
        let date_time = TemplateDateTime { fallback_value: text.into(), parts: Map::new() };
        Self::DateTime { date_time, parameter_name: None }
    }

    /// Creates the payload of a quick reply button.
    pub fn payload(payload: impl Into<String>) -> Self {
        Self::Payload { payload: payload.into() }
    }

    /// Creates the product of a card from the id of its catalog and its id in the catalog.
    pub fn product(catalog_id: impl Into<String>, id: impl Into<String>) -> Self {
        Self::Product { product: Product::new(catalog_id, id) }
    }

    /// Creates the end of a limited-time offer, in milliseconds since the Unix epoch.
    pub fn offer_ends(expiration_time_ms: i64) -> Self {
        Self::LimitedTimeOffer { limited_time_offer: LimitedTimeOffer { expiration_time_ms } }
    }

    /// Creates the values of a button that opens the catalog: the product whose picture the message shows, if not the first one.
    pub fn catalog(thumbnail: Option<String>) -> Self {
        TemplateAction { thumbnail_product_retailer_id: thumbnail, ..TemplateAction::default() }.into()
    }

    /// Creates the values of a button that shows products: the product whose picture the message shows, and the products in sections.
    pub fn products(thumbnail: impl Into<String>, sections: impl IntoIterator<Item = ProductSection>) -> Self {
        let thumbnail_product_retailer_id = Some(thumbnail.into());
        let sections = sections.into_iter().collect();
        TemplateAction { thumbnail_product_retailer_id, sections, ..TemplateAction::default() }.into()
    }

    /// Creates the values of a button that opens a form: a text that comes back with the answer, and the data of the first screen.
    pub fn flow(token: impl Into<String>, data: impl IntoIterator<Item = (String, Value)>) -> Self {
        let (flow_token, flow_action_data) = (Some(token.into()), data.into_iter().collect());
        TemplateAction { flow_token, flow_action_data, ..TemplateAction::default() }.into()
    }

    /// Creates the values of a button that opens an order.
    pub fn order(order: OrderDetails) -> Self {
        TemplateAction { order_details: Some(Box::new(order)), ..TemplateAction::default() }.into()
    }

    /// Sets the name of the placeholder of a text, an amount or a time, in templates with named placeholders.
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        if let Self::Text { parameter_name, .. }
        | Self::Currency { parameter_name, .. }
        | Self::DateTime { parameter_name, .. } = &mut self
        {
            *parameter_name = Some(name.into());
        }
        self
    }

    /// Returns the source of the medium, if the value is one.
    pub(super) fn media(&self) -> Option<&MediaSource> {
        match self {
            Self::Image { image: source }
            | Self::Video { video: source }
            | Self::Document { document: TemplateDocument { source, .. } } => Some(source),
            _ => None,
        }
    }

    /// Returns the source of the medium for replacement.
    pub(super) fn media_mut(&mut self) -> Option<&mut MediaSource> {
        match self {
            Self::Image { image: source }
            | Self::Video { video: source }
            | Self::Document { document: TemplateDocument { source, .. } } => Some(source),
            _ => None,
        }
    }

    /// Returns the name of the placeholder, if the value has one.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Text { parameter_name, .. }
            | Self::Currency { parameter_name, .. }
            | Self::DateTime { parameter_name, .. } => parameter_name.as_deref(),
            _ => None,
        }
    }

    /// Returns the text that the user sees or copies.
    pub(crate) fn shown_text(&self) -> Option<&str> {
        match self {
            Self::Text { text, .. } => Some(text),
            Self::Currency { currency, .. } => Some(&currency.fallback_value),
            Self::DateTime { date_time, .. } => Some(&date_time.fallback_value),
            Self::CouponCode { coupon_code } => Some(coupon_code),
            _ => None,
        }
    }

    pub(super) fn validate(&self) -> Result<(), ValidationError> {
        match self {
            Self::Text { text, .. }
            | Self::Currency { currency: TemplateCurrency { fallback_value: text, .. }, .. }
            | Self::DateTime { date_time: TemplateDateTime { fallback_value: text, .. }, .. } => one_line(text),
            Self::Image { image: source }
            | Self::Video { video: source }
            | Self::Document { document: TemplateDocument { source, .. } } => media::validate(source),
            Self::Location { location } => location.validate(),
            Self::Product { product } => product.validate_at(
                "template.components.parameters.product.catalog_id",
                "template.components.parameters.product.product_retailer_id",
            ),
            Self::Payload { payload } => validation::not_empty("template.components.parameters.payload", payload),
            Self::CouponCode { coupon_code } => {
                validation::not_empty("template.components.parameters.coupon_code", coupon_code)
            }
            Self::LimitedTimeOffer { .. } => Ok(()),
            Self::Action { action } => {
                action.order_details.iter().try_for_each(|order| order.validate())?;
                validate_sections(&action.sections, &SECTIONS)
            }
        }
    }
}

/// Paths of the sections of a button in Meta's JSON.
const SECTIONS: SectionPaths = SectionPaths {
    title: "template.components.parameters.action.sections.title",
    items: "template.components.parameters.action.sections.product_items",
};

impl TemplateDocument {
    /// Sets the name that the user sees.
    pub fn filename(mut self, filename: impl Into<String>) -> Self {
        self.filename = Some(filename.into());
        self
    }
}

impl<T: Into<MediaSource>> From<T> for TemplateDocument {
    fn from(source: T) -> Self {
        Self { source: source.into(), filename: None }
    }
}

impl TemplateAction {
    /// Sets the data of the first screen of a form.
    pub fn flow_action_data(mut self, data: impl IntoIterator<Item = (String, Value)>) -> Self {
        self.flow_action_data = data.into_iter().collect();
        self
    }

    /// Sets the products, in sections.
    pub fn sections(mut self, sections: impl IntoIterator<Item = ProductSection>) -> Self {
        self.sections = sections.into_iter().collect();
        self
    }
}

/// Checks that a text is one line, and not blank. Meta refuses others (132018, or 100).
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-message-templates>
fn one_line(text: &str) -> Result<(), ValidationError> {
    const TEXT: &str = "template.components.parameters.text";
    if text.trim().is_empty() {
        return Err(ValidationError::Empty { field: TEXT });
    }
    if !validation::is_one_line(text) {
        let expected = "a text without line breaks, tabs and more than four spaces in a row";
        return Err(ValidationError::Malformed { field: TEXT, expected });
    }
    Ok(())
}

impl From<TemplateAction> for TemplateParameter {
    fn from(action: TemplateAction) -> Self {
        Self::Action { action }
    }
}

impl fmt::Debug for TemplateParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { text, parameter_name } => {
                f.debug_struct("Text").field("text", &Redacted(text)).field("parameter_name", parameter_name).finish()
            }
            Self::Currency { currency, .. } => currency.fmt(f),
            Self::DateTime { date_time, .. } => date_time.fmt(f),
            Self::Image { image } => f.debug_struct("Image").field("image", image).finish(),
            Self::Video { video } => f.debug_struct("Video").field("video", video).finish(),
            Self::Document { document } => f.debug_struct("Document").field("document", document).finish(),
            Self::Location { location } => f.debug_struct("Location").field("location", location).finish(),
            Self::Product { product } => product.fmt(f),
            Self::Payload { payload } => f.debug_struct("Payload").field("payload", &Redacted(payload)).finish(),
            Self::CouponCode { coupon_code } => {
                f.debug_struct("CouponCode").field("coupon_code", &Redacted(coupon_code)).finish()
            }
            Self::LimitedTimeOffer { limited_time_offer } => limited_time_offer.fmt(f),
            Self::Action { action } => action.fmt(f),
        }
    }
}

debug_shows! {
    TemplateDocument { source }
    TemplateCurrency { code }
    TemplateDateTime {}
    TemplateAction { sections }
}
