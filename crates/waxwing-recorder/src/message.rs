//! Messages of a bot in a form that can be compared.

use serde_json::{Map, Value};

/// Keys of a send request that are not part of its message.
const ENVELOPE: [&str; 5] = ["messaging_product", "recipient_type", "to", "recipient", "biz_opaque_callback_data"];

/// Objects that name a file by its id. Ids of files differ between two runs.
const MEDIA: [&str; 5] = ["image", "video", "audio", "document", "sticker"];

/// Returns the message of a send request: without its address, without absent parameters, and with `media` in place of the id of a file.
pub(crate) fn comparable(request: &Map<String, Value>) -> Value {
    let mut message: Map<_, _> = request
        .iter()
        .filter(|(key, _)| !ENVELOPE.contains(&key.as_str()))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    message.entry("type").or_insert_with(|| "text".into());
    let mut message = Value::Object(message);
    simplify(&mut message);
    message
}

fn simplify(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|_, value| !value.is_null());
            for (key, value) in object {
                if MEDIA.contains(&key.as_str()) && value.get("id").is_some() {
                    value["id"] = "media".into();
                }
                simplify(value);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(simplify),
        _ => {}
    }
}

/// Replaces each string that is a key of `names` as a whole.
pub(crate) fn rename(value: &mut Value, names: &impl Fn(&str) -> Option<String>) {
    match value {
        Value::String(text) => {
            if let Some(name) = names(text) {
                *text = name;
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| rename(value, names)),
        Value::Object(object) => object.values_mut().for_each(|value| rename(value, names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn envelopes_and_ids_of_files_do_not_count() {
        let request = json!({
            "messaging_product": "whatsapp", "to": "34600000000", "biz_opaque_callback_data": "a.1.1", "type": "image",
            "image": {"id": "123", "caption": "Look"}, "context": null,
        });
        let expected = json!({"type": "image", "image": {"id": "media", "caption": "Look"}});
        assert_eq!(comparable(request.as_object().unwrap()), expected);
        let text = json!({"text": {"body": "hi"}});
        assert_eq!(comparable(text.as_object().unwrap())["type"], "text");
    }
}
