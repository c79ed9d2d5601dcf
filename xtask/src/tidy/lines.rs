//! Rule: a Rust file has at most 350 lines of code.
//!
//! Comments, blank lines, tests, and tables do not count. A table is a constant with more than ten lines.

use std::collections::BTreeSet;
use std::ops::Range;

use super::rust::{Source, items::ItemKind};
use super::{Finding, Project};

const MOST: usize = 350;

/// Largest number of lines of a constant that is not a table.
const SHORT_CONSTANT: usize = 10;

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in project.sources.iter().filter(|source| !source.is_test) {
        let lines = count(source);
        if lines > MOST {
            let message = format!("has {lines} lines of code, more than {MOST}; split it by its jobs");
            findings.push(Finding::new(source.path, 0, message));
        }
    }
    findings
}

fn count(source: &Source<'_>) -> usize {
    let uncounted: Vec<Range<usize>> = source
        .all_items()
        .iter()
        .filter(|(item, is_test)| {
            *is_test || item.kind == ItemKind::Value && item.end_line - item.line >= SHORT_CONSTANT
        })
        .map(|(item, _)| item.tokens.clone())
        .collect();
    let counted = source.tokens.iter().enumerate().filter(|(i, _)| !uncounted.iter().any(|range| range.contains(i)));
    counted.flat_map(|(_, token)| token.line..=token.end_line()).collect::<BTreeSet<_>>().len()
}

#[cfg(test)]
mod tests {
    use crate::tidy::tests::check_rule;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        check_rule(super::check, &[("a/src/lib.rs", text)], expected);
    }

    #[test]
    fn code_counts() {
        check(&"fn a() {}\n".repeat(350), &[]);
        check(&"fn a() {}\n".repeat(351), &["has 351 lines of code"]);
    }

    #[test]
    fn comments_tests_and_tables_do_not_count() {
        check(&"/// A.\n\nfn a() {}\n".repeat(350), &[]);
        check(&format!("#[cfg(test)]\nmod tests {{\n{}}}", "fn a() {}\n".repeat(400)), &[]);
        check(&format!("const A: &[u8] = &[\n{}];", "1,\n".repeat(400)), &[]);
        check_rule(super::check, &[("a/tests/it/main.rs", &"fn a() {}\n".repeat(400))], &[]);
    }
}
