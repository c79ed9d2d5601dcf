//! Messages of users.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::{contact, insert, value};
use crate::business::BusinessIdentity;
use crate::clock::unix_seconds;
use crate::message::{ChatContent, ChatMedia, ChatMessage, MediaKind};
use crate::visible_identity::VisibleIdentity;

/// URL and digest of a media file.
#[derive(Debug, Default)]
pub(crate) struct MediaLink {
    pub(crate) url: String,
    pub(crate) sha256: Option<[u8; 32]>,
}

/// Returns the value of a user's message. `link` belongs to the media file, if the message has one.
pub(crate) fn inbound(
    business: &BusinessIdentity,
    identity: &VisibleIdentity,
    message: &ChatMessage,
    link: &MediaLink,
) -> Value {
    let mut item = Map::new();
    item.insert("id".into(), message.id.as_str().into());
    item.insert("timestamp".into(), unix_seconds(message.at).to_string().into());
    insert(&mut item, "from", identity.visible_phone());
    insert(&mut item, "from_user_id", identity.bsuid.as_deref());
    insert(&mut item, "from_parent_user_id", identity.parent_bsuid.as_deref());
    insert(&mut item, "group_id", message.group.as_deref());
    if let Some(quoted) = &message.reply_to {
        item.insert("context".into(), json!({ "from": business.display_phone_number, "id": quoted }));
    }
    let (kind, body) = content(&message.content, link);
    item.insert("type".into(), kind.into());
    item.insert(kind.into(), body);
    value(business, json!({ "contacts": [contact(identity, identity.visible_phone(), true)], "messages": [item] }))
}

/// Returns the type of a message and the object under its name.
pub(crate) fn content<'a>(content: &'a ChatContent, link: &MediaLink) -> (&'a str, Value) {
    match content {
        ChatContent::Text(text) => ("text", json!({ "body": text })),
        ChatContent::Media(media) => (media.kind.name(), media_object(media, link)),
        ChatContent::Template(template) => ("template", template.body.clone()),
        ChatContent::Other { kind, body } => (kind.as_str(), body.clone()),
    }
}

/// Returns a media object. Webhooks encode the digest in Base64; the response to `GET /{media_id}` encodes it in hexadecimal.
fn media_object(media: &ChatMedia, link: &MediaLink) -> Value {
    let mut body = json!({ "id": media.id, "mime_type": media.mime_type, "url": link.url });
    if let Some(sha256) = link.sha256 {
        body["sha256"] = STANDARD.encode(sha256).into();
    }
    for (key, value) in [("caption", &media.caption), ("filename", &media.filename)] {
        if let Some(value) = value {
            body[key] = value.as_str().into();
        }
    }
    match media.kind {
        MediaKind::Audio => body["voice"] = media.voice.into(),
        MediaKind::Sticker => body["animated"] = false.into(),
        MediaKind::Image | MediaKind::Video | MediaKind::Document => {}
    }
    body
}
