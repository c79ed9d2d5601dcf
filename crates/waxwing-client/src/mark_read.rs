//! Read receipts: `POST /{phone_number_id}/messages` with `status: read`.

use reqwest::Method;
use serde_json::{Value, json};

use waxwing_types::MessageId;

use crate::request::SuccessResponse;
use crate::{Client, Error};

impl Client {
    /// Marks a message, and all earlier messages of the chat, as read. Groups have no read receipts.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/mark-message-as-read>
    ///
    /// # Errors
    ///
    /// Returns an error if there is no response, or if the Graph API refuses, for example because the message is older than 30 days.
    pub async fn mark_read(&self, message: &MessageId) -> Result<(), Error> {
        self.send_receipt(&json!({ "messaging_product": "whatsapp", "status": "read", "message_id": message })).await
    }

    /// Marks a message as read and shows the typing indicator, until the next message is sent or 25 seconds have passed.
    ///
    /// Another call restarts the 25 seconds. Meta has no typing indicator without a read receipt. Groups have neither.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/typing-indicators>
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`mark_read`](Self::mark_read).
    pub async fn mark_read_with_typing(&self, message: &MessageId) -> Result<(), Error> {
        let body = json!({
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": message,
            "typing_indicator": { "type": "text" },
        });
        self.send_receipt(&body).await
    }

    async fn send_receipt(&self, body: &Value) -> Result<(), Error> {
        let path = [self.phone_number_id().as_str(), "messages"];
        self.endpoint(Method::POST, &path).json(body).send::<SuccessResponse>().await?.check()
    }
}
