//! The shape of a file: which keys there are, and what their values look like.
//!
//! The JSON schema that editors go by is what the file is checked with, so the two cannot differ. Only what occurs in our own schema is understood.

use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::document::{below, item};
use crate::problem::{Report, listed, meant, there_are};

/// A JSON schema, or a part of one, with the definitions that it refers to.
#[derive(Clone, Copy)]
pub(crate) struct Shape<'a> {
    schema: &'a Value,
    definitions: &'a Value,
}

impl<'a> Shape<'a> {
    /// A whole schema.
    pub(crate) fn new(schema: &'a Value) -> Self {
        Self { schema, definitions: &schema["$defs"] }
    }

    /// The shape of a table's key; that of any key, where it has no shape of its own.
    pub(crate) fn key(self, key: &str) -> Option<Self> {
        let shape = self.resolved();
        let schema = shape.properties().and_then(|properties| properties.get(key));
        schema.or_else(|| shape.any_key()).map(|schema| Self { schema, ..self })
    }

    /// The names of a table's keys, those that may have any name left out.
    pub(crate) fn keys(self) -> impl Iterator<Item = &'a str> {
        self.resolved().properties().into_iter().flat_map(Map::keys).map(String::as_str)
    }

    /// Checks a value.
    pub(crate) fn check(self, value: &Spanned<DeValue<'_>>, path: &str, report: &mut Report<'_>) {
        let options = self.options();
        let found = kind_of(value.get_ref());
        let kinds = options.iter().flat_map(|option| option.kinds()).collect::<Vec<_>>();
        if !kinds.iter().any(|kind| kind.takes(found)) {
            return report.error(path, format!("must be {}, not {}", alternatives(&kinds), found.name()));
        }
        let fitting: Vec<_> = options.into_iter().filter(|option| option.takes(found)).collect();
        match value.get_ref() {
            DeValue::String(text) => check_text(&fitting, text, path, report),
            DeValue::Integer(_) | DeValue::Float(_) => check_number(&fitting, value.get_ref(), path, report),
            DeValue::Array(values) => {
                let items = fitting[0].schema.get("items").map(|schema| Self { schema, ..self });
                for (nth, value) in values.iter().enumerate() {
                    items.inspect(|items| items.check(value, &item(path, nth), report));
                }
            }
            DeValue::Table(table) => match variant(&fitting, table) {
                Ok(option) => option.check_table(table, path, report),
                Err(wrong) => report.error(&below(path, "kind"), wrong),
            },
            DeValue::Boolean(_) | DeValue::Datetime(_) => {}
        }
    }

    fn check_table(self, table: &DeTable<'_>, path: &str, report: &mut Report<'_>) {
        for (key, value) in table {
            let path = below(path, key.get_ref());
            if let Some(shape) = self.key(key.get_ref()).filter(|shape| self.is_meant(key.get_ref(), *shape, value)) {
                shape.check(value, &path, report);
            } else {
                report.key_error(&path, self.unknown("key", key.get_ref()));
            }
        }
        for key in self.required().filter(|key| !table.contains_key(*key)) {
            report.key_error(path, format!("`{key}` is missing"));
        }
    }

    /// False for a key that is no name, but one of the fixed keys that was mistyped: what stands there is nothing that a name could stand for.
    fn is_meant(self, key: &str, shape: Self, value: &Spanned<DeValue<'_>>) -> bool {
        let is_fixed = |properties: &Map<_, _>| properties.is_empty() || properties.contains_key(key);
        let found = kind_of(value.get_ref());
        self.resolved().properties().is_none_or(is_fixed) || shape.options().iter().any(|option| option.takes(found))
    }

    /// What is said of a key that does not exist.
    pub(crate) fn unknown(self, what: &str, key: &str) -> String {
        match meant(key, self.keys()) {
            Some(name) => format!("unknown {what} `{key}`; did you mean `{name}`?"),
            None if self.keys().count() > 15 => format!("unknown {what} `{key}`; docs/configuration.md lists all"),
            None => format!("unknown {what} `{key}`; {}", there_are(self.keys())),
        }
    }

    /// The schemas of which a value has to fit one.
    fn options(self) -> Vec<Self> {
        let shape = self.resolved();
        let parts = ["anyOf", "oneOf"].into_iter().find_map(|key| shape.schema.get(key).and_then(Value::as_array));
        let Some(parts) = parts else { return vec![shape] };
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

    fn kinds(self) -> Vec<Kind> {
        let names = match self.schema.get("type") {
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(name)) => vec![name.as_str()],
            _ => Vec::new(),
        };
        names.into_iter().filter_map(Kind::of).collect()
    }

    fn takes(self, found: Kind) -> bool {
        self.kinds().iter().any(|kind| kind.takes(found))
    }

    /// The words that a text must be one of, if it must.
    fn words(self) -> Option<Vec<&'a str>> {
        if let Some(word) = self.schema.get("const").and_then(Value::as_str) {
            return Some(vec![word]);
        }
        let words = self.schema.get("enum").and_then(Value::as_array)?;
        Some(words.iter().filter_map(Value::as_str).collect())
    }
}

