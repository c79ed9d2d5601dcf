//! Edits that faults make to an update.

use serde_json::Value;

/// Removes the recipient and `contacts` from the statuses of a value.
pub(crate) fn remove_recipient(value: &mut Value) {
    let Some(statuses) = value.get_mut("statuses").and_then(Value::as_array_mut) else { return };
    for status in statuses.iter_mut().filter_map(Value::as_object_mut) {
        status.retain(|key, _| !key.starts_with("recipient"));
    }
    if let Some(value) = value.as_object_mut() {
        value.remove("contacts");
    }
}

/// Appends a character to the first text of a value: a message body, a caption, a profile name, or callback data.
pub(crate) fn append_to_text(value: &mut Value, char: char) {
    let pointers = [
        "/messages/0/text/body",
        "/messages/0/image/caption",
        "/contacts/0/profile/name",
        "/statuses/0/biz_opaque_callback_data",
    ];
    let first = pointers.into_iter().find(|pointer| value.pointer(pointer).is_some_and(Value::is_string));
    if let Some(Value::String(text)) = first.and_then(|pointer| value.pointer_mut(pointer)) {
        text.push(char);
    }
}
