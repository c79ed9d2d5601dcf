//! Messages about values of a wrong type.

use serde_json::Value;
use toml::de::DeValue;

use super::{SchemaNode, ValueType, type_of};
use crate::key_path::last_key;
use crate::lines_to_write::{assignment, with_lines};

/// Returns the message about the value at a path, which has none of `types`. `options` are the schemas of the key.
pub(super) fn message(options: &[SchemaNode<'_>], types: &[ValueType], value: &DeValue<'_>, path: &str) -> String {
    let found = type_of(value).name();
    let plain = format!("must be {}, not {found}", alternatives(types));
    let written = match value {
        DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
        DeValue::Float(number) => number.as_str(),
        _ => return plain,
    };
    if types.iter().any(|kind| *kind != ValueType::String) {
        return plain;
    }
    if options.iter().any(|option| option.is_duration()) {
        return with_lines(
            &format!("must be a time with its unit, not {found}"),
            [assignment(path, &format!("{written}s"))],
        );
    }
    let quotes = if last_key(path).is_some() { "must be a string in quotes" } else { "must be strings in quotes" };
    with_lines(&format!("{quotes}, not {found}"), [assignment(path, written)])
}

impl SchemaNode<'_> {
    /// Returns true for the schema of a duration.
    fn is_duration(self) -> bool {
        let first = |examples: &Value| examples.get(0).and_then(Value::as_str).map(str::to_owned);
        self.schema.get("examples").and_then(first).is_some_and(|example| example == crate::values::DURATION_EXAMPLE)
    }
}

fn alternatives(types: &[ValueType]) -> String {
    let mut names: Vec<_> = types.iter().map(|kind| kind.name()).collect();
    names.dedup();
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => names.concat(),
    }
}
