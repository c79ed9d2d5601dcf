//! Rule: a function has at most 60 lines.

use super::rust::items::ItemKind;
use super::{Finding, Project};

const MOST: usize = 60;

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &project.sources {
        for (item, _) in source.all_items().iter().filter(|(item, _)| item.kind == ItemKind::Function) {
            let lines = item.end_line - item.line + 1;
            if lines > MOST {
                let message =
                    format!("`{}` has {lines} lines, more than {MOST}; name its steps as functions", item.name);
                findings.push(Finding::new(source.path, item.line, message));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use crate::tidy::tests::check_rule;

    #[track_caller]
    fn check(lines: usize, expected: &[&str]) {
        let text = format!("impl A {{\n    /// B.\n    pub fn b() {{\n{}    }}\n}}", "c();\n".repeat(lines - 2));
        check_rule(super::check, &[("a/src/lib.rs", &text)], expected);
    }

    #[test]
    fn length_of_functions() {
        check(60, &[]);
        check(61, &["a/src/lib.rs:3: `b` has 61 lines"]);
    }
}
