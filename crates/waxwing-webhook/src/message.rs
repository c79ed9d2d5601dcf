//! Inbound message, parsed from the raw JSON of an event.

mod contact;
mod content;
mod interactive_reply;
mod location;
mod media;

use waxwing_types::{Bsuid, MessageId, WaId};

use crate::json::JsonObject;

pub use contact::{InboundContact, InboundContactPhone};
pub use content::InboundContent;
pub use interactive_reply::InteractiveReply;
pub use location::InboundLocation;
pub use media::InboundMedia;

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
    /// Reference to an earlier message, or forwarding.
    pub context: Option<MessageContext>,
    /// Content of the message.
    pub content: InboundContent,
}

/// Reference of a message to an earlier one. A reply names the quoted message; a forwarded message names none.
///
/// `Debug` hides the ids of users.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageContext {
    /// Message that is quoted.
    pub id: Option<MessageId>,
    /// WhatsApp id of the author of the quoted message: the business number or a user.
    pub from: Option<WaId>,
    /// Business-scoped id of the author of the quoted message.
    pub from_bsuid: Option<Bsuid>,
    /// Whether the user forwarded the message.
    pub forwarded: bool,
    /// Whether the message has been forwarded many times.
    pub frequently_forwarded: bool,
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
            content: InboundContent::read(&message, raw),
        })
    }
}

impl MessageContext {
    fn read(context: &JsonObject<'_>) -> Self {
        Self {
            id: context.string("id").map(MessageId::new),
            from: context.string("from").map(WaId::new),
            from_bsuid: context.string("from_user_id").map(Bsuid::new),
            forwarded: context.is_true("forwarded"),
            frequently_forwarded: context.is_true("frequently_forwarded"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_text_and_users() {
        let raw = br#"{"id":"wamid.A","from":"34600000000","type":"text","text":{"body":"secret"},
            "context":{"id":"wamid.B","from":"34600000001","from_user_id":"ES.1234"}}"#;
        let shown = format!("{:?}", InboundMessage::parse(raw).unwrap());
        for value in ["secret", "346", "ES.1"] {
            assert!(!shown.contains(value), "{value} in {shown}");
        }
        assert!(shown.contains("wamid.A") && shown.contains("wamid.B"), "{shown}");
    }
}
