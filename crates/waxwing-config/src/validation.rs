//! Validation of a file with its JSON schema.
//!
//! Editors use the same schema, so messages of editors and of Waxwing agree. The module supports the features that the schema of the file
//! uses.

mod mismatch;

use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::key_path::{child, item};
use crate::misplaced_key::misplaced_key;
use crate::report::ProblemReport;
use crate::suggestion::{any_of, most_similar};

/// Most keys that an error message lists.
const MAX_LISTED_KEYS: usize = 24;

/// A JSON schema or a part of it, with the definitions that it refers to.
#[derive(Clone, Copy)]
pub(crate) struct SchemaNode<'a> {
    schema: &'a Value,
    definitions: &'a Value,
}

impl<'a> SchemaNode<'a> {
    /// Returns the root of a schema.
    pub(crate) fn new(schema: &'a Value) -> Self {
        Self { schema, definitions: &schema["$defs"] }
    }

    /// Returns the schema of a key of a table.
    pub(crate) fn key(self, key: &str) -> Option<Self> {
        let node = self.resolved();
        let schema = node.properties().and_then(|properties| properties.get(key));
        schema.or_else(|| node.any_key()).map(|schema| Self { schema, ..self })
    }

    /// Returns the fixed keys of a table.
    pub(crate) fn keys(self) -> impl Iterator<Item = &'a str> {
        self.resolved().properties().into_iter().flat_map(Map::keys).map(String::as_str)
    }

    /// Validates a value, and reports all errors.
    pub(crate) fn validate(self, value: &Spanned<DeValue<'_>>, path: &str, report: &mut ProblemReport<'_>) {
        let options = self.options();
        if options.iter().any(|option| option.allows_everything()) {
            return;
        }
        let found = type_of(value.get_ref());
        let types = options.iter().flat_map(|option| option.types()).collect::<Vec<_>>();
        if !types.iter().any(|kind| kind.accepts(found)) {
            return report.error(path, mismatch::message(&options, &types, value.get_ref(), path));
        }
        let matching: Vec<_> = options.into_iter().filter(|option| option.accepts(found)).collect();
        match value.get_ref() {
            DeValue::String(text) => validate_string(&matching, text, path, report),
            DeValue::Integer(_) | DeValue::Float(_) => validate_number(&matching, value.get_ref(), path, report),
            DeValue::Array(values) => {
                let items = matching[0].schema.get("items").map(|schema| Self { schema, ..self });
                for (nth, value) in values.iter().enumerate() {
                    items.inspect(|items| items.validate(value, &item(path, nth), report));
                }
            }
            DeValue::Table(table) => match variant(&matching, table) {
                Ok(option) => option.validate_table(table, path, report),
                Err(wrong) => report.error(&child(path, "kind"), wrong),
            },
            DeValue::Boolean(_) | DeValue::Datetime(_) => {}
        }
    }

    fn validate_table(self, table: &DeTable<'_>, path: &str, report: &mut ProblemReport<'_>) {
        for (key, value) in table {
            let path = child(path, key.get_ref());
            if let Some(node) = self.key(key.get_ref()).filter(|node| self.is_intended(key.get_ref(), *node, value)) {
                node.validate(value, &path, report);
            } else {
                let misplaced = misplaced_key(&path, table, self.definitions);
                report.key_error(&path, misplaced.unwrap_or_else(|| self.unknown_key("key", key.get_ref())));
            }
        }
        for key in self.required().filter(|key| !table.contains_key(*key)) {
            report.key_error(path, format!("`{key}` is missing; add it"));
        }
    }

    /// Returns false for a mistyped fixed key in a table that also has free names: the value does not have the type of an entry.
    fn is_intended(self, key: &str, node: Self, value: &Spanned<DeValue<'_>>) -> bool {
        let is_fixed = |properties: &Map<_, _>| properties.is_empty() || properties.contains_key(key);
        let found = type_of(value.get_ref());
        self.resolved().properties().is_none_or(is_fixed) || node.options().iter().any(|option| option.accepts(found))
    }

    /// Returns the message for an unknown key. `kind` is the word for the key.
    pub(crate) fn unknown_key(self, kind: &str, key: &str) -> String {
        let is_long = self.keys().count() > MAX_LISTED_KEYS;
        match most_similar(key, self.keys()) {
            Some(name) => format!("unknown {kind} `{key}`; did you mean `{name}`?"),
            None if is_long => format!("unknown {kind} `{key}`; see docs/configuration.md for all keys"),
            None => format!("unknown {kind} `{key}`; choose {}", any_of(self.keys())),
        }
    }

    /// Returns the alternatives of which a value must match one.
    fn options(self) -> Vec<Self> {
        let node = self.resolved();
        let parts = ["anyOf", "oneOf"].into_iter().find_map(|key| node.schema.get(key).and_then(Value::as_array));
        let Some(parts) = parts else { return vec![node] };
        let options = parts.iter().flat_map(|schema| Self { schema, ..self }.options());
        options.filter(|option| option.schema.get("type").is_none_or(|kind| kind != "null")).collect()
    }

    fn resolved(self) -> Self {
        let name = self.schema.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix("#/$defs/"));
        match name {
            Some(name) => Self { schema: &self.definitions[name], ..self }.resolved(),
            None => self,
        }
    }

    fn properties(self) -> Option<&'a Map<String, Value>> {
        self.schema.get("properties").and_then(Value::as_object)
    }

    fn any_key(self) -> Option<&'a Value> {
        self.schema.get("additionalProperties").filter(|schema| schema.is_object())
    }

    fn required(self) -> impl Iterator<Item = &'a str> {
        self.schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }

    /// Returns true for a schema without conditions.
    fn allows_everything(self) -> bool {
        self.schema.as_object().is_some_and(Map::is_empty)
    }

    fn types(self) -> Vec<ValueType> {
        let names = match self.schema.get("type") {
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(name)) => vec![name.as_str()],
            _ => Vec::new(),
        };
        names.into_iter().filter_map(ValueType::of).collect()
    }

    fn accepts(self, found: ValueType) -> bool {
        self.types().iter().any(|kind| kind.accepts(found))
    }

    /// Returns the allowed strings, if only some strings are allowed.
    fn allowed_strings(self) -> Option<Vec<&'a str>> {
        if let Some(only) = self.schema.get("const").and_then(Value::as_str) {
            return Some(vec![only]);
        }
        let strings = self.schema.get("enum").and_then(Value::as_array)?;
        Some(strings.iter().filter_map(Value::as_str).collect())
    }
}

