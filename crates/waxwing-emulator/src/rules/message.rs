//! Form of requests to `POST /{phone_number_id}/messages`.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages>

mod basic;
mod buttons;
mod carousel;
mod direct_send;
mod interactive;
mod lists;
mod template;

use std::sync::LazyLock;

use serde_json::Value;

use super::address::{self, Recipient, RecipientAddress};
use super::{GraphError, RequestObject, Rule, Rules};
use crate::message::MediaKind;

pub(crate) use direct_send::DirectSendCategory;
pub(crate) use template::{ComponentArguments, TemplateArgument, TemplateDraft};

/// Well-formed request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum MessagesRequest {
    Receipt(ReadReceipt),
    Send(Box<SendRequest>),
}

/// Read receipt, with or without a typing indicator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReadReceipt {
    pub(crate) message_id: String,
    pub(crate) typing: bool,
}

/// Message to a user or a group.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SendRequest {
    pub(crate) address: RecipientAddress,
    pub(crate) draft: MessageDraft,
    pub(crate) reply_to: Option<String>,
    pub(crate) callback_data: Option<String>,
    /// Whether the request goes to `marketing_messages`.
    pub(crate) is_marketing: bool,
    /// Category of a message that is sent without a template, also outside the customer service window.
    pub(crate) direct_send: Option<DirectSendCategory>,
    /// Body of the request.
    pub(crate) body: Value,
}

/// Content of a message before its media are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum MessageDraft {
    Text(String),
    Media(MediaDraft),
    Other {
        kind: String,
        body: Value,
        /// Objects that the content refers to.
        references: References,
    },
}

/// Objects that a message refers to.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct References {
    /// Id of the message that a reaction or a pin applies to.
    pub(crate) message: Option<String>,
    pub(crate) media: Vec<(MediaKind, String)>,
    pub(crate) template: Option<Box<TemplateDraft>>,
    pub(crate) flow: Option<FlowReference>,
    pub(crate) products: Option<ProductReferences>,
}

/// Flow that a message opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FlowReference {
    pub(crate) flow: FlowKey,
    /// Whether the message tests a flow that is not published.
    pub(crate) is_draft: bool,
}

/// Name of a flow in a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FlowKey {
    Id(String),
    Name(String),
}

/// Products that a message shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ProductReferences {
    /// Catalog of the products. `None` for the catalog of the account.
    pub(crate) catalog: Option<String>,
    /// `product_retailer_id` of each product.
    pub(crate) products: Vec<String>,
}

impl MessageDraft {
    /// Returns Meta's name of the message type.
    pub(crate) fn kind(&self) -> &str {
        match self {
            Self::Text(_) => "text",
            Self::Media(media) => media.kind.name(),
            Self::Other { kind, .. } => kind,
        }
    }

    /// Returns the link of a media message whose file is not uploaded.
    pub(crate) fn link(&self) -> Option<&str> {
        match self {
            Self::Media(MediaDraft { source: MediaSource::Link(link), .. }) => Some(link),
            _ => None,
        }
    }

    /// Returns the text of a text message, or the body of an interactive message.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Media(_) => None,
            Self::Other { body, .. } => body["body"]["text"].as_str(),
        }
    }
}

/// Media message before its file is resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MediaDraft {
    pub(crate) kind: MediaKind,
    pub(crate) source: MediaSource,
    pub(crate) caption: Option<String>,
    pub(crate) filename: Option<String>,
    pub(crate) voice: bool,
}

/// Source of a media file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MediaSource {
    Id(String),
    Link(String),
}

/// Message types that can be sent.
const TYPES: [&str; 12] = [
    "text",
    "image",
    "video",
    "audio",
    "document",
    "sticker",
    "location",
    "contacts",
    "reaction",
    "pin",
    "interactive",
    "template",
];

/// Keys of every message.
const MESSAGE_KEYS: [&str; 8] = [
    "messaging_product",
    "recipient_type",
    "to",
    "recipient",
    "type",
    "context",
    "biz_opaque_callback_data",
    "recipient_identity_key_hash",
];

/// Keys of a read receipt.
const RECEIPT_KEYS: [&str; 3] = ["status", "message_id", "typing_indicator"];

/// Keys of Direct Send.
const DIRECT_SEND_KEYS: [&str; 2] = ["category", "ttl_seconds"];

/// Keys of a request to `messages`.
static KEYS: LazyLock<Vec<&str>> =
    LazyLock::new(|| [&MESSAGE_KEYS[..], &RECEIPT_KEYS, &DIRECT_SEND_KEYS, &TYPES].concat());

/// Keys of a request to `marketing_messages`.
static MARKETING_KEYS: LazyLock<Vec<&str>> =
    LazyLock::new(|| [&MESSAGE_KEYS[..], &["template", "product_policy", "message_activity_sharing"]].concat());

/// Checks the form of a request to `messages`.
pub(crate) fn check(body: Value, rules: &Rules) -> Result<MessagesRequest, GraphError> {
    let check = |body: &RequestObject<'_>| {
        body.one_of("messaging_product", &["whatsapp"])?;
        if body.has("status") {
            check_receipt(body).map(MessagesRequest::Receipt)
        } else {
            check_send(body).map(Box::new).map(MessagesRequest::Send)
        }
    };
    let (mut request, body) = RequestObject::read(body, &KEYS, rules, check)?;
    if let MessagesRequest::Send(send) = &mut request {
        send.body = body;
    }
    Ok(request)
}

