//! Rule: sources have no notes to self, no paths of one machine, no ignored tests, no unexplained sleeps.

use super::{File, Finding, Project};

/// A test waits for a condition instead of sleeping. This comment states the reason of an exception.
const SLEEP_ALLOWED: &str = "// tidy: allow sleep - ";

// Each text is split in two, so that this file does not violate the rule.

/// Notes to self.
const LEFTOVERS: [&str; 4] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:"), concat!("db", "g!(")];

/// Paths that exist on one machine only.
const MACHINES: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/tmp/ba", "sh")];

const IGNORE: &str = concat!("#[ign", "ore");

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    project.files.iter().flat_map(check_file).collect()
}

fn check_file(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |line: usize, message: String| findings.push(Finding::new(&file.path, line, message));
    let is_rust = file.has_extension("rs");
    let is_test = is_rust && (file.path.starts_with("tests/") || file.path.contains("/tests/"));
    // Most files contain none of these texts. One search of a whole file is faster than a search of each line.
    let leftovers: Vec<_> = LEFTOVERS.into_iter().filter(|word| file.text.contains(word)).collect();
    let machines: Vec<_> = MACHINES.into_iter().filter(|path| file.text.contains(path)).collect();
    let has_sleeps = is_test && file.text.contains("sleep(");
    let has_ignored = is_rust && file.text.contains(IGNORE);
    let mut previous = "";
    for (i, line) in file.text.lines().enumerate() {
        let number = i + 1;
        if line.ends_with([' ', '\t']) {
            find(number, "ends in white space".to_owned());
        }
        for word in leftovers.iter().filter(|word| line.contains(**word)) {
            find(number, format!("`{word}` was left behind; do it or file an issue"));
        }
        for path in machines.iter().filter(|path| line.contains(**path)) {
            find(number, format!("`{path}` is a path of one machine"));
        }
        if has_ignored && line.contains(IGNORE) {
            find(number, "an ignored test tests nothing; repair it or remove it".to_owned());
        }
        if has_sleeps && line.contains("sleep(") && ![line, previous].iter().any(|line| line.contains(SLEEP_ALLOWED)) {
            find(
                number,
                format!("wait for the condition instead of sleeping, or say why not: `{SLEEP_ALLOWED}reason`"),
            );
        }
        previous = line;
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[(usize, &str)]) {
        let findings = check_file(&File { path: path.to_owned(), text: text.to_owned() });
        assert_eq!(findings.len(), expected.len(), "{findings:?}");
        for (finding, (line, part)) in findings.iter().zip(expected) {
            assert_eq!(finding.line, *line);
            assert!(finding.message.contains(part), "{finding}");
        }
    }

    #[test]
    fn clean_files() {
        check("a/src/lib.rs", "//! Doc.\n\nfn a() {}\n", &[]);
        check("a/src/mode.rs", "", &[]);
        check("README.md", "", &[]);
    }

    #[test]
    fn white_space() {
        check("a.md", "a \nb\nc\t\n", &[(1, "white space"), (3, "white space")]);
    }

    #[test]
    fn leftovers() {
        check("a.rs", &format!("// {} later", LEFTOVERS[0]), &[(1, "left behind")]);
        check("a.md", &format!("\n{}", LEFTOVERS[1]), &[(2, "left behind")]);
        check("a.rs", &format!("{}x);", LEFTOVERS[3]), &[(1, "left behind")]);
    }

    #[test]
    fn machines() {
        check("a.sh", &format!("cd {}x", MACHINES[0]), &[(1, "one machine")]);
        check("a.sh", "cd work/x", &[]);
    }

    #[test]
    fn ignored_tests() {
        check("a.rs", &format!("{IGNORE}]"), &[(1, "ignored test")]);
        check("a.rs", &format!("{IGNORE} = \"slow\"]"), &[(1, "ignored test")]);
    }

    #[test]
    fn sleeps() {
        let sleep = "thread::sleep(second);";
        check("a/src/lib.rs", sleep, &[]);
        check("tests/src/lib.rs", sleep, &[(1, "instead of sleeping")]);
        check("a/tests/it/main.rs", "tokio::time::sleep(second).await;", &[(1, "instead of sleeping")]);
        check("tests/a.rs", &format!("{sleep} {SLEEP_ALLOWED}the page draws"), &[]);
        check("tests/a.rs", &format!("{SLEEP_ALLOWED}the page draws\n{sleep}\n{sleep}"), &[(3, "instead of sleeping")]);
    }
}
