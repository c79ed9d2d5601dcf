//! Rule: `docs/coverage.md` is up to date.
//!
//! The items, tests and facts that it names exist. The rows are data in `docs/coverage.toml`. `cargo xtask coverage` writes the page.

mod codes;
mod data;
mod evidence;
mod page;

use super::{Finding, Project};
use data::{Data, Part};
use evidence::Evidence;

pub(super) const PAGE: &str = "docs/coverage.md";
const DATA: &str = "docs/coverage.toml";

/// Largest number of rows that are not supported yet.
const MOST_MISSING: usize = 15;

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let Some(file) = project.files.iter().find(|file| file.path == DATA) else { return Vec::new() };
    let data = match Data::parse(&file.text) {
        Ok(data) => data,
        Err(message) => return vec![Finding::new(DATA, 0, message)],
    };
    let evidence = Evidence::new(project);
    let mut messages = Vec::new();
    for part in &data.parts {
        messages.extend(part_problems(&evidence, part));
        messages.extend(missing_names(&evidence, &data, part));
    }
    messages.extend(codes::problems(&evidence, &data.codes));
    let missing: usize = data.parts.iter().map(|part| part.not_yet.len()).sum();
    if missing > MOST_MISSING {
        messages.push(format!("{missing} rows are not supported yet, more than {MOST_MISSING}"));
    }
    let is_complete = messages.is_empty();
    let mut findings: Vec<_> = messages.into_iter().map(|message| Finding::new(DATA, 0, message)).collect();
    let is_stale = || {
        project
            .files
            .iter()
            .find(|file| file.path == PAGE)
            .is_none_or(|file| file.text != page::write(&evidence, &data))
    };
    if is_complete && is_stale() {
        findings.push(Finding::new(PAGE, 0, "is out of date; run `cargo xtask coverage`"));
    }
    findings
}

/// Returns the text of the page, also if a row names what does not exist.
pub(super) fn page(project: &Project<'_>) -> Result<String, String> {
    let file = project.files.iter().find(|file| file.path == DATA).ok_or_else(|| format!("there is no {DATA}"))?;
    Ok(page::write(&Evidence::new(project), &Data::parse(&file.text)?))
}

fn part_problems(evidence: &Evidence<'_, '_>, part: &Part) -> Vec<String> {
    let mut problems = Vec::new();
    for row in &part.rows {
        let name = &row.name;
        if evidence.section(&row.facts).is_none() {
            problems.push(format!("{name}: the facts have no section {}", row.facts));
        }
        if evidence.item(&row.item).is_none() {
            problems.push(format!("{name}: there is no public item `{}`", row.item));
        }
        if !evidence.is_tested(&row.test) {
            problems.push(format!("{name}: there is no test `{}`", row.test));
        }
    }
    for row in part.not_yet.iter().filter(|row| evidence.section(&row.facts).is_none()) {
        problems.push(format!("{}: the facts have no section {}", row.name, row.facts));
    }
    for type_ in &part.variants {
        for variant in evidence.variants(type_) {
            let item = format!("{type_}::{variant}");
            if !part.rows.iter().any(|row| row.item == item) {
                problems.push(format!("{}: a row for `{item}` is missing", part.title));
            }
        }
    }
    problems
}

/// Returns the routes and keys of a part that no row of the page names.
fn missing_names(evidence: &Evidence<'_, '_>, data: &Data, part: &Part) -> Vec<String> {
    let rows = data.parts.iter().flat_map(|part| &part.rows).map(|row| &row.name);
    let missing = data.parts.iter().flat_map(|part| &part.not_yet).map(|row| &row.name);
    let names: Vec<_> = rows.chain(missing).flat_map(|name| name.split(['`', ' ', '?'])).collect();
    let mut problems = Vec::new();
    let routes = part.routes.iter().flat_map(|path| evidence.routes(path));
    for route in routes.filter(|route| !names.iter().any(|name| name.ends_with(route))) {
        problems.push(format!("{}: a row for the path `{route}` is missing", part.title));
    }
    let keys = part.keys.iter().flat_map(|path| evidence.match_keys(path));
    for key in keys.filter(|key| !names.contains(key)) {
        problems.push(format!("{}: a row for `{key}` is missing", part.title));
    }
    problems
}

