//! Inbound message, parsed from the raw JSON of an event.

mod call_permission;
mod contact;
mod content;
mod context;
mod form;
mod interactive_reply;
mod location;
mod media;
mod order;
mod product;
mod referral;

use waxwing_types::MessageId;

use crate::json::JsonObject;
use crate::notification::StatusError;

pub use call_permission::CallPermissionReply;
pub use contact::{InboundContact, InboundContactAddress, InboundContactEntry, InboundContactPhone};
pub use content::InboundContent;
pub use context::MessageContext;
pub use form::FormReply;
pub use interactive_reply::InteractiveReply;
pub use location::InboundLocation;
pub use media::InboundMedia;
pub use order::{InboundOrder, InboundOrderItem};
pub use product::ProductReference;
pub use referral::AdReferral;

/// Inbound message with its content. `Debug` hides the text and the user.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples>
///
/// ```
/// use waxwing_webhook::{InboundContent, InboundMessage};
///
/// let message = InboundMessage::parse(br#"{"id":"wamid.A","timestamp":"1767225600","type":"text","text":{"body":"hola"}}"#)?;
/// let InboundContent::Text { body } = &message.content else { panic!("not a text") };
/// assert_eq!((body.as_str(), message.timestamp), ("hola", 1_767_225_600));
/// # Ok::<(), waxwing_webhook::MessageParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InboundMessage {
    /// Meta's id of the message.
    pub id: MessageId,
    /// Time at which the message was sent, in seconds since 1970. 0 if the webhook does not state it.
    pub timestamp: i64,
    /// Reference to an earlier message or a product, or forwarding.
    pub context: Option<MessageContext>,
    /// Ad or post from which the user came.
    pub referral: Option<AdReferral>,
    /// Errors that Meta reports with the message, such as 131052 for a file that is too large.
    pub errors: Vec<StatusError>,
    /// Content of the message.
    pub content: InboundContent,
}

/// The bytes are not a message: they are not a JSON object with an `id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("message is not a JSON object with an id; pass the raw bytes of a message event")]
pub struct MessageParseError;

impl InboundMessage {
    /// Parses the raw JSON of a [`MessageEvent`](crate::MessageEvent) or a [`MessageEchoEvent`](crate::MessageEchoEvent).
    ///
    /// Unknown message types and broken content become [`InboundContent::Unsupported`].
    ///
    /// # Errors
    ///
    /// Returns an error if `raw` is not a JSON object with an id. The raw bytes of those events always are.
    pub fn parse(raw: &[u8]) -> Result<Self, MessageParseError> {
        let message = std::str::from_utf8(raw).ok().and_then(JsonObject::parse).ok_or(MessageParseError)?;
        Ok(Self {
            id: message.string("id").map(MessageId::new).ok_or(MessageParseError)?,
            timestamp: message.integer("timestamp").unwrap_or(0),
            context: message.object("context").map(|context| MessageContext::read(&context)),
            referral: message.object("referral").map(|referral| AdReferral::read(&referral)),
            errors: message.get("errors").map(StatusError::read_all).unwrap_or_default(),
            content: InboundContent::read(&message, raw),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_text_and_users() {
        let raw = br#"{"id":"wamid.A","from":"34600000000","type":"text","text":{"body":"secret"},
            "context":{"id":"wamid.B","from":"34600000001","from_user_id":"ES.1234"},"referral":{"headline":"secret"},
            "errors":[{"code":131052,"title":"secret"}]}"#;
        let shown = format!("{:?}", InboundMessage::parse(raw).unwrap());
        for value in ["secret", "346", "ES.1"] {
            assert!(!shown.contains(value), "{value} in {shown}");
        }
        assert!(["wamid.A", "wamid.B", "131052"].iter().all(|value| shown.contains(value)), "{shown}");
    }
}
