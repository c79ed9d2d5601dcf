//! QR code that opens a chat.

use serde::Deserialize;

/// QR code that opens a chat with a text.
///
/// <https://developers.facebook.com/docs/whatsapp/business-management-api/qr-codes>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct QrCode {
    /// Code, which identifies it.
    pub code: String,
    /// Text of the chat.
    pub prefilled_message: String,
    /// Link that opens the chat.
    pub deep_link_url: String,
    /// URL of the image, for a new QR code.
    pub qr_image_url: Option<String>,
}
