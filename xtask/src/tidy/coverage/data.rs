//! Rows of the page, read from `docs/coverage.toml`.

use toml::{Table, Value};

/// Content of the file.
#[derive(Debug)]
pub(super) struct Data {
    pub(super) parts: Vec<Part>,
    pub(super) codes: Codes,
}

/// Part of the page with one table.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) title: String,
    /// Text before the table.
    pub(super) text: String,
    pub(super) rows: Vec<Row>,
    pub(super) not_yet: Vec<Missing>,
    /// Enums, each variant of which has a row: `waxwing-types OutboundContent`.
    pub(super) variants: Vec<String>,
    /// Files whose routes have rows.
    pub(super) routes: Vec<String>,
    /// Files whose `match` has keys that have rows.
    pub(super) keys: Vec<String>,
}

/// Row of a table.
#[derive(Debug)]
pub(super) struct Row {
    /// Meta's name.
    pub(super) name: String,
    /// Section of the facts.
    pub(super) facts: String,
    /// Public item that supports it: `waxwing-types OutboundContent::Text`.
    pub(super) item: String,
    /// Test: a file and a name in it.
    pub(super) test: String,
}

/// Row for something that is not supported yet.
#[derive(Debug)]
pub(super) struct Missing {
    pub(super) name: String,
    pub(super) facts: String,
    pub(super) reason: String,
}

/// Source of the error codes.
#[derive(Debug)]
pub(super) struct Codes {
    /// File with the table.
    pub(super) table: String,
    /// Test of the whole table.
    pub(super) test: String,
    /// First code of an entry, with a test of its own.
    pub(super) tests: Vec<(String, String)>,
}

impl Data {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let table: Table = text.parse().map_err(|error| format!("{error}"))?;
        let parts = table.get("part").and_then(Value::as_array).ok_or("needs tables `[[part]]`")?;
        let parts = parts.iter().map(|part| Part::read(part.as_table().ok_or("`part` must be a table")?));
        let codes = table.get("codes").and_then(Value::as_table).ok_or("needs a table `[codes]`")?;
        let tests = codes.get("tests").and_then(Value::as_table).into_iter().flatten();
        let tests = tests.filter_map(|(code, test)| Some((code.clone(), test.as_str()?.to_owned())));
        Ok(Self {
            parts: parts.collect::<Result<_, String>>()?,
            codes: Codes { table: text_of(codes, "table")?, test: text_of(codes, "test")?, tests: tests.collect() },
        })
    }
}

impl Part {
    fn read(table: &Table) -> Result<Self, String> {
        let rows = rows(table, "rows")?.into_iter();
        let rows = rows.map(|[name, facts, item, test]| Row { name, facts, item, test });
        let not_yet = self::rows(table, "not_yet")?.into_iter();
        let not_yet = not_yet.map(|[name, facts, reason]| Missing { name, facts, reason });
        Ok(Self {
            title: text_of(table, "title")?,
            text: text_of(table, "text")?,
            rows: rows.collect(),
            not_yet: not_yet.collect(),
            variants: texts(table.get("variants")),
            routes: texts(table.get("routes")),
            keys: texts(table.get("keys")),
        })
    }
}

fn text_of(table: &Table, key: &str) -> Result<String, String> {
    table.get(key).and_then(Value::as_str).map(str::to_owned).ok_or_else(|| format!("`{key}` must be a text"))
}

fn texts(value: Option<&Value>) -> Vec<String> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn rows<const N: usize>(table: &Table, key: &str) -> Result<Vec<[String; N]>, String> {
    let rows = table.get(key).and_then(Value::as_array).into_iter().flatten();
    let rows = rows.map(|row| {
        texts(Some(row))
            .try_into()
            .map_err(|row| format!("a row of `{key}` needs {N} texts, and this one differs: {row:?}"))
    });
    rows.collect()
}
