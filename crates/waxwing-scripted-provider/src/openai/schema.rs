//! Rules of strict JSON schemas.

use serde_json::{Map, Value};

use crate::Refusal;
use crate::shape::items;

const SOURCE: &str = "https://platform.openai.com/docs/guides/structured-outputs";

/// Checks a schema with `strict: true`: all objects are closed, and all properties are required.
pub(super) fn check_strict(schema: &Value, place: &str, param: &str) -> Result<(), Refusal> {
    let refuse = |problem: &str| {
        let message = format!("Invalid schema for {place}: {problem}");
        Err(Refusal::new(message, SOURCE).at(param).code("invalid_json_schema"))
    };
    let properties = schema.get("properties").and_then(Value::as_object);
    if schema.get("type").is_some_and(|kind| kind == "object") || properties.is_some() {
        if schema.get("additionalProperties") != Some(&Value::Bool(false)) {
            return refuse("In context=(), 'additionalProperties' is required to be supplied and to be false.");
        }
        let required = items(schema, "required");
        let is_required = |key: &str| required.iter().any(|name| name == key);
        if let Some(key) = properties.into_iter().flat_map(Map::keys).find(|key| !is_required(key)) {
            return refuse(&format!(
                "In context=(), 'required' is required to be supplied and to be an array including every key in properties. Missing '{key}'."
            ));
        }
    }
    let nested = properties.into_iter().flat_map(Map::values);
    let definitions = schema.get("$defs").and_then(Value::as_object).into_iter().flat_map(Map::values);
    let options = items(schema, "anyOf").iter().chain(schema.get("items"));
    nested.chain(definitions).chain(options).try_for_each(|schema| check_strict(schema, place, param))
}
