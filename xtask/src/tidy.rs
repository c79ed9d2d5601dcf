//! Rules of the project that no other tool checks.
//!
//! Each rule is a file in `tidy/` with tests that show the rule failing and passing. All exemptions are in one table,
//! [`exemptions::EXEMPTIONS`].

mod circles;
mod citations;
mod coverage;
mod decisions;
mod exemptions;
mod file_names;
mod functions;
mod glossary;
mod help_defaults;
mod leftovers;
mod line_width;
mod lines;
mod links;
mod manifests;
mod markdown;
mod module_docs;
mod names;
mod one_path;
mod personal_data;
mod prose;
mod required;
mod rust;
mod structs;
mod terms;
mod tour;

use std::fmt;
use std::path::Path;

use anyhow::{Context as _, bail};
use xshell::{Shell, cmd};

use glossary::Glossary;
use rust::Source;

/// Rule with the name that exemptions use.
struct Rule {
    name: &'static str,
    check: fn(&Project<'_>) -> Vec<Finding>,
}

const RULES: [Rule; 21] = [
    Rule { name: "circles", check: circles::check },
    Rule { name: "citations", check: citations::check },
    Rule { name: "coverage", check: coverage::check },
    Rule { name: "decisions", check: decisions::check },
    Rule { name: "file-names", check: file_names::check },
    Rule { name: "functions", check: functions::check },
    Rule { name: "help-defaults", check: help_defaults::check },
    Rule { name: "leftovers", check: leftovers::check },
    Rule { name: "line-width", check: line_width::check },
    Rule { name: "lines", check: lines::check },
    Rule { name: "links", check: links::check },
    Rule { name: "manifests", check: manifests::check },
    Rule { name: "module-docs", check: module_docs::check },
    Rule { name: "names", check: names::check },
    Rule { name: "one-path", check: one_path::check },
    Rule { name: "personal-data", check: personal_data::check },
    Rule { name: "prose", check: prose::check },
    Rule { name: "required", check: required::check },
    Rule { name: "structs", check: structs::check },
    Rule { name: "terms", check: terms::check },
    Rule { name: "tour", check: tour::check },
];

/// Text file of the project.
#[derive(Debug)]
struct File {
    /// Path relative to the workspace, with `/` as separator.
    path: String,
    text: String,
}

impl File {
    fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|own| own == extension)
    }
}

/// Input of the rules.
struct Project<'a> {
    files: &'a [File],
    sources: Vec<Source<'a>>,
    glossary: Glossary,
}

impl<'a> Project<'a> {
    fn new(files: &'a [File]) -> Self {
        Self { files, sources: rust::parse(files), glossary: Glossary::read(files) }
    }

    fn with_extension(&self, extension: &'static str) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(move |file| file.has_extension(extension))
    }
}

/// Violation of a rule.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    rule: &'static str,
    path: String,
    /// Line number, from 1. 0 if the finding is about the whole file.
    line: usize,
    message: String,
}

impl Finding {
    /// Creates a finding. The caller sets the rule.
    fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { rule: "", path: path.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        write!(f, ": {}", self.message)?;
        if self.rule.is_empty() { Ok(()) } else { write!(f, " [{}]", self.rule) }
    }
}

/// Prints every finding that is not exempt. Fails if there is one.
pub(crate) fn run(sh: &Shell) -> anyhow::Result<()> {
    let (findings, exempt) = exemptions::apply(check(&files(sh)?), exemptions::EXEMPTIONS);
    if exempt > 0 {
        println!("{exempt} findings are exempt; `cargo xtask tidy PATH|RULE` shows them, too");
    }
    report(&findings)
}

/// Prints all findings of a rule, or of files below a path, including exempt findings. Fails if there is one.
pub(crate) fn run_about(sh: &Shell, about: &str) -> anyhow::Result<()> {
    let mut findings = check(&files(sh)?);
    findings.retain(|finding| finding.rule == about || finding.path.starts_with(about));
    report(&findings)
}

/// Writes the page about the coverage of Meta's API, and reports what its rows name and the project lacks.
pub(crate) fn write_coverage(sh: &Shell) -> anyhow::Result<()> {
    let page = coverage::page(&Project::new(&files(sh)?)).map_err(anyhow::Error::msg)?;
    sh.write_file(coverage::PAGE, page)?;
    run_about(sh, "coverage")
}

fn report(findings: &[Finding]) -> anyhow::Result<()> {
    for finding in findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        1 => bail!("1 finding"),
        n => bail!("{n} findings"),
    }
}

/// Returns the text files that git tracks, and untracked files that git does not ignore.
fn files(sh: &Shell) -> anyhow::Result<Vec<File>> {
    let list = cmd!(sh, "git ls-files -z --cached --others --exclude-standard").quiet().read();
    let list = list.context("git cannot list the files")?;
    let mut files = Vec::new();
    for path in list.split_terminator('\0').filter(|path| sh.current_dir().join(path).is_file()) {
        // A file that is not UTF-8 is not a text file.
        if let Ok(text) = String::from_utf8(sh.read_binary_file(Path::new(path))?) {
            files.push(File { path: path.to_owned(), text });
        }
    }
    Ok(files)
}

/// Runs all rules.
fn check(files: &[File]) -> Vec<Finding> {
    let project = Project::new(files);
    let mut findings = Vec::new();
    for rule in &RULES {
        findings.extend((rule.check)(&project).into_iter().map(|finding| Finding { rule: rule.name, ..finding }));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs one rule on `files`. Expects one finding for each text of `expected`, which the printed finding contains.
    #[track_caller]
    pub(super) fn check_rule(rule: fn(&Project<'_>) -> Vec<Finding>, files: &[(&str, &str)], expected: &[&str]) {
        let file = |&(path, text): &(&str, &str)| File { path: path.to_owned(), text: text.to_owned() };
        let files: Vec<_> = files.iter().map(file).collect();
        let findings: Vec<_> = rule(&Project::new(&files)).iter().map(ToString::to_string).collect();
        assert_eq!(findings.len(), expected.len(), "{findings:#?}");
        for (finding, part) in findings.iter().zip(expected) {
            assert!(finding.contains(part), "`{finding}` lacks `{part}`");
        }
    }

    #[test]
    fn the_workspace_is_tidy() {
        let sh = Shell::new().unwrap();
        sh.change_dir(crate::root(&sh).unwrap());
        let (findings, _) = exemptions::apply(check(&files(&sh).unwrap()), exemptions::EXEMPTIONS);
        let findings: Vec<_> = findings.iter().map(ToString::to_string).collect();
        assert!(findings.is_empty(), "\n{}", findings.join("\n"));
    }

    #[test]
    fn exemptions_name_rules() {
        for exemption in exemptions::EXEMPTIONS {
            assert!(RULES.iter().any(|rule| rule.name == exemption.rule), "{exemption:?}");
        }
    }
}
