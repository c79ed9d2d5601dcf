//! Types of the data of a screen, from examples.
//!
//! <https://developers.facebook.com/docs/whatsapp/flows/reference/flowjson#dynamic-properties>

use serde_json::{Map, Value, json};

/// Returns true if an example gives a type: it has no null and no empty list.
pub(super) fn has_type(example: &Value) -> bool {
    match example {
        Value::Null => false,
        Value::Array(entries) => entries.first().is_some_and(has_type),
        Value::Object(members) => members.values().all(has_type),
        _ => true,
    }
}

/// Returns the type of an example as JSON schema, with the example, which Meta requires.
pub(super) fn with_example(example: &Value) -> Value {
    let mut schema = of(example);
    schema["__example__"] = example.clone();
    schema
}

fn of(example: &Value) -> Value {
    match example {
        Value::Null | Value::String(_) => json!({ "type": "string" }),
        Value::Bool(_) => json!({ "type": "boolean" }),
        Value::Number(_) => json!({ "type": "number" }),
        Value::Array(entries) => json!({ "type": "array", "items": entries.first().map(of) }),
        Value::Object(members) => {
            let properties: Map<String, Value> =
                members.iter().map(|(name, value)| (name.clone(), of(value))).collect();
            json!({ "type": "object", "properties": properties })
        }
    }
}
