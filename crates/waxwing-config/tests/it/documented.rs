//! Agreement of `docs/configuration.md` with the schema.

use serde_json::{Map, Value};
use waxwing_config::schema;

/// Collects the rows of the page for the keys of a table, and of the tables in it.
fn rows(shape: &Value, path: &str, rows: &mut Vec<String>) {
    for table in tables(shape) {
        let required: Vec<_> =
            table.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        for (key, value) in table["properties"].as_object().unwrap_or(&Map::new()) {
            let path = format!("{path}.{key}");
            let description = value["description"].as_str().unwrap_or_else(|| panic!("{path} has no description"));
            let required = if required.contains(&key.as_str()) { " **Required.**" } else { "" };
            rows.push(format!("| `{path}` | {description}{required} |"));
            self::rows(value, &path, rows);
        }
        if let Some(any) = table.get("additionalProperties").filter(|any| any.is_object()) {
            self::rows(any, &format!("{path}.NAME"), rows);
        }
        if let Some(items) = table.get("items") {
            self::rows(items, &format!("{path}[]"), rows);
        }
    }
}

/// Returns the tables that are allowed at a place.
fn tables(shape: &Value) -> Vec<&Value> {
    let options = ["anyOf", "oneOf"].into_iter().find_map(|key| shape.get(key)?.as_array());
    match (shape.get("$ref").and_then(Value::as_str), options) {
        (Some(name), _) => tables(&schema()["$defs"][name.rsplit('/').next().unwrap()]),
        (None, Some(options)) => options.iter().flat_map(tables).collect(),
        (None, None) => vec![shape],
    }
}

#[test]
fn every_key_is_on_the_page() {
    let page = include_str!("../../../../docs/configuration.md");
    let settings = include_str!("../../../../docs/settings.md");
    let mut missing = Vec::new();
    for (section, shape) in schema()["properties"].as_object().unwrap() {
        let mut found = Vec::new();
        rows(shape, section, &mut found);
        // Settings are on their own page, and the messages of other languages have the same keys.
        let is_setting = |row: &str| settings.contains(&row[2..=row.rfind("` | ").unwrap()]);
        found.retain(|row| !page.contains(row) && !is_setting(row) && !row.starts_with("| `messages.NAME."));
        missing.extend(found);
        assert!(page.contains(&format!("[{section}")), "the page has no section [{section}]");
    }
    assert!(missing.is_empty(), "docs/configuration.md lacks\n{}", missing.join("\n"));
}

#[test]
fn every_key_on_the_page_exists() {
    let page = include_str!("../../../../docs/configuration.md");
    let mut there = Vec::new();
    for (section, shape) in schema()["properties"].as_object().unwrap() {
        rows(shape, section, &mut there);
    }
    for row in page.lines().filter(|line| line.starts_with("| `") && line.contains('.')) {
        assert!(there.iter().any(|there| there == row), "{row}");
    }
}
