//! Rule: the files that a release needs exist.

use super::{Finding, Project};

const REQUIRED: [&str; 4] = ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let missing = REQUIRED.into_iter().filter(|required| project.files.iter().all(|file| file.path != *required));
    missing.map(|path| Finding::new(path, 0, "is missing")).collect()
}

#[cfg(test)]
mod tests {
    use crate::tidy::tests::check_rule;

    #[test]
    fn required_files() {
        let mut files: Vec<_> = super::REQUIRED.iter().map(|path| (*path, "")).collect();
        check_rule(super::check, &files, &[]);
        files.remove(0);
        check_rule(super::check, &files, &["CHANGELOG.md: is missing"]);
    }
}
