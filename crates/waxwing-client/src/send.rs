//! Sending of messages: `POST /{phone_number_id}/messages`.

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use waxwing_types::{Address, Bsuid, MessageId, OutboundMessage, Text, WaId};

use crate::{Client, Error};

/// Message that Meta has accepted. Status webhooks report later whether the message arrives.
///
/// A send to a phone number gives a WhatsApp id, a send to a BSUID gives a BSUID. `Debug` hides both.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages>
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SentMessage {
    /// Meta's id of the message.
    pub id: MessageId,
    /// WhatsApp id of the recipient. It can differ from the phone number in the request.
    pub wa_id: Option<WaId>,
    /// Business-scoped id of the recipient.
    pub bsuid: Option<Bsuid>,
}

impl Client {
    /// Sends a message, once.
    ///
    /// The message is validated first, so a message that Meta is known to refuse costs no request. If the response is lost, the
    /// message may have been sent: see [`Error::may_have_been_accepted`]. Set
    /// [`callback_data`](OutboundMessage::callback_data) to recognise the message in status webhooks.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages>
    ///
    /// # Errors
    ///
    /// Returns an error if the message is invalid, if there is no response, or if the Graph API refuses the message.
    ///
    /// ```no_run
    /// use waxwing_client::types::{Interactive, OutboundMessage, ReplyButton, WaId};
    /// use waxwing_client::{Client, Error};
    ///
    /// async fn ask(client: &Client) -> Result<(), Error> {
    ///     let question = Interactive::buttons("Tea?", [ReplyButton::new("yes", "Yes"), ReplyButton::new("no", "No")]);
    ///     let message = OutboundMessage::new(WaId::new("34600000000"), question).callback_data("question-17");
    ///     let sent = client.send(&message).await?;
    ///     println!("accepted as {}", sent.id.as_str());
    ///     Ok(())
    /// }
    /// ```
    pub async fn send(&self, message: &OutboundMessage) -> Result<SentMessage, Error> {
        check(message)?;
        // Marketing messages have a path of their own, and the same body.
        let call = if message.marketing.is_some() { "marketing_messages" } else { "messages" };
        let path = [self.phone_number_id().as_str(), call];
        self.endpoint(Method::POST, &path).json(message).send::<SendResponse>().await?.into_sent()
    }

    /// Sends a message whose whole body the caller has written, once: for parameters of Meta's that [`OutboundMessage`] does not have.
    /// Nothing is checked or added.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages>
    ///
    /// # Errors
    ///
    /// Returns an error if there is no response, or if the Graph API refuses the message.
    ///
    /// ```no_run
    /// use serde_json::json;
    /// use waxwing_client::{Client, Error};
    ///
    /// async fn send(client: &Client) -> Result<(), Error> {
    ///     let text = json!({ "body": "hola" });
    ///     let body = json!({ "messaging_product": "whatsapp", "to": "34600000000", "type": "text", "text": text });
    ///     let sent = client.send_json(&body).await?;
    ///     println!("accepted as {}", sent.id.as_str());
    ///     Ok(())
    /// }
    /// ```
    pub async fn send_json(&self, body: &(impl Serialize + Sync + ?Sized)) -> Result<SentMessage, Error> {
        let path = [self.phone_number_id().as_str(), "messages"];
        self.endpoint(Method::POST, &path).json(body).send::<SendResponse>().await?.into_sent()
    }

    /// Sends a text message without a quote and without callback data. The body has at most 4,096 UTF-16 units.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`send`](Self::send).
    pub async fn send_text(&self, to: impl Into<Address>, body: impl Into<String>) -> Result<SentMessage, Error> {
        self.send(&OutboundMessage::new(to, Text::new(body))).await
    }
}

/// Checks a message against Meta's limits.
pub(crate) fn check(message: &OutboundMessage) -> Result<(), Error> {
    message.validate().map_err(|invalid| {
        Error::invalid("message is invalid; fix the field that the source names").with_source(invalid)
    })
}

#[derive(Deserialize)]
struct SendResponse {
    messages: Vec<AcceptedMessage>,
    /// Parsed separately: an unexpected form must not turn an accepted message into an error.
    contacts: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct AcceptedMessage {
    id: MessageId,
}

#[derive(Deserialize, Default)]
struct ResponseContact {
    wa_id: Option<WaId>,
    user_id: Option<Bsuid>,
}

impl SendResponse {
    fn into_sent(self) -> Result<SentMessage, Error> {
        let accepted = self.messages.into_iter().find(|accepted| !accepted.id.as_str().is_empty());
        let AcceptedMessage { id } = accepted.ok_or_else(|| Error::decode(200, None))?;
        let contacts =
            self.contacts.and_then(|contacts| serde_json::from_str::<Vec<ResponseContact>>(contacts.get()).ok());
        let contact = contacts.unwrap_or_default().into_iter().next().unwrap_or_default();
        Ok(SentMessage {
            id,
            wa_id: contact.wa_id.filter(|id| !id.as_str().is_empty()),
            bsuid: contact.user_id.filter(|id| !id.as_str().is_empty()),
        })
    }
}
