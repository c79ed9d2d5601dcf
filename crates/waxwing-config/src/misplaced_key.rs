//! Keys of an agent that belong to its model.

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::lines_to_write::with_lines;
use crate::model_lines::{entry_name, key_variable, model_lines};

/// Returns the message for the unknown key at `path` in the table of an agent or a team, if the key belongs to the model of the agent or to its
/// `parameters`. `definitions` are those of the schema.
pub(crate) fn misplaced_key(path: &str, table: &DeTable<'_>, definitions: &Value) -> Option<String> {
    let keys: Vec<_> = path.split('.').collect();
    // A key above all agents is in the section itself.
    let (["agents" | "teams", _, key] | ["agents" | "teams", key]) = keys[..] else { return None };
    if table.get("kind").is_some_and(|kind| kind.get_ref().as_str() != Some("llm")) {
        return None;
    }
    let has = |section: &str| definitions[section]["properties"].get(key).is_some();
    if has("ModelParameters") {
        let value = table.get(key).and_then(|value| number(value.get_ref())).unwrap_or("..");
        let line = format!("parameters = {{ {key} = {value} }}");
        return Some(with_lines(&format!("`{key}` is a parameter of the model"), [line]));
    }
    if !has("ModelSection") {
        return None;
    }
    let model = table.get("model").map(Spanned::get_ref).and_then(DeValue::as_str).unwrap_or("NAME");
    let lines = model_lines(model).unwrap_or_else(|| {
        let value = if key == "api_key" { format!("\"${{{}}}\"", key_variable(model)) } else { "..".to_owned() };
        vec![format!("[models.{}]", entry_name(model)), format!("{key} = {value}")]
    });
    Some(with_lines(&format!("`{key}` belongs to the model, not to the agent"), lines))
}

fn number<'v>(value: &'v DeValue<'_>) -> Option<&'v str> {
    match value {
        DeValue::Integer(number) => Some(number.as_str()),
        DeValue::Float(number) => Some(number.as_str()),
        _ => None,
    }
}
