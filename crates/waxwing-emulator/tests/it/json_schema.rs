//! The part of JSON schema that the OpenAPI documents use. The end-to-end tests use this file as well.

use serde_json::Value;

/// Keywords that say nothing about a value.
const NOTES: [&str; 5] = ["default", "description", "examples", "format", "title"];

/// Checks a value against a schema of a document. `place` names the value in a failure.
#[track_caller]
pub(crate) fn check(document: &Value, schema: &Value, value: &Value, place: &str) {
    if let Err(why) = validate(document, schema, value, place) {
        panic!("{why}\nin {value}");
    }
}

fn validate(document: &Value, schema: &Value, value: &Value, place: &str) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("{place}: {what}"));
    let keywords = schema.as_object().unwrap_or_else(|| panic!("{place}: the schema is not an object"));
    for (keyword, rule) in keywords {
        let list = || rule.as_array().into_iter().flatten();
        match keyword.as_str() {
            "$ref" => {
                let pointer = rule.as_str().and_then(|it| it.strip_prefix('#')).unwrap_or_default();
                let target = document.pointer(pointer).ok_or_else(|| format!("{place}: {rule} does not exist"))?;
                validate(document, target, value, place)?;
            }
            "type" => {
                let fits = |name: &str| name == kind(value) || (name == "number" && kind(value) == "integer");
                let names = rule.as_str().map(|name| vec![name]);
                let names = names.unwrap_or_else(|| list().filter_map(Value::as_str).collect());
                if !names.iter().any(|name| fits(name)) {
                    return wrong(&format!("is a {}, not {rule}", kind(value)));
                }
            }
            "const" if value != rule => return wrong(&format!("is not {rule}")),
            "enum" if !list().any(|allowed| allowed == value) => return wrong(&format!("is not one of {rule}")),
            "oneOf" | "anyOf" => {
                let results: Vec<_> = list().map(|schema| validate(document, schema, value, place)).collect();
                let fitting = results.iter().filter(|result| result.is_ok()).count();
                if fitting == 0 || (keyword == "oneOf" && fitting > 1) {
                    return wrong(&format!("fits {fitting} forms: {results:?}"));
                }
            }
            "items" | "properties" => validate_parts(document, keyword, rule, value, place)?,
            "additionalProperties" => {
                let known = |key: &String| schema["properties"].get(key).is_some();
                for (key, other) in value.as_object().into_iter().flatten().filter(|(key, _)| !known(key)) {
                    if rule.is_boolean() {
                        return wrong(&format!("has an unknown key {key}"));
                    }
                    validate(document, rule, other, &format!("{place}.{key}"))?;
                }
            }
            "required" => {
                let has = |key: &&Value| key.as_str().is_some_and(|key| value.get(key).is_some());
                if let Some(missing) = list().find(|key| value.is_object() && !has(key)) {
                    return wrong(&format!("has no {missing}"));
                }
            }
            "minProperties" | "maxProperties" => {
                let (count, bound) = (value.as_object().map_or(1, serde_json::Map::len) as u64, rule.as_u64());
                let is_wrong = if keyword == "minProperties" { Some(count) < bound } else { Some(count) > bound };
                if is_wrong {
                    return wrong(&format!("has {count} keys"));
                }
            }
            "minimum" if value.as_f64() < rule.as_f64() => return wrong("is too small"),
            "maximum" if value.as_f64() > rule.as_f64() => return wrong("is too large"),
            "const" | "enum" | "minimum" | "maximum" => {}
            note if NOTES.contains(&note) => {}
            unknown => panic!("{place}: this validator does not know the keyword {unknown}"),
        }
    }
    Ok(())
}

/// Checks the items of an array, or the properties of an object.
fn validate_parts(document: &Value, keyword: &str, rule: &Value, value: &Value, place: &str) -> Result<(), String> {
    if keyword == "items" {
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            validate(document, rule, item, &format!("{place}[{index}]"))?;
        }
        return Ok(());
    }
    for (key, schema) in rule.as_object().into_iter().flatten() {
        if let Some(property) = value.get(key) {
            validate(document, schema, property, &format!("{place}.{key}"))?;
        }
    }
    Ok(())
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[test]
fn wrong_values_are_found() {
    let document = serde_json::json!({"a": {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}, "e": {"enum": ["x"]}},
        "required": ["n"], "additionalProperties": false}});
    let schema = serde_json::json!({"oneOf": [{"type": "null"}, {"$ref": "#/a"}]});
    let is_valid = |text: &str| validate(&document, &schema, &serde_json::from_str(text).unwrap(), "it").is_ok();
    assert!(is_valid("null") && is_valid(r#"{"n": 1, "e": "x"}"#));
    for wrong in ["1", "{}", r#"{"n": 0}"#, r#"{"n": "1"}"#, r#"{"n": 1, "e": "y"}"#, r#"{"n": 1, "z": 1}"#, "[]"] {
        assert!(!is_valid(wrong), "{wrong}");
    }
}
