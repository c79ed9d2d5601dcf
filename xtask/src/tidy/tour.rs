//! Rule: each type of `docs/api-tour.md` exists with an example in its documentation.

use super::rust::Source;
use super::rust::lexer::CommentKind;
use super::{Finding, Project, markdown};

const PATH: &str = "docs/api-tour.md";

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let Some(tour) = project.files.iter().find(|file| file.path == PATH) else { return Vec::new() };
    let mut findings = Vec::new();
    for line in markdown::lines(tour).into_iter().filter(markdown::Line::is_table_row) {
        let Some((name, directory)) = entry(line.text) else { continue };
        let message = match documentation(&project.sources, directory, name) {
            None => format!("there is no public `{name}` in {directory}"),
            Some(doc) if !has_example(&doc) => format!("the documentation of `{name}` in {directory} has no example"),
            Some(_) => continue,
        };
        findings.push(Finding::new(PATH, line.number, message));
    }
    findings
}

/// Returns the name and the directory of a row such as ``| [`Name`](../directory) | .. |``.
fn entry(row: &str) -> Option<(&str, &str)> {
    let (name, rest) = row.strip_prefix("| [`")?.split_once("`](../")?;
    Some((name, rest.split_once(')')?.0))
}

/// Returns the lines of the doc comment of a public item.
fn documentation<'a>(sources: &[Source<'a>], directory: &str, name: &str) -> Option<Vec<&'a str>> {
    let prefix = format!("{directory}/src/");
    sources.iter().filter(|source| source.path.starts_with(&prefix)).find_map(|source| {
        let item = source.items.iter().find(|item| item.name == name && item.is_public && !item.is_module())?;
        let first = source.tokens[item.tokens.start].line;
        let doc = source.comments.iter().find(|comment| {
            comment.kind == CommentKind::Outer && comment.lines.last().is_some_and(|(line, _)| line + 1 == first)
        });
        Some(doc.map_or_else(Vec::new, |doc| doc.lines.iter().map(|(_, line)| *line).collect()))
    })
}

/// Whether a doc comment has an example that rustdoc compiles.
fn has_example(doc: &[&str]) -> bool {
    let mut fences = doc.iter().filter(|line| line.starts_with("```")).step_by(2);
    fences.any(|fence| !fence.contains("ignore") && !fence.contains("text"))
}

#[cfg(test)]
mod tests {
    use crate::tidy::tests::check_rule;

    #[track_caller]
    fn check(source: &str, expected: &[&str]) {
        let tour = "| type | use |\n|---|---|\n| [`A`](../crates/a) | b |\n";
        check_rule(super::check, &[("docs/api-tour.md", tour), ("crates/a/src/b.rs", source)], expected);
    }

    #[test]
    fn a_type_with_an_example_passes() {
        check("/// A.\n///\n/// ```no_run\n/// a();\n/// ```\n#[derive(Debug)]\npub struct A;", &[]);
    }

    #[test]
    fn a_type_without_an_example() {
        check("/// A.\npub struct A;", &["docs/api-tour.md:3: the documentation of `A` in crates/a has no example"]);
        check("/// ```ignore\n/// a();\n/// ```\npub struct A;", &["has no example"]);
    }

    #[test]
    fn a_type_that_does_not_exist() {
        check("struct A;", &["docs/api-tour.md:3: there is no public `A`"]);
    }
}
