//! `POST /{phone_number_id}/messages` with `status: read`

use reqwest::Method;
use serde_json::{Value, json};

use waxwing_types::MessageId;

use crate::request::Done;
use crate::{Client, Error};

impl Client {
    /// Shows the user that a message, and those before it, were read. Not for messages in groups.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/mark-message-as-read>
    ///
    /// # Errors
    ///
    /// Fails if there is no answer or if the Graph API refuses, for instance because the message is older than 30 days.
    pub async fn mark_read(&self, message: &MessageId) -> Result<(), Error> {
        self.receipt(&json!({ "messaging_product": "whatsapp", "status": "read", "message_id": message })).await
    }

    /// Marks a message as read and shows the user that an answer is being typed, until it is sent or 25 seconds have passed. Called
    /// again, they start again.
    ///
    /// Meta shows typing only along with the read receipt. Not for messages in groups.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/typing-indicators>
    ///
    /// # Errors
    ///
    /// As those of [`mark_read`](Self::mark_read).
    pub async fn mark_read_with_typing(&self, message: &MessageId) -> Result<(), Error> {
        let body = json!({
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": message,
            "typing_indicator": { "type": "text" },
        });
        self.receipt(&body).await
    }

    async fn receipt(&self, body: &Value) -> Result<(), Error> {
        let path = [self.phone_number_id().as_str(), "messages"];
        self.call(Method::POST, &path).json(body).send::<Done>().await?.check()
    }
}