/// Checks the form of a request to `marketing_messages`, which accepts templates only.
pub(crate) fn check_marketing(body: Value, rules: &Rules) -> Result<SendRequest, GraphError> {
    let check = |body: &RequestObject<'_>| {
        body.one_of("messaging_product", &["whatsapp"])?;
        if body.has("product_policy") {
            body.one_of("product_policy", &["CLOUD_API_FALLBACK", "STRICT"])?;
        }
        body.flag("message_activity_sharing")?;
        body.one_of("type", &["template"])?;
        Ok(SendRequest { is_marketing: true, ..check_send(body)? })
    };
    let (request, body) = RequestObject::read(body, &MARKETING_KEYS, rules, check)?;
    Ok(SendRequest { body, ..request })
}

fn check_receipt(body: &RequestObject<'_>) -> Result<ReadReceipt, GraphError> {
    body.one_of("status", &["read"])?;
    let message_id = body.required("message_id")?.to_owned();
    let typing = match body.object("typing_indicator", &["type"])? {
        None => false,
        Some(indicator) => indicator.one_of("type", &["text"]).map(|_| true)?,
    };
    Ok(ReadReceipt { message_id, typing })
}

fn check_send(body: &RequestObject<'_>) -> Result<SendRequest, GraphError> {
    let address = address::check(body)?;
    let callback_data = body.text("biz_opaque_callback_data", Rule::CallbackData)?.map(str::to_owned);
    body.string("recipient_identity_key_hash")?;
    let reply_to = match body.object("context", &["message_id"])? {
        None => None,
        Some(context) => Some(context.required("message_id")?.to_owned()),
    };
    let (kind, direct_send) = (message_type(body)?, direct_send::category(body)?);
    let draft = match direct_send {
        Some(category) => direct_send::check_draft(body, kind, category)?,
        None => check_draft(body, kind)?,
    };
    check_recipient(&address.recipient, &draft)?;
    Ok(SendRequest { address, draft, reply_to, callback_data, is_marketing: false, direct_send, body: Value::Null })
}

/// Returns the message type. Without `type`, it is the type whose object the message has.
fn message_type<'a>(body: &RequestObject<'a>) -> Result<&'a str, GraphError> {
    if body.has("type") {
        return body.required("type");
    }
    TYPES.into_iter().find(|kind| body.has(kind)).ok_or_else(|| body.missing("type"))
}

fn check_draft(body: &RequestObject<'_>, kind: &str) -> Result<MessageDraft, GraphError> {
    if let Some(media) = MediaKind::from_name(kind) {
        return basic::media(&body.required_object(kind, basic::media_keys(media))?, media).map(MessageDraft::Media);
    }
    let part = |keys| body.required_object(kind, keys);
    let references = match kind {
        "text" => return basic::text(&part(&["body", "preview_url"])?).map(MessageDraft::Text),
        "location" => basic::location(&part(basic::LOCATION)?).map(|()| References::default())?,
        "contacts" => basic::contacts(body).map(|()| References::default())?,
        "reaction" => basic::reaction(&part(&["message_id", "emoji"])?)?,
        "pin" => basic::pin(&part(&["type", "message_id", "expiration_days"])?)?,
        "interactive" => interactive::check(&part(interactive::KEYS)?, Rule::Buttons)?,
        "template" => template::check(&part(&["name", "language", "components"])?)?,
        _ => return Err(GraphError::violates(Rule::MessageType)),
    };
    let content = body.get(kind).cloned().unwrap_or_default();
    Ok(MessageDraft::Other { kind: kind.to_owned(), body: content, references })
}

/// Checks that the recipient can receive messages of this type. Meta: groups.
fn check_recipient(to: &Recipient, draft: &MessageDraft) -> Result<(), GraphError> {
    let in_group = matches!(to, Recipient::Group(_));
    match draft.kind() {
        "text" | "image" | "video" | "audio" | "document" | "sticker" | "template" => Ok(()),
        "pin" if in_group => Ok(()),
        "pin" => Err(GraphError::violates(Rule::PinInGroup)),
        kind if in_group => {
            Err(GraphError::with_details(Rule::GroupContent, format!("{kind} cannot be sent to a group")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn receipt(body: Value, expected: Result<bool, Rule>) {
        let got = match check(body, &Rules::strict()) {
            Ok(MessagesRequest::Receipt(receipt)) => Ok(receipt.typing),
            Ok(MessagesRequest::Send(send)) => panic!("{send:?}"),
            Err(error) => Err(error.rule.unwrap()),
        };
        assert_eq!(got, expected);
    }

    /// Meta: mark messages as read; typing indicators.
    #[test]
    fn receipts_are_checked() {
        let whatsapp = "whatsapp";
        receipt(json!({"messaging_product": whatsapp, "status": "read", "message_id": "wamid.1"}), Ok(false));
        let typing = |kind| {
            json!({
                "messaging_product": whatsapp, "status": "read", "message_id": "wamid.1",
                "typing_indicator": {"type": kind},
            })
        };
        receipt(typing("text"), Ok(true));
        receipt(typing("dance"), Err(Rule::Form));
        receipt(json!({"messaging_product": whatsapp, "status": "read"}), Err(Rule::Required));
        receipt(json!({"messaging_product": whatsapp, "status": "seen", "message_id": "w"}), Err(Rule::Form));
        receipt(json!({"messaging_product": "telegram", "status": "read", "message_id": "w"}), Err(Rule::Form));
        receipt(json!({"status": "read", "message_id": "w"}), Err(Rule::Required));
        receipt(json!([]), Err(Rule::Body));
    }
}
