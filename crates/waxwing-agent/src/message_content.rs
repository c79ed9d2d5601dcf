//! Content of a message that is more than text, media, a tap, a place or a contact card.

use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

use serde_json::Value;

use crate::order::Order;
use crate::redacted::debug_without_fields;

/// Content of a message that has its own form. `Debug` output contains none of it.
///
/// ```
/// use waxwing_agent::{FormAnswer, MessageContent, UserMessage};
///
/// let mut message = UserMessage::text("");
/// message.content = Some(FormAnswer::new(serde_json::json!({"guests": 2})).into());
/// assert_eq!(message.plain_text(), r#"{"guests":2}"#);
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum MessageContent {
    /// Order from the catalog of the business.
    Order(Order),
    /// Answer to a form.
    Form(FormAnswer),
    /// Product of the catalog that the user shared.
    Product(Product),
    /// Answer to a request for permission to call.
    CallPermission(CallPermission),
    /// Reaction to an earlier message.
    Reaction(Reaction),
    /// Content of a type that this version does not know.
    Unknown(UnknownContent),
    /// Event that another system of the business reported, such as a payment. No user wrote the message.
    Event(BusinessEvent),
    /// Note of a team. No user wrote the message.
    Team(TeamNote),
}

/// Event that another system of the business reported about the conversation.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct BusinessEvent {
    /// Name, such as `payment_received`.
    pub name: String,
    /// Data. They may contain words of users, for example of a ticket.
    pub data: Value,
}

/// Note of a team in a turn of its leader or of a member. The text of the message has the note in words.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TeamNote {
    /// Task from the leader to a member.
    Task {
        /// The task.
        text: String,
    },
    /// Answer of a member to the leader.
    Answer {
        /// Name of the member.
        member: String,
        /// The answer.
        text: String,
        /// Use of the answer.
        note: String,
    },
    /// Failure of a member.
    Failure {
        /// Name of the member.
        member: String,
    },
}

/// Answer to a form, such as a WhatsApp Flow. The user's app sends the data: check them before use.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct FormAnswer {
    /// Kind of form, in the terms of the channel: `flow` or `address_message`.
    pub name: Option<String>,
    /// Name of the form that was sent in this conversation and that the data answer, as the reply named it. `None` if that is not known:
    /// anyone can send data without a form.
    pub form: Option<String>,
    /// Data of the form. A text if the data are not JSON.
    pub answer: Value,
}

/// Product of the catalog of the business.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Product {
    /// Id of the catalog.
    pub catalog_id: Option<String>,
    /// Id of the product in the catalog.
    pub product_id: String,
}

/// Answer to a request for permission to call the user.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallPermission {
    /// Answer, in the terms of the channel: `accept` or `reject`.
    pub response: String,
    /// Whether the permission has no end.
    pub is_permanent: bool,
    /// End of the permission.
    pub expires_at: Option<SystemTime>,
    /// Reason of the answer, in the terms of the channel, such as `user_action`.
    pub source: Option<String>,
}

/// Reaction to an earlier message of the conversation.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reaction {
    /// Id of the message.
    pub message: String,
    /// Emoji. `None` if the user removed an earlier reaction.
    pub emoji: Option<String>,
}

/// Content of a type that this version does not know, or that the channel does not pass on.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct UnknownContent {
    /// Name of the type, in the terms of the channel.
    pub kind: String,
    /// Content as the channel sends it, without ids and times. `None` if the channel does not pass it on.
    pub json: Option<Value>,
}

