//! Scanner of Rust sources.
//!
//! The rules need names, paths and spans, but no types. A scanner provides these, and compiles faster than a full parser.

pub(super) mod items;
pub(super) mod lexer;
pub(super) mod modules;
pub(super) mod uses;

use std::ops::Range;
use std::path::Path;

use super::File;
use items::Item;
use lexer::{Comment, Token};

/// Scanned Rust file.
#[derive(Debug)]
pub(super) struct Source<'a> {
    pub(super) path: &'a str,
    /// Code without comments.
    pub(super) tokens: Vec<Token<'a>>,
    pub(super) comments: Vec<Comment<'a>>,
    pub(super) items: Vec<Item<'a>>,
    /// Whether the whole file is test code.
    pub(super) is_test: bool,
    /// Whether the file is a module with `#[cfg(test)]`.
    pub(super) is_test_module: bool,
}

impl<'a> Source<'a> {
    pub(super) fn parse(path: &'a str, text: &'a str) -> Self {
        let (tokens, comments) = lexer::lex(text);
        let items = items::parse(&tokens);
        Self { path, tokens, comments, items, is_test: is_test_path(path), is_test_module: false }
    }

    /// Returns all items with whether each is test code, including items of modules, traits and implementations.
    pub(super) fn all_items(&self) -> Vec<(&Item<'a>, bool)> {
        let mut all = Vec::new();
        collect(&self.items, self.is_test, &mut all);
        all
    }

    /// Returns the ranges of tokens that the file itself marks as test code.
    pub(super) fn test_ranges(&self) -> Vec<Range<usize>> {
        let mut all = Vec::new();
        collect(&self.items, false, &mut all);
        all.iter().filter(|(_, is_test)| *is_test).map(|(item, _)| item.tokens.clone()).collect()
    }
}

/// Scans all Rust files of the project.
pub(super) fn parse(files: &[File]) -> Vec<Source<'_>> {
    let is_rust = |file: &&File| Path::new(&file.path).extension().is_some_and(|extension| extension == "rs");
    let mut sources: Vec<_> = files.iter().filter(is_rust).map(|file| Source::parse(&file.path, &file.text)).collect();
    for path in test_module_files(&sources) {
        for source in sources.iter_mut().filter(|source| source.path == path) {
            source.is_test = true;
            source.is_test_module = true;
        }
    }
    sources
}

/// Returns the files of modules that are declared as `#[cfg(test)] mod name;`.
fn test_module_files(sources: &[Source<'_>]) -> Vec<String> {
    let mut paths = Vec::new();
    for source in sources {
        for item in source.items.iter().filter(|item| item.is_test && item.is_module() && item.body.is_none()) {
            paths.push(format!("{}{}.rs", child_directory(source.path), item.name));
        }
    }
    paths
}

/// Returns the directory of a file's submodules, with a slash at the end.
pub(super) fn child_directory(path: &str) -> String {
    let (directory, name) = path.rsplit_once('/').map_or(("", path), |(directory, name)| (directory, name));
    let own = match name {
        "lib.rs" | "main.rs" => String::new(),
        _ => format!("{}/", name.trim_end_matches(".rs")),
    };
    if directory.is_empty() { own } else { format!("{directory}/{own}") }
}

/// Whether a path belongs to the tests of a package.
fn is_test_path(path: &str) -> bool {
    ["tests/", "examples/test/"].iter().any(|prefix| path.starts_with(prefix)) || path.contains("/tests/")
}

fn collect<'a, 's>(items: &'s [Item<'a>], inside_test: bool, all: &mut Vec<(&'s Item<'a>, bool)>) {
    for item in items {
        let is_test = inside_test || item.is_test;
        all.push((item, is_test));
        collect(&item.children, is_test, all);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_live_next_to_roots_and_below_modules() {
        assert_eq!(child_directory("a/src/lib.rs"), "a/src/");
        assert_eq!(child_directory("a/src/b.rs"), "a/src/b/");
        assert_eq!(child_directory("b.rs"), "b/");
    }

    #[test]
    fn the_file_of_a_test_module_is_a_test() {
        let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
        let files = [
            file("a/src/b.rs", "#[cfg(test)]\nmod tests;"),
            file("a/src/b/tests.rs", "fn a() {}"),
            file("a/src/c.rs", ""),
        ];
        let sources = parse(&files);
        assert_eq!(sources.iter().map(|source| source.is_test).collect::<Vec<_>>(), [false, true, false]);
    }
}
