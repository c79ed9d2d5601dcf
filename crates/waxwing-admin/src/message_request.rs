//! Request to send a message.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use waxwing::engine::{ProactiveMessage, ReportedEvent};
use waxwing::store::ConversationTarget;
use waxwing::types::{Bsuid, OutboundContent, PhoneNumberId, Text, UserProfile, WaId};

use crate::error::AdminError;
use crate::message_file::{MessageFile, names_file};

/// Name of the caller in idempotency keys. The API has one token.
const CALLER: &str = "api";

/// A message to send, as the body of `POST /v1/messages`. `Debug` output contains neither the recipient nor the content.
///
/// ```
/// use waxwing_admin::MessageRequest;
///
/// let request: MessageRequest = serde_json::from_str(
///     r#"{"number": "1000001", "to": {"phone": "+34 600 000 000"}, "text": "Your order is ready."}"#,
/// )?;
/// assert!(!format!("{request:?}").contains("600"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MessageRequest {
    /// Id of the business number. Required unless `to` names a conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The recipient.
    pub to: Recipient,
    /// Text of a text message, or caption of a file. Either this or `content`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Content of any type in Meta's form: `type`, and the object with the name of the type. The id `upload` stands for the file of the request.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "content")]
    pub content: Option<OutboundContent>,
    /// Handling while the customer service window is closed.
    #[serde(default)]
    pub when_closed: WhenClosedName,
    /// Time in RFC 3339 at which the message is sent. Now if not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_at: Option<String>,
}

/// Recipient of a message. `Debug` output hides it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Recipient {
    /// Phone number of a user, with country code.
    Phone(String),
    /// Business-scoped id of a user.
    Bsuid(String),
    /// Key of a conversation.
    Conversation(String),
}

/// Handling of a message while the customer service window is closed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WhenClosedName {
    /// The message is refused.
    #[default]
    Refuse,
    /// The settings decide.
    Policy,
}

/// An event to report, as the body of `POST /v1/conversations/{key}/events`. `Debug` output contains no data.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventRequest {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) data: Value,
}

impl EventRequest {
    pub(crate) fn event(self, target: ConversationTarget, key: Option<String>) -> ReportedEvent {
        let event = ReportedEvent::new(target, self.name, self.data);
        key.into_iter().fold(event, |event, key| event.idempotency_key(CALLER, key))
    }
}

impl fmt::Debug for EventRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventRequest").field("name", &self.name).finish_non_exhaustive()
    }
}

pub(crate) fn content<'de, D: Deserializer<'de>>(content: D) -> Result<Option<OutboundContent>, D::Error> {
    let content = Option::<Value>::deserialize(content)?;
    content.map(content_from_meta).transpose().map_err(D::Error::custom)
}

/// Reads content in Meta's form: `type`, and the object with the name of the type.
///
/// ```
/// let content = serde_json::json!({ "type": "text", "text": { "body": "Hello!" } });
/// assert_eq!(waxwing_admin::content_from_meta(content)?.kind(), "text");
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
///
/// Returns an error if a field is missing or unknown.
pub fn content_from_meta(mut content: Value) -> Result<OutboundContent, serde_json::Error> {
    if let Some(object) = content.as_object_mut()
        && let Some(kind) = object.remove("type")
        && !kind.as_str().is_some_and(|kind| object.contains_key(kind))
    {
        return Err(serde_json::Error::custom("`type` must name the object next to it"));
    }
    serde_json::from_value(content)
}

impl MessageRequest {
    /// Creates a request to send content.
    pub fn new(number: Option<String>, to: Recipient, content: impl Into<OutboundContent>) -> Self {
        let (content, when_closed) = (Some(content.into()), WhenClosedName::default());
        Self { number, to, text: None, content, when_closed, send_at: None }
    }

    /// Creates a request to send a file, which goes along with the request, with a caption.
    pub fn of_file(number: Option<String>, to: Recipient, caption: Option<String>) -> Self {
        Self { number, to, text: caption, content: None, when_closed: WhenClosedName::default(), send_at: None }
    }

