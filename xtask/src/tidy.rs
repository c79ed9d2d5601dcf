//! The rules of the house that no other tool checks.
//!
//! Each finding names a file and a line. There are no exceptions by file: a rule that needs one is a bad rule.

mod manifests;
mod sources;

use std::fmt;
use std::path::Path;

use anyhow::{Context as _, bail};
use xshell::{Shell, cmd};

/// Files that a release needs.
const REQUIRED: [&str; 4] = ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];

/// A text file of the project.
#[derive(Debug)]
struct File {
    /// Relative to the workspace, with `/`.
    path: String,
    text: String,
}

/// A breach of a rule.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    path: String,
    /// From 1; 0 where it is about the whole file.
    line: usize,
    message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Prints every finding and fails if there is one.
pub(crate) fn run(sh: &Shell) -> anyhow::Result<()> {
    let findings = check(&files(sh)?);
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        1 => bail!("1 rule is broken"),
        n => bail!("{n} rules are broken"),
    }
}

/// The text files that git tracks, and those that it would if they were added.
fn files(sh: &Shell) -> anyhow::Result<Vec<File>> {
    let list = cmd!(sh, "git ls-files -z --cached --others --exclude-standard").quiet().read();
    let list = list.context("the list of files comes from git")?;
    let mut files = Vec::new();
    for path in list.split_terminator('\0').filter(|path| sh.current_dir().join(path).is_file()) {
        // What is not UTF-8 is no text.
        if let Ok(text) = String::from_utf8(sh.read_binary_file(Path::new(path))?) {
            files.push(File { path: path.to_owned(), text });
        }
    }
    Ok(files)
}

fn check(files: &[File]) -> Vec<Finding> {
    let mut findings: Vec<_> = REQUIRED
        .into_iter()
        .filter(|required| files.iter().all(|file| file.path != *required))
        .map(|required| Finding { path: required.to_owned(), line: 0, message: "is missing".to_owned() })
        .collect();
    findings.extend(files.iter().flat_map(sources::check));
    findings.extend(manifests::check(files));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_tidy() {
        let sh = Shell::new().unwrap();
        sh.change_dir(crate::root(&sh).unwrap());
        let findings: Vec<_> = check(&files(&sh).unwrap()).iter().map(ToString::to_string).collect();
        assert!(findings.is_empty(), "\n{}", findings.join("\n"));
    }

    #[test]
    fn required_files() {
        let mut files: Vec<_> =
            REQUIRED.iter().map(|path| File { path: (*path).to_owned(), text: String::new() }).collect();
        assert_eq!(check(&files), []);
        files.remove(0);
        assert_eq!(check(&files)[0].to_string(), "CHANGELOG.md: is missing");
    }
}
