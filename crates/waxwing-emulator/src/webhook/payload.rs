//! The bodies of webhooks.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components>

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::BatchLayout;
use crate::clock::unix_seconds;
use crate::ids;
use crate::message::{ChatContent, ChatMedia, ChatMessage, DeliveryState, MediaKind};
use crate::rules::error::webhook_error;
use crate::rules::window;
use crate::world::{Business, Library, Sighting};

/// The webhook field of messages and statuses.
pub(crate) const MESSAGES: &str = "messages";

/// The value of a user's message.
pub(crate) fn inbound(business: &Business, person: &Sighting, message: &ChatMessage, library: &Library) -> Value {
    let mut item = Map::new();
    item.insert("id".into(), message.id.as_str().into());
    item.insert("timestamp".into(), unix_seconds(message.at).to_string().into());
    insert(&mut item, "from", person.visible_phone());
    insert(&mut item, "from_user_id", person.bsuid.as_deref());
    insert(&mut item, "from_parent_user_id", person.parent_bsuid.as_deref());
    insert(&mut item, "group_id", message.group.as_deref());
    if let Some(quoted) = &message.reply_to {
        item.insert("context".into(), json!({ "from": business.display_phone_number, "id": quoted }));
    }
    let (kind, body) = match &message.content {
        ChatContent::Text(text) => ("text", json!({ "body": text })),
        ChatContent::Media(media) => (media.kind.name(), medium(business, media, message.at, library)),
        ChatContent::Template(template) => ("template", template.body.clone()),
        ChatContent::Other { kind, body } => (kind.as_str(), body.clone()),
    };
    item.insert("type".into(), kind.into());
    item.insert(kind.into(), body);
    value(business, json!({ "contacts": [contact(person, person.visible_phone(), true)], "messages": [item] }))
}

/// A status of a message of the business.
#[derive(Debug)]
pub(crate) struct Status<'a> {
    pub(crate) id: &'a str,
    pub(crate) state: DeliveryState,
    pub(crate) at: SystemTime,
    /// The type of the message.
    pub(crate) kind: &'a str,
    pub(crate) callback_data: Option<&'a str>,
    /// Whether the business wrote to the phone number, and not to the BSUID.
    pub(crate) by_phone: bool,
}

/// The value of a status. What it says of the user follows from how the message was addressed; a failed one carries no `contacts`
/// and names the user only by what was addressed. cloud-api 1.3 (Meta: business-scoped user ids), 3.4 (Meta: statuses).
pub(crate) fn status(business: &Business, person: &Sighting, status: &Status<'_>, conversations: bool) -> Value {
    let failed = matches!(status.state, DeliveryState::Failed { .. });
    let phone = match (failed, status.by_phone) {
        (_, true) => person.phone.as_deref(),
        (false, false) => person.visible_phone(),
        (true, false) => None,
    };
    let named = !(failed && status.by_phone);
    let mut item = head(status);
    insert(&mut item, "recipient_id", phone);
    insert(&mut item, "recipient_user_id", person.bsuid.as_deref().filter(|_| named));
    insert(&mut item, "recipient_parent_user_id", person.parent_bsuid.as_deref().filter(|_| named));
    bill(&mut item, status, category(status.kind), conversations);
    let mut parts = json!({ "statuses": [item] });
    if !failed {
        let with_username = status.state >= DeliveryState::Delivered;
        parts["contacts"] = json!([contact(person, phone, with_username)]);
    }
    value(business, parts)
}

/// The status that one participant of a group has reached. cloud-api 1.4, 3.4 (Meta: groups).
pub(crate) fn group_status(group: &str, person: &Sighting, status: &Status<'_>) -> Value {
    let mut item = head(status);
    item.insert("recipient_type".into(), "group".into());
    item.insert("recipient_id".into(), group.into());
    insert(&mut item, "recipient_participant_id", person.visible_phone());
    insert(&mut item, "recipient_participant_user_id", person.bsuid.as_deref());
    insert(&mut item, "recipient_participant_parent_user_id", person.parent_bsuid.as_deref());
    bill(&mut item, status, "group_service", false);
    item.into()
}

/// The status of a message that has reached nobody in a group.
pub(crate) fn group_failure(group: &str, status: &Status<'_>) -> Value {
    let mut item = head(status);
    item.insert("recipient_type".into(), "group".into());
    item.insert("recipient_id".into(), group.into());
    item.into()
}

fn head(status: &Status<'_>) -> Map<String, Value> {
    let mut item = Map::new();
    item.insert("id".into(), status.id.into());
    item.insert("status".into(), status.state.name().into());
    item.insert("timestamp".into(), unix_seconds(status.at).to_string().into());
    insert(&mut item, "biz_opaque_callback_data", status.callback_data);
    if let DeliveryState::Failed { code } = status.state {
        item.insert("errors".into(), json!([webhook_error(code)]));
    }
    item
}

