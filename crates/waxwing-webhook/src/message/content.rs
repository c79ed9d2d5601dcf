//! Content of an inbound message, one variant per message type.

use std::fmt;

use bytes::Bytes;
use waxwing_types::MessageId;

use super::{
    CallPermissionReply, FormReply, InboundContact, InboundLocation, InboundMedia, InboundOrder, InteractiveReply,
    ProductReference,
};
use crate::json::JsonObject;

/// Content of an inbound message.
///
/// `Debug` hides texts, captions, filenames, locations, contacts and emoji.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples>
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InboundContent {
    /// Text message.
    Text {
        /// Text with WhatsApp formatting.
        body: String,
    },
    /// Image.
    Image(InboundMedia),
    /// Video.
    Video(InboundMedia),
    /// Audio file or voice note.
    Audio(InboundMedia),
    /// Document.
    Document(InboundMedia),
    /// Sticker, WebP.
    Sticker(InboundMedia),
    /// Tap on a reply button.
    ButtonReply(InteractiveReply),
    /// Tap on a row of a list.
    ListReply(InteractiveReply),
    /// Tap on a quick reply button of a template.
    QuickReply(InteractiveReply),
    /// Answer to a Flow or to an address form.
    Form(FormReply),
    /// Answer to a request for permission to call.
    CallPermission(CallPermissionReply),
    /// Product of the catalog that the user shared.
    Product(ProductReference),
    /// Order from the catalog.
    Order(InboundOrder),
    /// Location.
    Location(InboundLocation),
    /// Contact cards; at least one.
    Contacts(Vec<InboundContact>),
    /// Emoji reaction to an earlier message.
    Reaction {
        /// Message that the reaction belongs to.
        message_id: MessageId,
        /// Emoji. `None` if the user removed an earlier reaction.
        emoji: Option<String>,
    },
    /// Changed content of an earlier message. Meta sends edits to numbers that are also used in the WhatsApp Business app.
    Edit {
        /// Message that was changed.
        message_id: MessageId,
        /// New content.
        content: Box<InboundContent>,
    },
    /// Deletion of an earlier message (Meta: `revoke`). Meta sends deletions to numbers that are also used in the WhatsApp Business app.
    Deletion {
        /// Message that was deleted.
        message_id: MessageId,
    },
    /// Notice about the user, such as a new phone number. [`IdentityEvent`](crate::IdentityEvent) has the ids.
    System {
        /// Meta's name of the notice.
        kind: String,
        /// Text of the notice.
        body: Option<String>,
    },
    /// Message whose content Meta does not pass on (Meta: `unsupported`), such as a poll.
    Withheld {
        /// Meta's name of the type, such as `poll_creation`.
        kind: Option<String>,
    },
    /// Message type that this crate does not read, or a known type with missing or broken content.
    Unsupported {
        /// Meta's name of the message type. Empty if the message has none.
        kind: String,
        /// Raw JSON of the whole message.
        raw: Bytes,
    },
}

impl InboundContent {
    /// Reads the content of a message.
    pub(super) fn read(message: &JsonObject<'_>, raw: &[u8]) -> Self {
        let edit = message.object("edit").filter(|_| message.keyword("type").as_deref() == Some("edit"));
        edit.and_then(|edit| Self::read_edit(&edit)).unwrap_or_else(|| Self::read_new(message, raw))
    }

