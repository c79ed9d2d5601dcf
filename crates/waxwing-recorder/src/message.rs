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
    make_expressible(&mut message);
    message
}

/// Puts `media` in place of ids of files.
fn simplify(value: &mut Value) {
    match value {
        Value::Object(object) => {
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

/// Changes a value into one that TOML can express: without nulls, and with large numbers as texts.
pub(crate) fn make_expressible(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|_, value| !value.is_null());
            object.values_mut().for_each(make_expressible);
        }
        Value::Array(values) => {
            values.retain(|value| !value.is_null());
            values.iter_mut().for_each(make_expressible);
        }
        Value::Number(number) if number.is_u64() && number.as_i64().is_none() => {
            *value = number.to_string().into();
        }
        _ => {}
    }
}

/// Keys whose value is the id of a message.
const MESSAGE_KEYS: [&str; 4] = ["id", "message", "message_id", "quotes"];

/// Replaces ids of messages, which are values of certain keys. Texts of people stay.
pub(crate) fn rename(value: &mut Value, names: &impl Fn(&str) -> Option<String>) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| rename(value, names)),
        Value::Object(object) => {
            for (key, value) in object {
                match value {
                    Value::String(id) if MESSAGE_KEYS.contains(&key.as_str()) => {
                        if let Some(name) = names(id) {
                            *id = name;
                        }
                    }
                    value => rename(value, names),
                }
            }
        }
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

    #[test]
    fn only_ids_of_messages_are_renamed() {
        let mut value = json!({"says": {"text": "step-2", "quotes": "step-2"}, "context": {"id": "step-2"}});
        rename(&mut value, &|name| Some(format!("wamid.{name}")));
        let expected = json!({"says": {"text": "step-2", "quotes": "wamid.step-2"}, "context": {"id": "wamid.step-2"}});
        assert_eq!(value, expected);
    }

    #[test]
    fn nulls_and_large_numbers_are_expressible() {
        let mut value = json!({"a": null, "b": [1, null, u64::MAX], "c": {"d": null}});
        make_expressible(&mut value);
        assert_eq!(value, json!({"b": [1, "18446744073709551615"], "c": {}}));
    }
}
