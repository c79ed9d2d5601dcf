//! Rule: names that the glossary replaced are not used again.
//!
//! A replaced name must not be the whole name of a type, module, function, field, setting, SQL column or flag. Parts of names and local
//! variables are free. A word that the glossary qualifies by role is a whole type name only in the crates that the glossary lists.

use super::glossary::{Ambiguous, Glossary};
use super::rust::{Source, items::ItemKind, lexer::Kind};
use super::{Finding, Project};

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &project.sources {
        check_source(&project.glossary, source, &mut findings);
    }
    for file in project.files {
        let names = match () {
            () if file.has_extension("sql") => columns(&file.text),
            () if file.has_extension("toml") && !file.path.ends_with("Cargo.toml") => keys(&file.text),
            () => Vec::new(),
        };
        for (kind, name, line) in names {
            let term = project.glossary.replaced.term(kind, name);
            findings.extend(term.map(|term| finding(&file.path, line, kind, name, term)));
        }
    }
    findings
}

fn check_source(glossary: &Glossary, source: &Source<'_>, findings: &mut Vec<Finding>) {
    let mut find = |kind: &str, name: &str, line: usize| {
        if let Some(term) = glossary.replaced.term(kind, name) {
            findings.push(finding(source.path, line, kind, name, term));
        } else if let Some(word) = ambiguous(glossary, source, kind, name) {
            let message = format!("the type `{name}` means several things; name it by its role: {}", word.instead);
            findings.push(Finding::new(source.path, line, message));
        }
    };
    find("module", source.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs"), 0);
    for (item, _) in source.all_items() {
        match item.kind {
            ItemKind::Module if item.body.is_some() => find("module", item.name, item.line),
            ItemKind::Function => find("function", item.name, item.line),
            _ if item.is_type() => find("type", item.name, item.line),
            _ => {}
        }
        for field in &item.fields {
            find("field", field.name, field.line);
        }
    }
    for token in source.tokens.iter().filter(|token| token.kind == Kind::Text) {
        if let Some(name) = setting(token.text.trim_matches('"')) {
            find("setting", &name, token.line);
        }
    }
}

fn finding(path: &str, line: usize, kind: &str, name: &str, term: &str) -> Finding {
    Finding::new(path, line, format!("the {kind} `{name}` has a name that the glossary replaced by {term}"))
}

fn ambiguous<'g>(glossary: &'g Glossary, source: &Source<'_>, kind: &str, name: &str) -> Option<&'g Ambiguous> {
    let word = glossary.ambiguous.iter().find(|word| kind == "type" && word.name == name && !source.is_test)?;
    let package = source.path.strip_prefix("crates/").and_then(|path| path.split('/').next())?;
    word.crates.iter().all(|own| own != package).then_some(word)
}

/// Returns the last part of the name of a setting: `settle` of `engine.settle` and of `WAXWING_SETTLE`.
fn setting(text: &str) -> Option<String> {
    if let Some(variable) = text.strip_prefix("WAXWING_") {
        return Some(variable.to_ascii_lowercase());
    }
    let (section, key) = text.split_once('.')?;
    let is_name = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    (is_name(section) && is_name(key) && key != "rs").then(|| key.to_owned())
}

/// Returns the tables, columns and views of an SQL file.
fn columns(text: &str) -> Vec<(&'static str, &str, usize)> {
    let mut names = Vec::new();
    let mut in_table = false;
    for (i, line) in text.lines().enumerate() {
        let mut words = line.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
        let first = words.next().unwrap_or_default();
        if first == "CREATE" {
            in_table = line.ends_with('(') && line.contains("TABLE");
            if let Some(name) = words.find(|word| word.chars().all(|c| c.is_lowercase() || c == '_')) {
                names.push(("SQL table", name, i + 1));
            }
        } else if line.starts_with(')') {
            in_table = false;
        } else if in_table
            && first.chars().all(|c| c.is_lowercase() || c == '_')
            && !line.trim_start().starts_with("--")
        {
            names.push(("SQL column", first, i + 1));
        }
    }
    names
}

/// Returns the keys of a TOML file, including keys in comments.
fn keys(text: &str) -> Vec<(&'static str, &str, usize)> {
    let key = |(i, line): (usize, &'_ str)| {
        let (key, _) = line.split_once(" = ")?;
        let start = line.len() - line.trim_start_matches(['#', ' ']).len();
        let key = key.get(start..)?.trim();
        key.chars().all(|c| c.is_ascii_lowercase() || c == '_').then_some((i, start, key.len()))
    };
    text.lines()
        .enumerate()
        .filter_map(|(i, line)| {
            key((i, line)).map(|(i, start, length)| ("setting", &line[start..start + length], i + 1))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::tidy::tests::check_rule;

    const GLOSSARY: &str = "| term | meaning | replaces |\n|---|---|---|\n| rate limit | | `gate`, `Pass`, `Store::settle`, `hand.rs`, `and_*` |\n\n\
        | word | alone | by role |\n|---|---|---|\n| `Event` | `waxwing-b` | `WebhookEvent` |\n";

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        check_rule(super::check, &[("docs/glossary.md", GLOSSARY), (path, text)], expected);
    }

    #[test]
    fn whole_names() {
        check("a/src/lib.rs", "struct Pass;", &["a/src/lib.rs:1: the type `Pass`"]);
        check("a/src/lib.rs", "trait A { fn settle(); }", &["the function `settle`"]);
        check("a/src/lib.rs", "enum A { B { gate: u8 } }", &["the field `gate`"]);
        check("a/src/gate.rs", "", &["the module `gate`"]);
        check("a/src/hand.rs", "fn hand() {}", &["the module `hand`"]);
        check("a/src/lib.rs", "fn and_text() {}", &["the function `and_text`"]);
    }

    #[test]
    fn parts_variables_and_variants_are_free() {
        check("a/src/lib.rs", "struct GatePass { gate_a: u8 } enum A { Pass } fn a() { let gate = 1; }", &[]);
    }

    #[test]
    fn settings_and_flags() {
        check("a/src/lib.rs", "const A: &str = \"engine.gate\";", &["the setting `gate`"]);
        check("a/src/lib.rs", "const A: &str = \"WAXWING_GATE\";", &["the setting `gate`"]);
        check("a/src/lib.rs", "const A: &str = \"the gate. gate\";", &[]);
        check("waxwing.example.toml", "[a]\n# gate = 1\nb_gate = 2", &["waxwing.example.toml:2: the setting `gate`"]);
    }

    #[test]
    fn columns() {
        let sql = "CREATE TABLE a (\n    -- gate\n    gate TEXT,\n    gate_b TEXT\n) STRICT;\nCREATE TABLE gate (\n    b TEXT\n);";
        check("a/b.sql", sql, &["a/b.sql:3: the SQL column `gate`", "a/b.sql:6: the SQL table `gate`"]);
    }

    #[test]
    fn words_with_several_meanings_need_a_role() {
        check(
            "crates/waxwing-a/src/lib.rs",
            "struct Event; struct WebhookEvent;",
            &["the type `Event` means several things"],
        );
        check("crates/waxwing-b/src/lib.rs", "struct Event; fn event() {}", &[]);
    }
}