impl MessageContent {
    /// Returns the content as plain text: the products of an order, the data of a form, an emoji. Empty for content of an unknown type.
    pub fn plain_text(&self) -> Cow<'_, str> {
        match self {
            Self::Order(order) => order.to_string().into(),
            Self::Form(form) => form.answer.as_str().map_or_else(|| form.answer.to_string().into(), Cow::from),
            Self::Product(product) => product.product_id.as_str().into(),
            Self::CallPermission(permission) => permission.response.as_str().into(),
            Self::Reaction(reaction) => reaction.emoji.as_deref().unwrap_or_default().into(),
            Self::Event(event) if event.data.is_null() => event.name.as_str().into(),
            Self::Event(event) => format!("{} {}", event.name, event.data).into(),
            Self::Unknown(_) | Self::Team(_) => "".into(),
        }
    }
}

impl BusinessEvent {
    /// Creates an event.
    pub fn new(name: impl Into<String>, data: Value) -> Self {
        Self { name: name.into(), data }
    }
}

impl FormAnswer {
    /// Creates an answer without the kind of form.
    pub fn new(answer: Value) -> Self {
        Self { name: None, form: None, answer }
    }
}

impl Product {
    /// Creates a reference to a product, without a catalog.
    pub fn new(product_id: impl Into<String>) -> Self {
        Self { catalog_id: None, product_id: product_id.into() }
    }
}

impl CallPermission {
    /// Creates an answer.
    pub fn new(response: impl Into<String>) -> Self {
        Self { response: response.into(), ..Self::default() }
    }
}

impl Reaction {
    /// Creates a reaction to the message with this id.
    pub fn new(message: impl Into<String>, emoji: Option<String>) -> Self {
        Self { message: message.into(), emoji }
    }
}

impl UnknownContent {
    /// Creates content of this type. `json` is the content as the channel sends it.
    pub fn new(kind: impl Into<String>, json: Option<Value>) -> Self {
        Self { kind: kind.into(), json }
    }
}

impl From<Order> for MessageContent {
    fn from(order: Order) -> Self {
        Self::Order(order)
    }
}

impl From<FormAnswer> for MessageContent {
    fn from(form: FormAnswer) -> Self {
        Self::Form(form)
    }
}

impl From<UnknownContent> for MessageContent {
    fn from(unknown: UnknownContent) -> Self {
        Self::Unknown(unknown)
    }
}

/// Prints the kind of content.
impl fmt::Debug for MessageContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Order(_) => "Order(..)",
            Self::Form(_) => "Form(..)",
            Self::Product(_) => "Product(..)",
            Self::CallPermission(_) => "CallPermission(..)",
            Self::Reaction(_) => "Reaction(..)",
            Self::Unknown(_) => "Unknown(..)",
            Self::Event(_) => "Event(..)",
            Self::Team(_) => "Team(..)",
        })
    }
}

debug_without_fields!(BusinessEvent, FormAnswer, Product, CallPermission, Reaction, UnknownContent, TeamNote);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::OrderItem;
    use serde_json::json;

    #[test]
    fn content_has_a_plain_text() {
        #[track_caller]
        fn check(content: impl Into<MessageContent>, expected: &str) {
            assert_eq!(content.into().plain_text(), expected);
        }
        check(Order::new([OrderItem::new("pizza-7")]), "pizza-7");
        check(FormAnswer::new(json!({"a": 1})), r#"{"a":1}"#);
        check(FormAnswer::new(json!("no JSON")), "no JSON");
        check(MessageContent::Product(Product::new("pizza-7")), "pizza-7");
        check(MessageContent::CallPermission(CallPermission::new("accept")), "accept");
        check(MessageContent::Reaction(Reaction::new("wamid.0", Some("👍".into()))), "👍");
        check(MessageContent::Reaction(Reaction::new("wamid.0", None)), "");
        check(UnknownContent::new("poll", Some(json!(1))), "");
    }

    #[test]
    fn debug_output_has_no_content() {
        let form = FormAnswer::new(json!({"secret": "secret"}));
        let unknown = UnknownContent::new("poll", Some(json!("secret")));
        let shown = format!("{form:?} {unknown:?} {:?}", MessageContent::from(form.clone()));
        assert!(!shown.contains("secret"), "{shown}");
    }
}
