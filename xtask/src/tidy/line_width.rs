//! Rule: a line of Markdown has at most 160 columns.
//!
//! Rows of tables and lines with a URL may be longer.

use super::{Finding, Project, markdown};

const MOST: usize = 160;

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in project.with_extension("md") {
        for line in markdown::lines(file) {
            let columns = line.text.chars().count();
            if columns > MOST && !line.is_table_row() && !line.text.contains("://") {
                let message = format!("has {columns} columns, more than {MOST}");
                findings.push(Finding::new(&file.path, line.number, message));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use crate::tidy::tests::check_rule;

    #[test]
    fn width() {
        let check = |text: &str, expected: &[&str]| check_rule(super::check, &[("a.md", text)], expected);
        check(&"ä".repeat(160), &[]);
        check(&"a".repeat(161), &["a.md:1: has 161 columns"]);
        check(&format!("| {} |", "a".repeat(161)), &[]);
        check(&format!("https://{}", "a".repeat(161)), &[]);
        check(&format!("```\n{}\n```", "a".repeat(161)), &["a.md:2"]);
    }
}
