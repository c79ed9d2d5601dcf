//! Rule: the targets of links in Markdown exist.
//!
//! The rule also checks headings, and the Rust files that a document names.

use std::collections::BTreeSet;

use super::{File, Finding, Project, markdown};

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in project.with_extension("md") {
        for line in markdown::lines(file) {
            let targets = if line.is_code { Vec::new() } else { targets(&markdown::without_code_spans(line.text)) };
            for target in targets.into_iter().filter(|target| !leads_somewhere(project.files, file, target)) {
                findings.push(Finding::new(&file.path, line.number, format!("the link `{target}` leads nowhere")));
            }
            // Output of a test can name a file of the reader.
            let is_output = |path: &&str| line.is_code && line.text.contains(&format!("{path}:"));
            let paths = rust_paths(line.text).filter(|path| !is_output(path));
            for path in paths.filter(|path| !exists(project.files, path)) {
                findings.push(Finding::new(&file.path, line.number, format!("there is no `{path}`")));
            }
        }
    }
    findings
}

/// Returns the targets of `[text](target)` and `[name]: target` in a line, without URLs.
fn targets(line: &str) -> Vec<String> {
    let inline = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let definition = line.trim_start().strip_prefix('[').and_then(|rest| rest.split_once("]: "));
    let targets = inline.chain(definition.map(|(_, target)| target.trim()));
    let is_here = |target: &&str| !target.contains("://") && !target.starts_with("mailto:") && !target.is_empty();
    targets.filter(is_here).map(|target| target.trim_matches(['<', '>']).to_owned()).collect()
}

fn leads_somewhere(files: &[File], from: &File, target: &str) -> bool {
    // Link of rustdoc to an item.
    if target.contains("::") || target.starts_with('_') {
        return true;
    }
    let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let path = if path.is_empty() { from.path.clone() } else { join(&from.path, path) };
    let Some(anchor) = anchor else {
        return files
            .iter()
            .any(|file| file.path == path || path.is_empty() || file.path.starts_with(&format!("{path}/")));
    };
    files.iter().find(|file| file.path == path).is_some_and(|file| anchors(file).contains(anchor))
}

/// Resolves `target` relative to a file.
fn join(from: &str, target: &str) -> String {
    let mut parts: Vec<_> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Returns the anchors that GitHub creates for the headings of a file.
fn anchors(file: &File) -> BTreeSet<String> {
    let headings = markdown::lines(file).into_iter().filter(|line| !line.is_code && line.text.starts_with('#'));
    headings.map(|line| slug(line.text.trim_start_matches('#').trim())).collect()
}

/// Returns the anchor that GitHub creates for a heading.
pub(super) fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

/// Returns the words of a line that end with `.rs`.
fn rust_paths(line: &str) -> impl Iterator<Item = &str> {
    let words = line
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '*' | '{' | '}' | '<' | '>')));
    let words = words.map(|word| word.trim_end_matches('.'));
    words
        .filter(|word| word.strip_suffix(".rs").is_some_and(|stem| !stem.is_empty() && !stem.contains(['*', '{', '<'])))
}

/// Whether a file has this path, or a path that ends with it.
fn exists(files: &[File], path: &str) -> bool {
    let path = path.trim_start_matches("../").trim_start_matches("./").trim_start_matches('/');
    files.iter().any(|file| {
        file.path.strip_suffix(path).is_some_and(|directory| directory.is_empty() || directory.ends_with('/'))
    })
}

#[cfg(test)]
mod tests {
    use crate::tidy::tests::check_rule;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let others = [("README.md", "# A `b` C!"), ("docs/b.md", "## D\n```\n# E\n```"), ("crates/c/src/d.rs", "")];
        let files: Vec<_> = others.into_iter().chain([("docs/a.md", text)]).collect();
        check_rule(super::check, &files, expected);
    }

    #[test]
    fn links_to_files() {
        check("[b](b.md) [c](../crates/c) [d](../README.md) [e](https://e.com/f.md) [g](..)", &[]);
        check("\n[b](c.md)", &["docs/a.md:2: the link `c.md`"]);
        check("[b]: ../b.md", &["`../b.md`"]);
        check("`[b](c.md)`\n```\n[b](c.md)\n```", &[]);
    }

    #[test]
    fn links_to_headings() {
        check("# F g\n[f](#f-g) [d](b.md#d) [a](../README.md#a-b-c)", &[]);
        check("[e](b.md#e) [f](#f)", &["`b.md#e`", "`#f`"]);
    }

    #[test]
    fn rust_files() {
        check("`d.rs`, src/d.rs and `c/src/d.rs`. `crates/*/src/e.rs`", &[]);
        check("```text\ntests/tea.rs:12:9: got nothing\n```", &[]);
        check("see `src/e.rs`, and c/d.rs.", &["there is no `src/e.rs`", "there is no `c/d.rs`"]);
    }
}