    /// Reads the content of a message that is not an edit. The new content of an edit is no edit: reading does not recurse on the input.
    fn read_new(message: &JsonObject<'_>, raw: &[u8]) -> Self {
        let kind = message.keyword("type").unwrap_or_default();
        let body = message.object(&kind);
        let media = || body.as_ref().and_then(InboundMedia::read);
        let content = match &*kind {
            "text" => body.as_ref().and_then(|text| text.string("body")).map(|body| Self::Text { body }),
            "image" => media().map(Self::Image),
            "video" => media().map(Self::Video),
            "audio" => media().map(Self::Audio),
            "document" => media().map(Self::Document),
            "sticker" => media().map(Self::Sticker),
            "interactive" => body.as_ref().and_then(Self::read_interactive),
            "button" => body.as_ref().and_then(InteractiveReply::read_quick_reply).map(Self::QuickReply),
            "location" => body.as_ref().and_then(InboundLocation::read).map(Self::Location),
            "contacts" => {
                let origin = message.keyword("origin");
                let read = |contacts| InboundContact::read_all(contacts, origin.as_deref());
                message.get("contacts").and_then(read).map(Self::Contacts)
            }
            "order" => body.as_ref().and_then(InboundOrder::read).map(Self::Order),
            "reaction" => body.as_ref().and_then(Self::read_reaction),
            "revoke" => body.as_ref().and_then(|body| body.string("original_message_id")).map(|id| {
                let message_id = MessageId::new(id);
                Self::Deletion { message_id }
            }),
            "system" => body.as_ref().and_then(Self::read_system),
            "unsupported" | "unknown" => {
                let kind = message.object("unsupported").and_then(|withheld| withheld.keyword("type"));
                Some(Self::Withheld { kind })
            }
            _ => None,
        };
        content.unwrap_or_else(|| Self::Unsupported { kind, raw: Bytes::copy_from_slice(raw) })
    }

    fn read_interactive(interactive: &JsonObject<'_>) -> Option<Self> {
        let kind = interactive.keyword("type")?;
        let reply = interactive.object(&kind)?;
        match &*kind {
            "button_reply" => InteractiveReply::read(&reply).map(Self::ButtonReply),
            "list_reply" => InteractiveReply::read(&reply).map(Self::ListReply),
            "nfm_reply" => FormReply::read(&reply).map(Self::Form),
            "call_permission_reply" => CallPermissionReply::read(&reply).map(Self::CallPermission),
            "product" => ProductReference::read(&reply).map(Self::Product),
            _ => None,
        }
    }

    fn read_edit(edit: &JsonObject<'_>) -> Option<Self> {
        let message_id = edit.string("original_message_id").map(MessageId::new)?;
        let raw = edit.get("message")?.get();
        let content = Box::new(Self::read_new(&JsonObject::parse(raw)?, raw.as_bytes()));
        Some(Self::Edit { message_id, content })
    }

    fn read_system(system: &JsonObject<'_>) -> Option<Self> {
        Some(Self::System { kind: system.keyword("type")?, body: system.string("body") })
    }

    fn read_reaction(reaction: &JsonObject<'_>) -> Option<Self> {
        let message_id = reaction.string("message_id").map(MessageId::new)?;
        Some(Self::Reaction { message_id, emoji: reaction.string("emoji") })
    }

    /// Returns Meta's name of the message type, such as `text`. Empty if the message has none.
    pub fn kind(&self) -> &str {
        match self {
            Self::Text { .. } => "text",
            Self::Image(_) => "image",
            Self::Video(_) => "video",
            Self::Audio(_) => "audio",
            Self::Document(_) => "document",
            Self::Sticker(_) => "sticker",
            Self::ButtonReply(_) | Self::ListReply(_) | Self::Form(_) | Self::CallPermission(_) | Self::Product(_) => {
                "interactive"
            }
            Self::QuickReply(_) => "button",
            Self::Location(_) => "location",
            Self::Contacts(_) => "contacts",
            Self::Order(_) => "order",
            Self::Reaction { .. } => "reaction",
            Self::Edit { .. } => "edit",
            Self::Deletion { .. } => "revoke",
            Self::System { .. } => "system",
            Self::Withheld { .. } => "unsupported",
            Self::Unsupported { kind, .. } => kind,
        }
    }

    /// Returns the media file of a media message.
    pub fn media(&self) -> Option<&InboundMedia> {
        match self {
            Self::Image(media)
            | Self::Video(media)
            | Self::Audio(media)
            | Self::Document(media)
            | Self::Sticker(media) => Some(media),
            _ => None,
        }
    }
}

