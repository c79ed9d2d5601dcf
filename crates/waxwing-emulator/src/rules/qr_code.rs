//! QR codes of a business number.
//!
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/qr-codes>

use serde_json::Value;

use super::{GraphError, RequestObject, Rule, Rules};

/// Request for a QR code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QrCodeRequest {
    /// QR code to change. `None` for a new one.
    pub(crate) code: Option<String>,
    /// Text that the chat starts with.
    pub(crate) message: String,
    /// Format of the image, `PNG` or `SVG`.
    pub(crate) image: Option<String>,
}

/// Checks a request for a QR code.
pub(crate) fn check(body: Value, rules: &Rules) -> Result<QrCodeRequest, GraphError> {
    let keys = &["code", "prefilled_message", "generate_qr_image", "messaging_product"];
    let check = |body: &RequestObject<'_>| {
        let message = body.required_text("prefilled_message", Rule::QrMessage)?.to_owned();
        let format = body.has("generate_qr_image").then(|| body.one_of("generate_qr_image", &["PNG", "SVG"]));
        let image = format.transpose()?.map(str::to_owned);
        Ok(QrCodeRequest { code: body.string("code")?.map(str::to_owned), message, image })
    };
    RequestObject::read(body, keys, rules, check).map(|(request, _)| request)
}