/// The one of several tables that is meant: their key `kind` tells them apart, and the first is meant where it is missing.
fn variant<'a>(options: &[Shape<'a>], table: &DeTable<'_>) -> Result<Shape<'a>, String> {
    let [first, _, ..] = options else { return Ok(options[0]) };
    let Some(DeValue::String(kind)) = table.get("kind").map(Spanned::get_ref) else { return Ok(*first) };
    let words = |option: &Shape<'a>| option.key("kind").and_then(|kind| kind.options()[0].words()).unwrap_or_default();
    let found = options.iter().find(|option| words(option).contains(&kind.as_ref()));
    found.copied().ok_or_else(|| unknown_word(options.iter().flat_map(words)))
}

fn check_text(options: &[Shape<'_>], text: &str, path: &str, report: &mut Report<'_>) {
    let words: Option<Vec<_>> = options.iter().map(|option| option.words()).collect();
    let Some(words) = words.map(|words| words.concat()) else { return };
    if !words.contains(&text) {
        report.error(path, unknown_word(words));
    }
}

/// Does not repeat what was written: it may be a variable's value.
fn unknown_word<'n>(words: impl IntoIterator<Item = &'n str>) -> String {
    format!("must be one of {}", listed(words).replace(" and ", " or "))
}

fn check_number(options: &[Shape<'_>], value: &DeValue<'_>, path: &str, report: &mut Report<'_>) {
    let number = match value {
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok().map(as_float),
        DeValue::Float(number) => number.as_str().parse().ok(),
        _ => None,
    };
    let limit = |key: &str| options.iter().find_map(|option| option.schema.get(key).and_then(Value::as_f64));
    match (number, limit("minimum"), limit("maximum")) {
        (None, _, _) => report.error(path, "is too large a number"),
        (Some(number), Some(least), _) if number < least => report.error(path, format!("must be {least} at least")),
        (Some(number), _, Some(most)) if number > most => report.error(path, format!("must be {most} at most")),
        _ => {}
    }
}

#[expect(clippy::cast_precision_loss, reason = "only compared with limits that a float holds exactly")]
fn as_float(number: i64) -> f64 {
    number as f64
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Whole,
    Number,
    Truth,
    List,
    Table,
    Date,
}

impl Kind {
    /// By its name in JSON schemas.
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "string" => Self::Text,
            "integer" => Self::Whole,
            "number" => Self::Number,
            "boolean" => Self::Truth,
            "array" => Self::List,
            "object" => Self::Table,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Whole => "a whole number",
            Self::Number => "a number",
            Self::Truth => "true or false",
            Self::List => "a list",
            Self::Table => "a table",
            Self::Date => "a date",
        }
    }

    fn takes(self, found: Self) -> bool {
        self == found || self == Self::Number && found == Self::Whole
    }
}

fn kind_of(value: &DeValue<'_>) -> Kind {
    match value {
        DeValue::String(_) => Kind::Text,
        DeValue::Integer(_) => Kind::Whole,
        DeValue::Float(_) => Kind::Number,
        DeValue::Boolean(_) => Kind::Truth,
        DeValue::Datetime(_) => Kind::Date,
        DeValue::Array(_) => Kind::List,
        DeValue::Table(_) => Kind::Table,
    }
}

fn alternatives(kinds: &[Kind]) -> String {
    let mut names: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
    names.dedup();
    names.join(" or ")
}
