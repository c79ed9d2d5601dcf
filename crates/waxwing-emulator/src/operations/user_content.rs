//! Content of messages that users send by an action.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::action::{ActionError, NewFile, OrderItem};
use crate::message::{ChatContent, ChatMedia, MediaKind, UserContent};
use crate::payload::{self, MediaLink};
use crate::rules::media;
use crate::world::World;

/// Returns a text, or a file with the text as its caption.
pub(crate) fn text_or_file(text: Option<String>, file: Option<NewFile>) -> Result<UserContent, ActionError> {
    match file {
        Some(file) => self::file(file, text, None),
        None => text.map(UserContent::Text).ok_or_else(|| ActionError::new("the message needs a text or a file")),
    }
}

/// Returns a file with a caption. Without a `kind`, the MIME type determines it.
pub(crate) fn file(
    file: NewFile,
    caption: Option<String>,
    kind: Option<MediaKind>,
) -> Result<UserContent, ActionError> {
    let NewFile { mime_type, base64, filename, voice } = file;
    let bytes = STANDARD.decode(base64).map_err(|_| ActionError::new("the file is not Base64"))?;
    let kind = kind.unwrap_or_else(|| media::kind_from_phone(&mime_type));
    let voice = voice && kind == MediaKind::Audio;
    Ok(UserContent::Media { kind, bytes: bytes.into(), mime_type, caption, filename, voice })
}

/// Returns the file of a voice note.
pub(crate) fn voice_note(base64: String) -> NewFile {
    NewFile { mime_type: "audio/ogg; codecs=opus".to_owned(), base64, filename: None, voice: true }
}

/// Returns the file of a sticker.
pub(crate) fn sticker(base64: String) -> NewFile {
    NewFile { mime_type: "image/webp".to_owned(), base64, filename: None, voice: false }
}

/// Returns a contact. `origin` states whether it answers a request.
pub(crate) fn contacts(name: &str, phone: &str, origin: &str) -> Value {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let first_name = name.split_whitespace().next().unwrap_or(name);
    json!([{
        "name": { "formatted_name": name, "first_name": first_name },
        "phones": [{ "phone": phone, "wa_id": digits, "type": "CELL" }],
        "origin": origin,
    }])
}

/// Returns the edit of a message: a new text, or a new caption for a file.
pub(crate) fn edit(world: &World, original: &str, text: String) -> Result<UserContent, ActionError> {
    let edited = world.users.message(original).map(|(_, entry)| &entry.message);
    let (content, link) = match edited.map(|message| (message, &message.content)) {
        Some((_, ChatContent::Text(_))) => (ChatContent::Text(text), MediaLink::default()),
        Some((message, ChatContent::Media(media))) if !matches!(media.kind, MediaKind::Audio | MediaKind::Sticker) => {
            let origin = &world.account.number(world.number_of(message)).identity.origin;
            let link = MediaLink {
                url: format!("{origin}{}", world.media.url_path(&media.id, world.now())),
                sha256: world.media.on_phone(&media.id).map(|file| file.sha256),
            };
            (ChatContent::Media(ChatMedia { caption: Some(text), ..media.clone() }), link)
        }
        _ => return Err(ActionError::new("only texts and files with a caption can be edited")),
    };
    let (kind, object) = payload::content(&content, &link);
    let body = json!({ "original_message_id": original, "message": { "type": kind, kind: object } });
    Ok(UserContent::Other { kind: "edit".to_owned(), body })
}

/// Returns an order.
pub(crate) fn order(catalog: &str, items: &[OrderItem], text: Option<String>) -> UserContent {
    let items = items.iter().map(|item| {
        json!({
            "product_retailer_id": item.product,
            "quantity": item.quantity,
            "item_price": item.price,
            "currency": item.currency,
        })
    });
    let items: Vec<_> = items.collect();
    let body = json!({ "catalog_id": catalog, "text": text.unwrap_or_default(), "product_items": items });
    UserContent::Other { kind: "order".to_owned(), body }
}

/// Returns the answers of a flow. `message` is the message that opened it.
pub(crate) fn flow_reply(
    world: &World,
    message: &str,
    mut response: Map<String, Value>,
) -> Result<UserContent, ActionError> {
    let opened = world.users.message(message).map(|(_, entry)| &entry.message.content);
    let parameters = match opened {
        Some(ChatContent::Other { kind, body }) if kind == "interactive" && body["type"] == "flow" => {
            &body["action"]["parameters"]
        }
        Some(ChatContent::Template(_)) => &Value::Null,
        _ => return Err(ActionError::new("the message opens no flow")),
    };
    if let Some(token) = parameters.get("flow_token") {
        response.entry("flow_token").or_insert_with(|| token.clone());
    }
    // Meta passes the answers as a string of JSON.
    let reply = json!({ "name": "flow", "body": "Sent", "response_json": Value::from(response).to_string() });
    let body = json!({ "type": "nfm_reply", "nfm_reply": reply });
    Ok(UserContent::Other { kind: "interactive".to_owned(), body })
}

/// Returns a question about a product, or the shared product itself, with the additional fields of the message.
pub(crate) fn product(catalog: &str, product: &str, text: Option<String>) -> (UserContent, Map<String, Value>) {
    let product = json!({ "catalog_id": catalog, "product_retailer_id": product });
    if let Some(text) = text {
        let context = json!({ "referred_product": product });
        (UserContent::Text(text), Map::from_iter([("context".to_owned(), context)]))
    } else {
        let body = json!({ "type": "product", "product": product });
        (UserContent::Other { kind: "interactive".to_owned(), body }, Map::new())
    }
}

/// Returns the fields of a message after a click on an ad.
pub(crate) fn referral(changes: Map<String, Value>) -> Map<String, Value> {
    let mut referral = json!({
        "source_url": "https://fb.me/emulated",
        "source_id": "1000000000000001",
        "source_type": "ad",
        "headline": "Chat with us",
        "body": "An ad of the emulator",
        "media_type": "image",
        "image_url": "https://scontent.example/emulated.jpg",
        "ctwa_clid": "Aff-emulated-click-id",
        "welcome_message": { "text": "How can we help?" },
    });
    if let Value::Object(referral) = &mut referral {
        referral.extend(changes);
    }
    Map::from_iter([("referral".to_owned(), referral)])
}
