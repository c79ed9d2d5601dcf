//! Keys that nobody knows yet.
//!
//! Meta adds fields without notice (cloud-api 3.5: unknown keys are always allowed), so a server must not mind them anywhere.

use serde_json::{Value, json};

use crate::fault::chance;

/// Gives a share of all objects a key that nobody knows. The same value under the same seed and `about` gets the same keys.
pub(crate) fn sprinkle(value: &mut Value, rate: f64, seed: u64, about: &str) {
    walk(value, rate, seed, about, &mut 0);
}

fn walk(value: &mut Value, rate: f64, seed: u64, about: &str, count: &mut u64) {
    match value {
        Value::Object(object) => {
            for value in object.values_mut() {
                walk(value, rate, seed, about, count);
            }
            *count += 1;
            let draw = chance(seed, &[b"future", about.as_bytes(), &count.to_be_bytes()]);
            if draw < rate {
                // Of all shapes, and at times with a name that sorts before all others.
                let (key, value) = match *count % 5 {
                    0 => ("a_future_list", json!([{ "x": 1 }, null, "y"])),
                    1 => ("zz_future_object", json!({ "nested": { "deep": true } })),
                    2 => ("future_number", json!(18_446_744_073_709_551_615_u64)),
                    3 => ("future_null", Value::Null),
                    _ => ("future_text", json!("\u{1F9EA} / \u{0}")),
                };
                object.insert(key.to_owned(), value);
            }
        }
        Value::Array(array) => array.iter_mut().for_each(|value| walk(value, rate, seed, about, count)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_gets_a_key_or_none_does() {
        let plain = json!({"a": [{"b": {}}, 1], "c": null});
        let mut value = plain.clone();
        sprinkle(&mut value, 0.0, 1, "x");
        assert_eq!(value, plain);
        sprinkle(&mut value, 1.0, 1, "x");
        assert_eq!(value["a"][0]["b"].as_object().map(serde_json::Map::len), Some(1));
        assert_eq!(value["a"][0].as_object().map(serde_json::Map::len), Some(2));
        assert_eq!(value.as_object().map(serde_json::Map::len), Some(3));
        let mut again = plain;
        sprinkle(&mut again, 1.0, 1, "x");
        assert_eq!(again, value);
    }
}
