//! Look-up of the items, tests, facts that the rows name.

use std::path::Path;

use super::super::rust::Source;
use super::super::rust::items::{Item, ItemKind};
use super::super::rust::lexer::{Kind, Token};
use super::super::{Project, citations, links};

/// Section of the facts about Meta's API.
pub(super) struct Section {
    /// Target of a link from the page.
    pub(super) link: String,
}

pub(super) struct Evidence<'p, 'a> {
    project: &'p Project<'a>,
}

impl<'p, 'a> Evidence<'p, 'a> {
    pub(super) fn new(project: &'p Project<'a>) -> Self {
        Self { project }
    }

    /// Returns a section of the facts by its number.
    pub(super) fn section(&self, number: &str) -> Option<Section> {
        let facts = self.project.files.iter().find(|file| file.path == citations::FACTS)?;
        let heading = facts.text.lines().filter_map(|line| line.strip_prefix("## "));
        let heading = heading.into_iter().find(|heading| heading.split(' ').next() == Some(number))?;
        let name = Path::new(citations::FACTS).file_name()?.to_str()?;
        Some(Section { link: format!("{name}#{}", links::slug(heading)) })
    }

    /// Returns the file of a public item: `waxwing-types OutboundContent::Text`, a type, a variant of it, or one of its functions.
    pub(super) fn item(&self, item: &str) -> Option<&'a str> {
        let (crate_, path) = item.split_once(' ')?;
        let (type_, member) = path.split_once("::").map_or((path, None), |(type_, member)| (type_, Some(member)));
        let Some(member) = member else { return self.types(crate_, type_).map(|(source, _)| source.path).next() };
        let is_variant = |&(source, item): &(&Source<'a>, &Item<'a>)| variants(source, item).contains(&member);
        if let Some((source, _)) = self.types(crate_, type_).find(is_variant) {
            return Some(source.path);
        }
        self.types(crate_, type_).next()?;
        let mut sources = self.sources(crate_);
        sources.find(|source| source.items.iter().any(|item| has_function(source, item, type_, member))).map(|s| s.path)
    }

    /// Returns the variants of a public enum.
    pub(super) fn variants(&self, item: &str) -> Vec<&'a str> {
        let (crate_, name) = item.split_once(' ').unwrap_or_default();
        self.types(crate_, name).flat_map(|(source, item)| variants(source, item)).collect()
    }

    /// Whether a test file contains a name: `tests/it/window.rs a_window_closes`.
    pub(super) fn is_tested(&self, test: &str) -> bool {
        let Some((path, name)) = test.split_once(' ') else { return false };
        let Some(source) = self.project.sources.iter().find(|source| source.path == path) else { return false };
        source.all_items().iter().any(|(item, is_test)| *is_test && item.name == name)
    }

    /// Returns the ends of the paths that a file routes: `/flows` for `/{version}/{id}/flows`.
    pub(super) fn routes(&self, path: &str) -> Vec<&'a str> {
        let routes = self.texts(path).filter_map(|(text, _)| text.strip_prefix("/{version}"));
        routes.map(|route| route.strip_prefix("/{id}").unwrap_or(route)).filter(|route| !route.is_empty()).collect()
    }

    /// Returns the keys of the matches over texts in a file.
    pub(super) fn match_keys(&self, path: &str) -> Vec<&'a str> {
        self.texts(path).filter(|(_, next)| next == &["=", ">"]).map(|(text, _)| text).collect()
    }

    /// Returns the tokens of a file.
    pub(super) fn tokens(&self, path: &str) -> &[Token<'a>] {
        self.project.sources.iter().find(|source| source.path == path).map_or(&[], |source| &source.tokens)
    }

    /// Returns the texts of a file, each with the two tokens after it.
    fn texts(&self, path: &str) -> impl Iterator<Item = (&'a str, [&'a str; 2])> {
        let tokens = self.tokens(path);
        let after = |i: usize| tokens.get(i).map_or("", |token| token.text);
        let texts = tokens.iter().enumerate().filter(|(_, token)| token.kind == Kind::Text);
        texts.map(move |(i, token)| (token.text.trim_matches('"'), [after(i + 1), after(i + 2)]))
    }

    fn sources(&self, crate_: &str) -> impl Iterator<Item = &'p Source<'a>> {
        let prefix = format!("crates/{crate_}/src/");
        self.project.sources.iter().filter(move |source| source.path.starts_with(&prefix) && !source.is_test)
    }

    fn types(&self, crate_: &str, name: &str) -> impl Iterator<Item = (&'p Source<'a>, &'p Item<'a>)> {
        let sources = self.sources(crate_);
        let items = sources.flat_map(|source| source.items.iter().map(move |item| (source, item)));
        items.filter(move |(_, item)| item.is_public && item.is_type() && item.name == name)
    }
}

/// Returns the variants of an enum, or nothing for another item.
fn variants<'a>(source: &Source<'a>, item: &Item<'a>) -> Vec<&'a str> {
    let body = match &item.body {
        Some(body) if item.kind == ItemKind::Enum => &source.tokens[body.clone()],
        _ => return Vec::new(),
    };
    let (mut depth, mut is_start, mut names) = (0, true, Vec::new());
    for token in body {
        match token.text {
            "(" | "[" | "{" if token.kind == Kind::Mark => depth += 1,
            ")" | "]" | "}" if token.kind == Kind::Mark => depth -= 1,
            "," if depth == 0 => is_start = true,
            _ if depth == 0 && is_start && token.kind == Kind::Word => {
                names.push(token.text);
                is_start = false;
            }
            _ => {}
        }
    }
    names
}

/// Whether an item implements a type and has a public function with a name.
fn has_function(source: &Source<'_>, item: &Item<'_>, type_: &str, function: &str) -> bool {
    let head = item.body.as_ref().map_or(0..0, |body| item.tokens.start..body.start);
    let is_of_type = item.kind == ItemKind::Impl && source.tokens[head].iter().any(|token| token.is(type_));
    is_of_type && item.children.iter().any(|child| child.is_public && child.name == function)
}
