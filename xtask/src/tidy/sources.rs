//! Rules for single files.

use std::path::Path;

use super::{File, Finding};

/// Most lines of a Rust file, tests included.
const LONGEST: usize = 500;

/// In a test, waiting for a condition is right and sleeping is not; the few that must, say why.
const SLEEP_ALLOWED: &str = "// tidy: allow sleep - ";

// In two halves each, or this file would break the rules itself.

/// Notes to oneself that were left behind.
const LEFTOVERS: [&str; 4] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:"), concat!("db", "g!(")];

/// Paths of somebody's machine.
const MACHINES: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/tmp/ba", "sh")];

const IGNORE: &str = concat!("#[ign", "ore");

pub(super) fn check(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |line: usize, message: String| {
        findings.push(Finding { path: file.path.clone(), line, message });
    };

    let is_rust = Path::new(&file.path).extension().is_some_and(|extension| extension == "rs");
    if is_rust {
        if file.path.ends_with("/mod.rs") {
            find(0, "a module is `name.rs` beside `name/`, not `mod.rs`".to_owned());
        }
        let lines = file.text.lines().count();
        if lines > LONGEST {
            find(0, format!("has {lines} lines, more than {LONGEST}; it holds two things, part them"));
        }
    }

    let is_test = is_rust && (file.path.starts_with("tests/") || file.path.contains("/tests/"));
    let mut previous = "";
    for (i, line) in file.text.lines().enumerate() {
        let number = i + 1;
        if line.ends_with([' ', '\t']) {
            find(number, "ends in white space".to_owned());
        }
        for word in LEFTOVERS.into_iter().filter(|word| line.contains(word)) {
            find(number, format!("`{word}` was left behind; do it or file an issue"));
        }
        for path in MACHINES.into_iter().filter(|path| line.contains(path)) {
            find(number, format!("`{path}` is a path of one machine"));
        }
        if is_rust && line.contains(IGNORE) {
            find(number, "an ignored test tests nothing; mend it or remove it".to_owned());
        }
        if is_test && line.contains("sleep(") && ![line, previous].iter().any(|line| line.contains(SLEEP_ALLOWED)) {
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
        let findings = super::check(&File { path: path.to_owned(), text: text.to_owned() });
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
    fn module_files() {
        check("a/src/b/mod.rs", "", &[(0, "`name.rs`")]);
    }

    #[test]
    fn length() {
        check("a.rs", &"\n".repeat(500), &[]);
        check("a.rs", &"\n".repeat(501), &[(0, "501 lines")]);
        check("a.md", &"\n".repeat(501), &[]);
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
