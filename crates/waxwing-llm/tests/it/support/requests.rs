//! Comparison of requests that a scripted provider received.

use std::collections::HashMap;

use serde_json::value::RawValue;
use serde_json::{Value, json};
use waxwing_scripted_provider::{Api, ReceivedRequest};

/// Returns the messages of a request, and the rest of its body, without marks for the cache.
pub(crate) fn split(request: &ReceivedRequest) -> (Vec<Value>, Value) {
    let mut body = request.body.clone();
    remove_marks(&mut body);
    let list = ["messages", "contents", "input"].into_iter().find(|key| body.get(key).is_some()).unwrap();
    let Value::Array(messages) = body[list].take() else { panic!("a list of messages") };
    (messages, body)
}

/// Removes the marks, which are no part of what the model reads, and the difference of form that they cause: a text is short for a list of one
/// text (<https://docs.anthropic.com/en/api/messages>).
fn remove_marks(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("cache_control");
            fields.values_mut().for_each(remove_marks);
            if let Some(content) = fields.get_mut("content")
                && let Some(text) = content.as_str()
            {
                *content = json!([{ "type": "text", "text": text }]);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(remove_marks),
        _ => {}
    }
}

/// Returns the messages of a request as the bytes that were sent, without the bracket at the end.
fn sent_messages(request: &ReceivedRequest) -> String {
    let fields: HashMap<String, Box<RawValue>> = serde_json::from_slice(&request.bytes).unwrap();
    let list = ["messages", "contents", "input"].into_iter().find_map(|key| fields.get(key)).unwrap();
    list.get().strip_suffix(']').unwrap().to_owned()
}

/// Returns true if a request continues the one before it: its messages begin with the bytes of that one. The marks of Anthropic's cache move, so
/// its messages are compared without them.
pub(crate) fn continues(after: &ReceivedRequest, before: &ReceivedRequest) -> bool {
    match after.api {
        Api::Anthropic => split(after).0.starts_with(&split(before).0),
        _ => sent_messages(after).starts_with(&sent_messages(before)),
    }
}
