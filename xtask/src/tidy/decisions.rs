//! Rule: the index of decisions is complete, with three sections for each decision.

use super::{File, Finding, Project};

const DIRECTORY: &str = "docs/decisions/";
const INDEX: &str = "docs/decisions/README.md";

/// Headings of each decision, in this order.
const PARTS: [&str; 3] = ["## Context", "## Decision", "## Consequence"];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut decisions: Vec<_> = project
        .with_extension("md")
        .filter(|file| file.path.starts_with(DIRECTORY) && file.path != INDEX)
        .map(|file| (file, file.path.trim_start_matches(DIRECTORY)))
        .collect();
    decisions.sort_by_key(|(_, name)| *name);
    let index = project.files.iter().find(|file| file.path == INDEX).map_or("", |file| file.text.as_str());
    let mut findings = Vec::new();
    for (i, (file, name)) in decisions.into_iter().enumerate() {
        if !name.starts_with(&format!("{:04}-", i + 1)) {
            findings.push(Finding::new(
                &file.path,
                0,
                format!("decisions are numbered without gaps; this one is {:04}", i + 1),
            ));
        }
        if !index.contains(&format!("]({name})")) {
            findings.push(Finding::new(INDEX, 0, format!("lacks a link to `{name}`")));
        }
        findings.extend(missing_parts(file));
    }
    findings
}

fn missing_parts(file: &File) -> Option<Finding> {
    let headings: Vec<_> = file.text.lines().filter(|line| line.starts_with("## ")).collect();
    (headings != PARTS).then(|| Finding::new(&file.path, 0, format!("needs the headings {}", PARTS.join(", "))))
}

#[cfg(test)]
mod tests {
    use crate::tidy::tests::check_rule;

    const TEXT: &str = "# A\n## Context\n## Decision\n## Consequence\n";

    #[test]
    fn a_complete_index() {
        let index = ("docs/decisions/README.md", "[a](0001-a.md)");
        check_rule(super::check, &[index, ("docs/decisions/0001-a.md", TEXT)], &[]);
        check_rule(super::check, &[index, ("docs/decisions/0001-a.md", "# A")], &["needs the headings"]);
    }

    #[test]
    fn an_incomplete_index() {
        let files = [("docs/decisions/0001-a.md", TEXT), ("docs/decisions/0003-b.md", TEXT)];
        check_rule(
            super::check,
            &files,
            &["lacks a link to `0001-a.md`", "this one is 0002", "lacks a link to `0003-b.md`"],
        );
    }
}
