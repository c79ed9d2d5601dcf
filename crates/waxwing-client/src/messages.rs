//! `POST /{phone_number_id}/messages`

use reqwest::Method;
use serde::Deserialize;
use serde_json::value::RawValue;

use waxwing_types::{Address, Bsuid, MessageId, OutboundMessage, Text, WaId};

use crate::{Client, Error};

/// A message that Meta has accepted; a webhook tells later whether it arrives.
///
/// Which of the two ids is there depends on how the recipient was addressed. `Debug` hides them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentMessage {
    /// Meta's id of the message.
    pub id: MessageId,
    /// The recipient's WhatsApp id, which may differ from the phone number that was sent to.
    pub wa_id: Option<WaId>,
    /// The recipient's business-scoped id.
    pub bsuid: Option<Bsuid>,
}

impl Client {
    /// Sends a message.
    ///
    /// It is checked first, so what Meta is known to refuse costs no call. It is sent once: when the answer is lost the message may or
    /// may not be on its way, and [`Error::may_have_been_accepted`] tells whether that is so. A `callback_data` of your own comes
    /// back in the status webhooks and resolves the doubt.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages>
    ///
    /// # Errors
    ///
    /// Fails if the message is not valid, if there is no answer, or if the Graph API refuses it.
    pub async fn send(&self, message: &OutboundMessage) -> Result<SentMessage, Error> {
        message.validate().map_err(|invalid| Error::invalid("the message is not valid").with_source(invalid))?;
        let path = [self.phone_number_id().as_str(), "messages"];
        self.call(Method::POST, &path).json(message).send::<Answer>().await?.into_sent()
    }

    /// Sends words: [`send`](Self::send) for the most usual case.
    ///
    /// # Errors
    ///
    /// As those of [`send`](Self::send).
    pub async fn send_text(&self, to: impl Into<Address>, body: impl Into<String>) -> Result<SentMessage, Error> {
        self.send(&OutboundMessage::new(to, Text::new(body))).await
    }
}

#[derive(Deserialize)]
struct Answer {
    messages: Vec<Accepted>,
    /// Read on its own: whatever stands here must not put an accepted message in doubt.
    contacts: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Accepted {
    id: MessageId,
}

#[derive(Deserialize, Default)]
struct RecipientContact {
    wa_id: Option<WaId>,
    user_id: Option<Bsuid>,
}

impl Answer {
    fn into_sent(self) -> Result<SentMessage, Error> {
        let accepted = self.messages.into_iter().find(|accepted| !accepted.id.as_str().is_empty());
        let Accepted { id } = accepted.ok_or_else(|| Error::decode(200, None))?;
        let contacts =
            self.contacts.and_then(|contacts| serde_json::from_str::<Vec<RecipientContact>>(contacts.get()).ok());
        let contact = contacts.unwrap_or_default().into_iter().next().unwrap_or_default();
        Ok(SentMessage {
            id,
            wa_id: contact.wa_id.filter(|id| !id.as_str().is_empty()),
            bsuid: contact.user_id.filter(|id| !id.as_str().is_empty()),
        })
    }
}
