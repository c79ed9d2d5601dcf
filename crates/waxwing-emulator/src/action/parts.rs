//! Parts of actions.

use serde::Deserialize;

/// File of a message.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewFile {
    /// MIME type, which determines the kind of media.
    pub mime_type: String,
    /// Content of the file, in Base64.
    pub base64: String,
    /// File name of a document.
    pub filename: Option<String>,
    /// Whether an audio file is a voice note.
    #[serde(default)]
    pub voice: bool,
}

/// Product in an order.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderItem {
    /// `product_retailer_id`.
    pub product: String,
    /// Number of pieces. Default: 1.
    #[serde(default = "one")]
    pub quantity: u32,
    /// Price of one piece.
    pub price: f64,
    /// Currency code, such as `EUR`.
    pub currency: String,
}

fn one() -> u32 {
    1
}