#[cfg(test)]
mod tests {
    use crate::tidy::tests::check_rule;

    const DATA: &str = r#"
[[part]]
title = "Messages"
text = "All of them."
variants = ["waxwing-a Kind"]
routes = ["crates/waxwing-a/src/graph.rs"]
keys = ["crates/waxwing-a/src/graph.rs"]
rows = [["`text`, `GET /{a}/flows` and `security`", "1.2", "waxwing-a Kind::Text", "tests/it/a.rs texts_arrive"]]

[codes]
table = "crates/waxwing-a/src/codes.rs"
test = "tests/it/a.rs texts_arrive"
"#;
    const KIND: &str = "pub enum Kind {\n #[serde(rename = \"T\")]\n Text(Body),\n}";
    const GRAPH: &str = r#"fn a() { r("/{version}/{id}/flows"); match b { "security" => c } }"#;
    const CODES: &str = r#"const TABLE: &[C] = &[passing(A, 1_000, "busy").to(1_002), blocked(3, "gone")];"#;
    const FACTS: &str = "## 1.2 Types of messages\n\nSources: Meta: a, 2026.\n";

    #[track_caller]
    fn check(data: &str, kind: &str, graph: &str, test: &str, expected: &[&str]) {
        let files = [
            ("docs/coverage.toml", data),
            ("docs/coverage.md", "old"),
            ("docs/cloud-api-facts.md", FACTS),
            ("crates/waxwing-a/src/kind.rs", kind),
            ("crates/waxwing-a/src/graph.rs", graph),
            ("crates/waxwing-a/src/codes.rs", CODES),
            ("tests/it/a.rs", test),
        ];
        check_rule(super::check, &files, expected);
    }

    const TEST: &str = "#[test] fn texts_arrive() {}";

    #[test]
    fn a_stale_page_is_found() {
        check(DATA, KIND, GRAPH, TEST, &["docs/coverage.md: is out of date"]);
    }

    #[test]
    fn a_written_page_passes() {
        let file = |path: &str, text: &str| crate::tidy::File { path: path.to_owned(), text: text.to_owned() };
        let mut files = vec![
            file("docs/coverage.toml", DATA),
            file("docs/cloud-api-facts.md", FACTS),
            file("crates/waxwing-a/src/kind.rs", KIND),
            file("crates/waxwing-a/src/graph.rs", GRAPH),
            file("crates/waxwing-a/src/codes.rs", CODES),
            file("tests/it/a.rs", TEST),
        ];
        let page = super::page(&crate::tidy::Project::new(&files)).unwrap();
        assert!(page.contains("[`Kind::Text`](../crates/waxwing-a/src/kind.rs)"), "{page}");
        assert!(page.contains("| 1000 to 1002 | busy |"), "{page}");
        files.push(file("docs/coverage.md", &page));
        assert_eq!(super::check(&crate::tidy::Project::new(&files)), []);
    }

    #[test]
    fn rows_name_what_exists() {
        check(DATA, "pub enum Kind { Image, Text }", GRAPH, TEST, &["a row for `waxwing-a Kind::Image` is missing"]);
        check(DATA, "enum Kind { Text }", GRAPH, TEST, &["there is no public item `waxwing-a Kind::Text`"]);
        check(DATA, KIND, GRAPH, "", &["there is no test `tests/it/a.rs texts_arrive`", "the table of codes"]);
        check(&DATA.replace("\"1.2\"", "\"9\""), KIND, GRAPH, TEST, &["the facts have no section 9"]);
    }

    #[test]
    fn paths_and_fields_of_the_emulator_have_rows() {
        check(
            DATA,
            KIND,
            r#"fn a() { r("/{version}/{id}/calls") }"#,
            TEST,
            &["a row for the path `/calls` is missing"],
        );
        check(DATA, KIND, r#"fn a() { match b { "history" => c } }"#, TEST, &["a row for `history` is missing"]);
    }

    #[test]
    fn few_rows_may_be_missing() {
        let row = r#"["`a`", "1.2", "rare"],"#.repeat(16);
        let data = DATA.replace("[codes]", &format!("not_yet = [{row}]\n\n[codes]"));
        check(&data, KIND, GRAPH, TEST, &["16 rows are not supported yet, more than 15"]);
    }
}
