//! Values of the placeholders of a template.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::message::interactive::{OrderDetails, ProductSection, validate_sections};
use crate::message::{LocationMessage, MediaSource, Product};
use crate::redacted::{Redacted, debug_shows};
use crate::validation::ValidationError;

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
    },
    /// Time.
    DateTime {
        /// The time.
        date_time: TemplateDateTime,
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
        /// Source of the document file.
        document: MediaSource,
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
        Self::Currency { currency: TemplateCurrency { fallback_value: text.into(), code: code.into(), amount_1000 } }
    }

    /// Creates a time from the text that the user sees.
    pub fn date(text: impl Into<String>) -> Self {
        Self::DateTime { date_time: TemplateDateTime { fallback_value: text.into(), parts: Map::new() } }
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

    pub(super) fn validate(&self) -> Result<(), ValidationError> {
        match self {
            Self::Text { text, .. }
            | Self::Currency { currency: TemplateCurrency { fallback_value: text, .. } }
            | Self::DateTime { date_time: TemplateDateTime { fallback_value: text, .. } } => one_line(text),
            Self::Action { action } => validate_sections(&action.sections),
            _ => Ok(()),
        }
    }
}

/// Checks that a text is one line. Meta refuses others (132018, or 100).
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-message-templates>
fn one_line(text: &str) -> Result<(), ValidationError> {
    if text.contains(['\n', '\r', '\t']) || text.contains("     ") {
        let expected = "a text without line breaks, tabs and more than four spaces in a row";
        return Err(ValidationError::Malformed { field: "template.components.parameters.text", expected });
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
            Self::Currency { currency } => currency.fmt(f),
            Self::DateTime { date_time } => date_time.fmt(f),
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
    TemplateCurrency { code }
    TemplateDateTime {}
    TemplateAction { sections }
}
