//! Partial match of JSON values.

use serde_json::Value;

/// Returns whether `value` contains `part`. Objects match if each key of `part` matches, arrays if their lengths are equal and each
/// element matches, and other values if they are equal.
pub(super) fn contains(value: &Value, part: &Value) -> bool {
    match (value, part) {
        (Value::Object(value), Value::Object(part)) => {
            part.iter().all(|(key, part)| value.get(key).is_some_and(|value| contains(value, part)))
        }
        (Value::Array(value), Value::Array(part)) => {
            value.len() == part.len() && value.iter().zip(part).all(|(value, part)| contains(value, part))
        }
        _ => value == part,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_part_matches_by_keys_and_whole_arrays() {
        let value =
            json!({"type": "text", "text": {"body": "hi", "preview_url": false}, "list": [{"a": 1, "b": 2}, null]});
        for part in [
            json!({}),
            json!({"type": "text"}),
            json!({"text": {"body": "hi"}}),
            json!({"list": [{"b": 2}, null]}),
            value.clone(),
        ] {
            assert!(contains(&value, &part), "{part}");
        }
        for part in [
            json!({"type": "image"}),
            json!({"text": {"body": "h"}}),
            json!({"text": "hi"}),
            json!({"list": [{"b": 2}]}),
            json!({"list": [null, {"b": 2}]}),
            json!({"list": {}}),
            json!({"other": null}),
            json!([]),
            json!(null),
        ] {
            assert!(!contains(&value, &part), "{part}");
        }
    }
}