/// What the message costs. cloud-api 8 (Meta: pricing): per message, service messages included since October 2026.
fn bill(item: &mut Map<String, Value>, status: &Status<'_>, category: &str, conversations: bool) {
    if matches!(status.state, DeliveryState::Failed { .. }) {
        return;
    }
    let pricing = json!({ "billable": true, "pricing_model": "PMP", "type": "regular", "category": category });
    item.insert("pricing".into(), pricing);
    if conversations {
        let id = hex::encode(&ids::digest(&[b"conversation", status.id.as_bytes()])[..16]);
        let mut conversation = json!({ "id": id, "origin": { "type": category } });
        if status.state == DeliveryState::Sent {
            let end = unix_seconds(status.at + window::LENGTH);
            conversation["expiration_timestamp"] = end.to_string().into();
        }
        item.insert("conversation".into(), conversation);
    }
}

/// The price category: templates are not told apart here.
fn category(kind: &str) -> &'static str {
    if kind == "template" { "utility" } else { "service" }
}

/// A value of the field `messages` with these parts.
pub(crate) fn value(business: &Business, mut parts: Value) -> Value {
    parts["messaging_product"] = "whatsapp".into();
    parts["metadata"] =
        json!({ "display_phone_number": business.display_phone_number, "phone_number_id": business.phone_number_id });
    parts
}

/// A webhook that is being put together.
#[derive(Debug)]
pub(crate) struct Entries {
    waba_id: String,
    time: u64,
    list: Vec<Value>,
}

impl Entries {
    pub(crate) fn new(business: &Business, now: SystemTime) -> Self {
        Self { waba_id: business.waba_id.clone(), time: unix_seconds(now), list: Vec::new() }
    }

    /// Adds a change: into the last value, into the last entry or into one of its own. What does not fit together stays apart:
    /// account-level fields, which bear the time in their entry, and values of different fields.
    pub(crate) fn push(&mut self, field: &str, value: Value, layout: BatchLayout) {
        let timed = value.get("metadata").is_none();
        let same_kind = |entry: &&mut Value| entry.get("time").is_some() == timed;
        if layout != BatchLayout::Entries
            && let Some(entry) = self.list.last_mut().filter(same_kind)
            && let Some(changes) = entry["changes"].as_array_mut()
        {
            let last = changes.last_mut().filter(|change| {
                layout == BatchLayout::Value
                    && !timed
                    && change["field"] == field
                    && change["value"]["metadata"] == value["metadata"]
            });
            match last {
                Some(change) => merge(&mut change["value"], value),
                None => changes.push(json!({ "field": field, "value": value })),
            }
            return;
        }
        let mut entry = json!({ "id": self.waba_id, "changes": [{ "field": field, "value": value }] });
        if timed {
            entry["time"] = self.time.into();
        }
        self.list.push(entry);
    }

    pub(crate) fn finish(self) -> Value {
        json!({ "object": "whatsapp_business_account", "entry": self.list })
    }
}

/// Adds what is in the lists of one value to those of another. A contact that is there already is not repeated, so that contacts do
/// not go by the place of their message. cloud-api 3.1.
fn merge(into: &mut Value, from: Value) {
    let Value::Object(from) = from else { return };
    for (key, items) in from {
        let Value::Array(items) = items else { continue };
        match &mut into[&key] {
            Value::Array(known) => {
                known.extend(
                    items.into_iter().filter(|item| key != "contacts" || !known.contains(item)).collect::<Vec<_>>(),
                );
            }
            empty => *empty = items.into(),
        }
    }
}

/// Takes away whatever says to whom a status belongs.
pub(crate) fn make_anonymous(value: &mut Value) {
    let Some(statuses) = value.get_mut("statuses").and_then(Value::as_array_mut) else { return };
    for status in statuses.iter_mut().filter_map(Value::as_object_mut) {
        status.retain(|key, _| !key.starts_with("recipient"));
    }
    if let Some(value) = value.as_object_mut() {
        value.remove("contacts");
    }
}

/// Appends a character to the first text that somebody wrote: the body of a message, else a name.
pub(crate) fn cut_emoji(value: &mut Value, char: char) {
    let texts = [
        "/messages/0/text/body",
        "/messages/0/image/caption",
        "/contacts/0/profile/name",
        "/statuses/0/biz_opaque_callback_data",
    ];
    let place = texts.into_iter().find(|pointer| value.pointer(pointer).is_some_and(Value::is_string));
    if let Some(Value::String(text)) = place.and_then(|pointer| value.pointer_mut(pointer)) {
        text.push(char);
    }
}

pub(crate) fn contact(person: &Sighting, phone: Option<&str>, with_username: bool) -> Value {
    let mut profile = json!({ "name": person.name });
    if let Some(username) = person.username.as_ref().filter(|_| with_username) {
        profile["username"] = username.as_str().into();
    }
    let mut contact = Map::from_iter([("profile".to_owned(), profile)]);
    insert(&mut contact, "wa_id", phone);
    insert(&mut contact, "user_id", person.bsuid.as_deref());
    insert(&mut contact, "parent_user_id", person.parent_bsuid.as_deref());
    contact.into()
}

pub(crate) fn insert(object: &mut Map<String, Value>, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        object.insert(key.to_owned(), value.into());
    }
}

/// The digest is Base64 here and hexadecimal in the answer to a look-up, as at Meta.
fn medium(business: &Business, media: &ChatMedia, at: SystemTime, library: &Library) -> Value {
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
