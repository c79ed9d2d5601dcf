//! Contents of webhooks.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{Capture, CapturedKind};
use crate::stand_ins::SeenIdentity;

/// Keys of a message that the emulator sets itself.
const OWN_KEYS: [&str; 6] = ["id", "timestamp", "from", "from_user_id", "from_parent_user_id", "group_id"];

/// Adds the contents of a webhook to a capture.
pub(super) fn read(capture: &mut Capture, at: Duration, body: &Value) {
    let Some(entries) = body["entry"].as_array() else {
        capture.summary.unreadable += 1;
        return;
    };
    for change in entries.iter().flat_map(|entry| entry["changes"].as_array().into_iter().flatten()) {
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
    for contact in items("contacts") {
        capture.stand_ins.see(SeenIdentity {
            phone: contact["wa_id"].as_str(),
            bsuid: contact["user_id"].as_str(),
            parent_bsuid: contact["parent_user_id"].as_str(),
            name: contact["profile"]["name"].as_str(),
            username: contact["profile"]["username"].as_str(),
        });
    }
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
        (capture.stand_ins.see(sender), message["id"].as_str(), message)
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
        capture.stand_ins.see_group(group);
        let members = capture.members.entry(group.clone()).or_default();
        if !members.contains(&person) {
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