/// Returns the table that the key `kind` selects. The first table is the default.
fn variant<'a>(options: &[SchemaNode<'a>], table: &DeTable<'_>) -> Result<SchemaNode<'a>, String> {
    let [first, _, ..] = options else { return Ok(options[0]) };
    let Some(DeValue::String(kind)) = table.get("kind").map(Spanned::get_ref) else { return Ok(*first) };
    let allowed = |option: &SchemaNode<'a>| {
        option.key("kind").and_then(|kind| kind.options()[0].allowed_strings()).unwrap_or_default()
    };
    let found = options.iter().find(|option| allowed(option).contains(&kind.as_ref()));
    found.copied().ok_or_else(|| not_allowed(options.iter().flat_map(allowed)))
}

fn validate_string(options: &[SchemaNode<'_>], text: &str, path: &str, report: &mut ProblemReport<'_>) {
    let allowed: Option<Vec<_>> = options.iter().map(|option| option.allowed_strings()).collect();
    let Some(allowed) = allowed.map(|allowed| allowed.concat()) else { return };
    if !allowed.contains(&text) {
        report.error(path, not_allowed(allowed));
    }
}

/// Returns the message for a string that is not allowed. The message does not repeat the string, which may be the value of a variable.
fn not_allowed<'n>(allowed: impl IntoIterator<Item = &'n str>) -> String {
    format!("must be one of {}", any_of(allowed))
}

fn validate_number(options: &[SchemaNode<'_>], value: &DeValue<'_>, path: &str, report: &mut ProblemReport<'_>) {
    let number = match value {
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok().map(as_float),
        DeValue::Float(number) => number.as_str().parse().ok(),
        _ => None,
    };
    let limit = |key: &str| options.iter().find_map(|option| option.schema.get(key).and_then(Value::as_f64));
    match (number, limit("minimum"), limit("maximum")) {
        (None, _, _) => report.error(path, "is too large; use a smaller number"),
        (Some(number), Some(least), _) if number < least => report.error(path, format!("must be at least {least}")),
        (Some(number), _, Some(most)) if number > most => report.error(path, format!("must be at most {most}")),
        _ => {}
    }
}

#[expect(clippy::cast_precision_loss, reason = "the result is compared with limits that a float represents exactly")]
fn as_float(number: i64) -> f64 {
    number as f64
}

/// Type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ValueType {
    String,
    Integer,
    Number,
    Boolean,
    Array,
    Table,
    Date,
}

impl ValueType {
    /// Returns the type with this name in JSON schemas.
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "string" => Self::String,
            "integer" => Self::Integer,
            "number" => Self::Number,
            "boolean" => Self::Boolean,
            "array" => Self::Array,
            "object" => Self::Table,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::String => "a string",
            Self::Integer => "an integer",
            Self::Number => "a number",
            Self::Boolean => "a boolean",
            Self::Array => "an array",
            Self::Table => "a table",
            Self::Date => "a date",
        }
    }

    fn accepts(self, found: Self) -> bool {
        self == found || self == Self::Number && found == Self::Integer
    }
}

fn type_of(value: &DeValue<'_>) -> ValueType {
    match value {
        DeValue::String(_) => ValueType::String,
        DeValue::Integer(_) => ValueType::Integer,
        DeValue::Float(_) => ValueType::Number,
        DeValue::Boolean(_) => ValueType::Boolean,
        DeValue::Datetime(_) => ValueType::Date,
        DeValue::Array(_) => ValueType::Array,
        DeValue::Table(_) => ValueType::Table,
    }
}
