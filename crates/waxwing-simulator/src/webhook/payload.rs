//! The bodies of webhooks.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components>

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::clock::unix_seconds;
use crate::message::{Content, Media, MediaKind, Message, State};
use crate::rules::error::webhook_error;
use crate::world::{Business, Library, Person};

/// The webhook of a user's message.
pub(crate) fn inbound(business: &Business, person: &Person, message: &Message, library: &Library) -> Value {
    let mut item = Map::new();
    item.insert("id".into(), message.id.as_str().into());
    item.insert("timestamp".into(), unix_seconds(message.at).to_string().into());
    if let Some(phone) = &person.phone {
        item.insert("from".into(), phone.as_str().into());
    }
    if let Some(bsuid) = &person.bsuid {
        item.insert("from_user_id".into(), bsuid.as_str().into());
    }
    if let Some(quoted) = &message.reply_to {
        item.insert("context".into(), json!({ "from": business.display_phone_number, "id": quoted }));
    }
    let (kind, body) = match &message.content {
        Content::Text(text) => ("text", json!({ "body": text })),
        Content::Media(media) => (media.kind.name(), medium(business, media, message.at, library)),
        Content::Other { kind, body } => (kind.as_str(), body.clone()),
    };
    item.insert("type".into(), kind.into());
    item.insert(kind.into(), body);
    envelope(business, json!({ "contacts": [contact(person, true)], "messages": [item] }))
}

/// The webhook of a status.
///
/// A failed one carries no `contacts` and names the user only by what the business addressed.
pub(crate) fn status(
    business: &Business,
    person: &Person,
    message: &str,
    state: State,
    at: SystemTime,
    callback_data: Option<&str>,
    by_phone: bool,
) -> Value {
    let failed = matches!(state, State::Failed { .. });
    let mut item = Map::new();
    item.insert("id".into(), message.into());
    item.insert("status".into(), state.name().into());
    item.insert("timestamp".into(), unix_seconds(at).to_string().into());
    if let Some(phone) = person.phone.as_ref().filter(|_| by_phone || !failed) {
        item.insert("recipient_id".into(), phone.as_str().into());
    }
    if let Some(bsuid) = person.bsuid.as_ref().filter(|_| !by_phone || !failed) {
        item.insert("recipient_user_id".into(), bsuid.as_str().into());
    }
    if let State::Failed { code } = state {
        item.insert("errors".into(), json!([webhook_error(code)]));
    } else {
        let pricing = json!({ "billable": true, "pricing_model": "PMP", "type": "regular", "category": "service" });
        item.insert("pricing".into(), pricing);
    }
    if let Some(data) = callback_data {
        item.insert("biz_opaque_callback_data".into(), data.into());
    }
    let mut value = json!({ "statuses": [item] });
    if !failed {
        value["contacts"] = json!([contact(person, state >= State::Delivered)]);
    }
    envelope(business, value)
}

fn envelope(business: &Business, mut value: Value) -> Value {
    value["messaging_product"] = "whatsapp".into();
    value["metadata"] =
        json!({ "display_phone_number": business.display_phone_number, "phone_number_id": business.phone_number_id });
    json!({
        "object": "whatsapp_business_account",
        "entry": [{ "id": business.waba_id, "changes": [{ "field": "messages", "value": value }] }],
    })
}

fn contact(person: &Person, with_username: bool) -> Value {
    let mut profile = json!({ "name": person.name });
    if let Some(username) = person.username.as_ref().filter(|_| with_username) {
        profile["username"] = username.as_str().into();
    }
    let mut contact = json!({ "profile": profile });
    if let Some(phone) = &person.phone {
        contact["wa_id"] = phone.as_str().into();
    }
    if let Some(bsuid) = &person.bsuid {
        contact["user_id"] = bsuid.as_str().into();
    }
    contact
}

/// The digest is Base64 here and hexadecimal in the answer to a look-up, as at Meta.
fn medium(business: &Business, media: &Media, at: SystemTime, library: &Library) -> Value {
    let mut body = json!({
        "id": media.id,
        "mime_type": media.mime_type,
        "url": format!("{}{}", business.origin, library.path(&media.id, at)),
    });
    if let Some(file) = library.on_phone(&media.id) {
        body["sha256"] = STANDARD.encode(file.sha256).into();
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
