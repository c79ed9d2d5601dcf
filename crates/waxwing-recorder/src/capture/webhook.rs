//! Contents of webhooks.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{Capture, CapturedKind};
use crate::stand_ins::SeenIdentity;

/// Keys of a message that the emulator sets itself.
const OWN_KEYS: [&str; 6] = ["id", "timestamp", "from", "from_user_id", "from_parent_user_id", "group_id"];

/// Maximum number of senders of a group that are kept.
const MAX_MEMBERS: usize = 64;

/// Adds the contents of a webhook to a capture.
pub(super) fn read(capture: &mut Capture, at: Duration, body: &Value) {
    let Some(entries) = body["entry"].as_array() else {
        capture.summary.unreadable += 1;
        return;
    };
    let is_full = capture.content.events.len() >= super::MAX_EVENTS;
    for change in entries.iter().flat_map(|entry| entry["changes"].as_array().into_iter().flatten()) {
        let metadata = &change["value"]["metadata"];
        if let (Some(id), Some(phone)) =
            (metadata["phone_number_id"].as_str(), metadata["display_phone_number"].as_str())
            && !capture.content.stand_ins.see_business(id, phone)
        {
            capture.summary.other_numbers += 1;
            continue;
        }
        if !is_full {
            capture.content.stand_ins.see_all(&change["value"]);
        }
        match change["field"].as_str() {
            Some("messages") => read_messages(capture, at, &change["value"]),
            Some(field) => {
                let (field, value) = (field.to_owned(), change["value"].clone());
                capture.push(at, CapturedKind::Field { field, value });
            }
            None => capture.summary.unreadable += 1,
        }
    }
}

fn read_messages(capture: &mut Capture, at: Duration, value: &Value) {
    let items = |key: &str| value[key].as_array().map(Vec::as_slice).unwrap_or_default();
    capture.summary.statuses += items("statuses").len();
    for message in items("messages") {
        read_message(capture, at, message);
    }
}

fn read_message(capture: &mut Capture, at: Duration, message: &Value) {
    let sender = SeenIdentity {
        phone: message["from"].as_str(),
        bsuid: message["from_user_id"].as_str(),
        parent_bsuid: message["from_parent_user_id"].as_str(),
        ..SeenIdentity::default()
    };
    let (Some(person), Some(id), Value::Object(content)) =
        (capture.content.stand_ins.see(sender), message["id"].as_str(), message)
    else {
        capture.summary.unreadable += 1;
        return;
    };
    if !capture.messages.insert(id.to_owned()) {
        capture.summary.repeated += 1;
        return;
    }
    let group = message["group_id"].as_str().map(str::to_owned);
    if let Some(group) = &group {
        capture.content.stand_ins.see_group(group);
        let members = capture.content.members.entry(group.clone()).or_default();
        if members.len() < MAX_MEMBERS && !members.contains(&person) {
            members.push(person);
        }
    }
    let message: Map<_, _> = content
        .iter()
        .filter(|(key, _)| !OWN_KEYS.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    capture.push(at, CapturedKind::UserMessage { person, id: id.to_owned(), group, message });
}