    /// Returns the message.
    pub(crate) fn message(
        self,
        key: Option<String>,
        file: Option<MessageFile>,
    ) -> Result<ProactiveMessage, AdminError> {
        let wrong = |detail: &str| AdminError::Request(detail.to_owned());
        let content = match (self.text, self.content, &file) {
            (text, None, Some(file)) => file.content(text)?,
            (Some(text), None, None) => Text::new(text).into(),
            (None, Some(content), Some(_)) if !names_file(&content) => {
                return Err(wrong("`content` does not name the file; write \"id\": \"upload\" in its media object"));
            }
            (None, Some(content), None) if names_file(&content) => {
                return Err(wrong(
                    "the id `upload` stands for a file, but the request has none; send it as the part `upload`",
                ));
            }
            (None, Some(content), _) => content,
            _ => return Err(wrong("write either `text` or `content`")),
        };
        let user = match self.to {
            Recipient::Conversation(key) if self.number.is_none() => Err(ConversationTarget::Key(key)),
            Recipient::Conversation(_) => return Err(wrong("a conversation has its number; leave `number` out")),
            Recipient::Bsuid(id) if !id.trim().is_empty() => Ok(UserProfile::from(Bsuid::new(id.trim()))),
            Recipient::Bsuid(_) => return Err(wrong("`to.bsuid` is empty")),
            Recipient::Phone(phone) => Ok(user_of_phone(&phone, "`to.phone`")?),
        };
        let target = match (user, self.number) {
            (Err(conversation), _) => conversation,
            (Ok(user), Some(number)) => ConversationTarget::User(PhoneNumberId::new(number), user),
            (Ok(_), None) => return Err(wrong("`number` is missing: the id of the business number that sends")),
        };
        let message = ProactiveMessage::new(target, content);
        let message = file.into_iter().fold(message, |message, file| message.upload(file.upload));
        let message = key.into_iter().fold(message, |message, key| message.idempotency_key(CALLER, key));
        Ok(match self.when_closed {
            WhenClosedName::Refuse => message,
            WhenClosedName::Policy => message.by_policy(),
        })
    }
}

/// Returns the user with a phone number. `name` names the number in an error.
pub(crate) fn user_of_phone(phone: &str, name: &str) -> Result<UserProfile, AdminError> {
    let expected = "is not a phone number with country code, such as +34600000000";
    let id = WaId::of_phone(phone).ok_or_else(|| AdminError::Request(format!("{name} {expected}")))?;
    Ok(UserProfile::from(id))
}

impl fmt::Debug for MessageRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageRequest")
            .field("number", &self.number)
            .field("to", &self.to)
            .field("kind", &self.content.as_ref().map_or("text", OutboundContent::kind))
            .field("when_closed", &self.when_closed)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Phone(_) => "Phone(..)",
            Self::Bsuid(_) => "Bsuid(..)",
            Self::Conversation(_) => "Conversation(..)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refusal(request: serde_json::Value) -> String {
        let request: MessageRequest = serde_json::from_value(request).unwrap();
        request.message(None, None).unwrap_err().to_string()
    }

    #[test]
    fn a_wrong_request_is_explained() {
        for (request, expected) in [
            (json!({"to": {"phone": "34600000000"}, "text": "hi"}), "`number` is missing"),
            (json!({"number": "1", "to": {"phone": "Ana"}, "text": "hi"}), "not a phone number"),
            (json!({"number": "1", "to": {"phone": "12"}, "text": "hi"}), "not a phone number"),
            (json!({"number": "1", "to": {"bsuid": " "}, "text": "hi"}), "`to.bsuid` is empty"),
            (json!({"number": "1", "to": {"conversation": "a"}, "text": "hi"}), "leave `number` out"),
            (json!({"number": "1", "to": {"phone": "34600000000"}}), "either `text` or `content`"),
            (
                json!({"number": "1", "to": {"phone": "34600000000"}, "content": {"type": "image", "image": {"id": "upload"}}}),
                "the request has none",
            ),
        ] {
            assert!(refusal(request.clone()).contains(expected), "{request}");
        }
    }

    #[test]
    fn content_has_the_form_of_meta() {
        let content = json!({"type": "template", "template": {"name": "order_ready", "language": {"code": "en"}}});
        let request = json!({"to": {"conversation": "0123456789abcdef"}, "content": content, "when_closed": "policy"});
        let request: MessageRequest = serde_json::from_value(request).unwrap();
        let message = request.message(Some("key".into()), None).unwrap();
        assert_eq!(message.content.kind(), "template");
        assert!(matches!(message.target, ConversationTarget::Key(_)));
    }
}
