//! Unknown JSON fields, which servers must ignore.
//!
//! Meta adds fields without notice, so a server must accept unknown fields in every object.

use serde_json::{Value, json};

use crate::chance::chance;

/// Adds an unknown field to a share (`rate`, from 0 to 1) of all objects in `value`. The same value, `seed` and `key` get the same fields.
pub(crate) fn add(value: &mut Value, rate: f64, seed: u64, key: &str) {
    visit(value, rate, seed, key, &mut 0);
}

fn visit(value: &mut Value, rate: f64, seed: u64, key: &str, count: &mut u64) {
    match value {
        Value::Object(object) => {
            for value in object.values_mut() {
                visit(value, rate, seed, key, count);
            }
            *count += 1;
            let draw = chance(seed, &[b"future", key.as_bytes(), &count.to_be_bytes()]);
            if draw < rate {
                // The values have all JSON types. One name sorts before the known fields of an object, another one after them.
                let (name, value) = match *count % 5 {
                    0 => ("a_future_list", json!([{ "x": 1 }, null, "y"])),
                    1 => ("zz_future_object", json!({ "nested": { "deep": true } })),
                    2 => ("future_number", json!(18_446_744_073_709_551_615_u64)),
                    3 => ("future_null", Value::Null),
                    _ => ("future_text", json!("\u{1F9EA} / \u{0}")),
                };
                object.insert(name.to_owned(), value);
            }
        }
        Value::Array(array) => array.iter_mut().for_each(|value| visit(value, rate, seed, key, count)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_decides_which_objects_get_a_field() {
        let plain = json!({"a": [{"b": {}}, 1], "c": null});
        let mut value = plain.clone();
        add(&mut value, 0.0, 1, "x");
        assert_eq!(value, plain);
        add(&mut value, 1.0, 1, "x");
        assert_eq!(value["a"][0]["b"].as_object().map(serde_json::Map::len), Some(1));
        assert_eq!(value["a"][0].as_object().map(serde_json::Map::len), Some(2));
        assert_eq!(value.as_object().map(serde_json::Map::len), Some(3));
        let mut again = plain;
        add(&mut again, 1.0, 1, "x");
        assert_eq!(again, value);
    }
}
