//! QR code that opens a chat.

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Number;
use crate::Error;
use crate::paging::Paged;

/// QR code that opens a chat with a text.
///
/// <https://developers.facebook.com/docs/whatsapp/business-management-api/qr-codes>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

impl<'a> Number<'a> {
    /// Lists the QR codes that open a chat with a text.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/business-management-api/qr-codes>
    pub fn qr_codes(&self) -> Paged<'a, QrCode> {
        self.node.list("message_qrdls", Vec::new())
    }

    /// Creates a QR code that opens a chat with a text, at most 140 characters.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/business-management-api/qr-codes>
    ///
    /// # Errors
    ///
    /// Returns an error if the text is empty or too long.
    pub async fn create_qr_code(&self, text: &str) -> Result<QrCode, Error> {
        let body = json!({ "prefilled_message": text, "generate_qr_image": "SVG" });
        self.node.request(Method::POST, &["message_qrdls"]).json(&body).send().await
    }

    /// Returns a QR code by its [code](QrCode::code).
    ///
    /// <https://developers.facebook.com/docs/whatsapp/business-management-api/qr-codes>
    ///
    /// # Errors
    ///
    /// Returns an error if there is no such QR code.
    pub async fn qr_code(&self, code: &str) -> Result<QrCode, Error> {
        #[derive(Deserialize)]
        struct Found {
            data: Vec<QrCode>,
        }
        let Found { data } = self.node.request(Method::GET, &["message_qrdls", code]).send().await?;
        data.into_iter().next().ok_or_else(|| Error::invalid("the number has no QR code with this code"))
    }

    /// Changes the text of a QR code, at most 140 characters. Its code and its link stay the same.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/business-management-api/qr-codes>
    ///
    /// # Errors
    ///
    /// Returns an error if there is no such QR code, or if the text is empty or too long.
    pub async fn update_qr_code(&self, code: &str, text: &str) -> Result<QrCode, Error> {
        let body = json!({ "prefilled_message": text, "code": code });
        self.node.request(Method::POST, &["message_qrdls"]).json(&body).send().await
    }

    /// Deletes a QR code by its [code](QrCode::code).
    ///
    /// # Errors
    ///
    /// Returns an error if there is no such QR code.
    pub async fn delete_qr_code(&self, code: &str) -> Result<(), Error> {
        self.node.delete(&["message_qrdls", code]).await
    }
}
