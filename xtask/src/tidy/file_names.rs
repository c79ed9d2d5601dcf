//! Rule: the name of a file states its one job.
//!
//! A module is `name.rs`, not `name/mod.rs`.

use super::{Finding, Project};

/// Words that do not describe the job of a file.
const EMPTY_WORDS: [&str; 10] =
    ["common", "helper", "helpers", "misc", "miscellaneous", "stuff", "util", "utilities", "utility", "utils"];

/// Words that are not a name together with a number.
const NUMBERED: [&str; 4] = ["file", "mod", "module", "part"];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in project.with_extension("rs") {
        if file.path.ends_with("/mod.rs") {
            findings.push(Finding::new(&file.path, 0, "a module is `name.rs` next to `name/`, not `name/mod.rs`"));
        }
        for word in file.path.trim_end_matches(".rs").split(['/', '_', '-']) {
            let stem = word.trim_end_matches(|c: char| c.is_ascii_digit());
            if word.len() > stem.len() && (stem.is_empty() || NUMBERED.contains(&stem)) {
                findings.push(Finding::new(&file.path, 0, format!("`{word}` is a number; name the file for its job")));
            }
            if EMPTY_WORDS.contains(&stem) {
                findings.push(Finding::new(&file.path, 0, format!("`{word}` says nothing; name the file for its job")));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use crate::tidy::tests::check_rule;

    #[test]
    fn names_that_say_something_pass() {
        check_rule(
            super::check,
            &[("a/src/base64.rs", ""), ("a/src/utility_bill.md", ""), ("a/src/mode.rs", ""), ("a/src/part.rs", "")],
            &[],
        );
    }

    #[test]
    fn empty_names() {
        for path in ["a/src/utils.rs", "a/src/http_helpers.rs", "a/src/common/b.rs", "a/src/part2.rs", "a/src/b_2.rs"] {
            check_rule(super::check, &[(path, "")], &[path]);
        }
    }

    #[test]
    fn module_files() {
        check_rule(super::check, &[("a/src/b/mod.rs", "")], &["`name.rs`"]);
    }
}
