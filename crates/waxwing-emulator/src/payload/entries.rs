//! Envelope of a webhook.

use std::time::SystemTime;

use serde_json::{Value, json};

use crate::behavior::BatchLayout;
use crate::business::BusinessIdentity;
use crate::clock::unix_seconds;

/// Envelope that collects changes.
#[derive(Debug)]
pub(crate) struct Entries {
    waba_id: String,
    time: u64,
    list: Vec<Value>,
}

impl Entries {
    pub(crate) fn new(business: &BusinessIdentity, now: SystemTime) -> Self {
        Self { waba_id: business.waba_id.clone(), time: unix_seconds(now), list: Vec::new() }
    }

    /// Adds a change to the last value, to the last entry, or as a new entry.
    ///
    /// Values of different fields or numbers are never merged. Account fields, whose entries have a `time`, never share an entry with
    /// values of `messages`.
    pub(crate) fn push(&mut self, field: &str, value: Value, layout: BatchLayout) {
        let is_timed = value.get("metadata").is_none();
        let same_kind = |entry: &&mut Value| entry.get("time").is_some() == is_timed;
        if layout != BatchLayout::Entries
            && let Some(entry) = self.list.last_mut().filter(same_kind)
            && let Some(changes) = entry["changes"].as_array_mut()
        {
            let last = changes.last_mut().filter(|change| {
                layout == BatchLayout::Value
                    && !is_timed
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
        if is_timed {
            entry["time"] = self.time.into();
        }
        self.list.push(entry);
    }

    /// Returns the body.
    pub(crate) fn finish(self) -> Value {
        json!({ "object": "whatsapp_business_account", "entry": self.list })
    }
}

/// Appends the arrays of one value to those of another.
///
/// Duplicate contacts are omitted, so the position of a contact does not match the position of its message. Meta does the same.
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