impl fmt::Debug for InboundContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { body } => write!(f, "Text([{} bytes])", body.len()),
            Self::Image(media) => f.debug_tuple("Image").field(media).finish(),
            Self::Video(media) => f.debug_tuple("Video").field(media).finish(),
            Self::Audio(media) => f.debug_tuple("Audio").field(media).finish(),
            Self::Document(media) => f.debug_tuple("Document").field(media).finish(),
            Self::Sticker(media) => f.debug_tuple("Sticker").field(media).finish(),
            Self::ButtonReply(reply) => f.debug_tuple("ButtonReply").field(reply).finish(),
            Self::ListReply(reply) => f.debug_tuple("ListReply").field(reply).finish(),
            Self::QuickReply(reply) => f.debug_tuple("QuickReply").field(reply).finish(),
            Self::Form(reply) => f.debug_tuple("Form").field(reply).finish(),
            Self::CallPermission(reply) => f.debug_tuple("CallPermission").field(reply).finish(),
            Self::Product(product) => f.debug_tuple("Product").field(product).finish(),
            Self::Order(order) => f.debug_tuple("Order").field(order).finish(),
            Self::Location(location) => f.debug_tuple("Location").field(location).finish(),
            Self::Contacts(contacts) => f.debug_tuple("Contacts").field(contacts).finish(),
            Self::Reaction { message_id, emoji } => {
                f.debug_struct("Reaction").field("message_id", message_id).field("emoji", &emoji.is_some()).finish()
            }
            Self::Edit { message_id, content } => {
                f.debug_struct("Edit").field("message_id", message_id).field("content", content).finish()
            }
            Self::Deletion { message_id } => f.debug_struct("Deletion").field("message_id", message_id).finish(),
            Self::System { kind, body: _ } => f.debug_struct("System").field("kind", kind).finish_non_exhaustive(),
            Self::Withheld { kind } => f.debug_struct("Withheld").field("kind", kind).finish(),
            Self::Unsupported { kind, raw } => write!(f, "Unsupported({kind:?}, [{} bytes])", raw.len()),
        }
    }
}

#[cfg(test)]
mod tests {

    #[test]
    fn debug_hides_content_of_every_type() {
        for (kind, body) in [
            ("text", r#"{"body":"secret"}"#),
            ("image", r#"{"id":"1","caption":"secret"}"#),
            ("document", r#"{"id":"1","filename":"secret.pdf"}"#),
            ("interactive", r#"{"type":"list_reply","list_reply":{"id":"secret","title":"secret"}}"#),
            ("button", r#"{"payload":"secret","text":"secret"}"#),
            ("location", r#"{"latitude":40.5,"longitude":-3.5,"name":"secret"}"#),
            ("contacts", r#"[{"name":{"formatted_name":"secret"},"phones":[{"phone":"secret"}]}]"#),
            ("reaction", r#"{"message_id":"wamid.B","emoji":"👍 secret"}"#),
            (
                "interactive",
                r#"{"type":"nfm_reply","nfm_reply":{"body":"secret","response_json":"{\"a\":\"secret\"}"}}"#,
            ),
            ("interactive", r#"{"type":"product","product":{"product_retailer_id":"secret"}}"#),
            ("order", r#"{"text":"secret","product_items":[{"product_retailer_id":"secret","item_price":40.5}]}"#),
            ("edit", r#"{"original_message_id":"wamid.B","message":{"type":"text","text":{"body":"secret"}}}"#),
            ("system", r#"{"type":"user_changed_number","body":"secret"}"#),
            ("hologram", r#"{"body":"secret"}"#),
        ] {
            let raw = format!(r#"{{"id":"wamid.A","type":"{kind}","{kind}":{body}}}"#);
            let message = super::super::InboundMessage::parse(raw.as_bytes()).unwrap();
            let shown = format!("{message:?}");
            assert_eq!(message.content.kind(), kind, "{shown}");
            assert!(!shown.contains("secret") && !shown.contains("40.5"), "{shown}");
        }
    }
}
