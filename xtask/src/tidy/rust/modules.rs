//! Modules of a crate.

use std::collections::BTreeMap;

use super::items::{Item, ItemKind};
use super::uses::{self, Use};
use super::{Source, child_directory};

/// Names of a module: `engine::turn` is `["engine", "turn"]`. The crate root is empty.
pub(in crate::tidy) type Path<'a> = Vec<&'a str>;

/// Largest depth of re-exports that are followed.
const DEEPEST: usize = 8;

/// Module with its own file.
#[derive(Debug)]
pub(in crate::tidy) struct Module<'s, 'a> {
    pub(in crate::tidy) source: &'s Source<'a>,
    /// Paths in its code, without tests.
    pub(in crate::tidy) uses: Vec<Use<'a>>,
}

/// Library or program with the modules of its `src` directory.
#[derive(Debug)]
pub(in crate::tidy) struct Crate<'s, 'a> {
    pub(in crate::tidy) modules: BTreeMap<Path<'a>, Module<'s, 'a>>,
}

/// Returns the crates of the project: one for each `src/lib.rs` and `src/main.rs`.
pub(in crate::tidy) fn crates<'s, 'a>(sources: &'s [Source<'a>]) -> Vec<Crate<'s, 'a>> {
    sources.iter().filter(|source| is_root(source.path)).map(|root| Crate::new(root, sources)).collect()
}

fn is_root(path: &str) -> bool {
    path.ends_with("src/lib.rs") || path.ends_with("src/main.rs")
}

impl<'s, 'a> Crate<'s, 'a> {
    fn new(root: &'s Source<'a>, sources: &'s [Source<'a>]) -> Self {
        let directory = child_directory(root.path);
        let mut modules = BTreeMap::new();
        modules.insert(Path::new(), Module::new(root));
        for source in sources.iter().filter(|source| !is_root(source.path) && !source.is_test_module) {
            let inside = source.path.strip_prefix(&directory).and_then(|path| path.strip_suffix(".rs"));
            if let Some(path) = inside.filter(|path| !path.starts_with("bin/")) {
                modules.insert(path.split('/').collect(), Module::new(source));
            }
        }
        Self { modules }
    }

    /// Returns the module that defines the item that `path` names in `from`. Returns `None` for an item of another crate.
    pub(in crate::tidy) fn resolve(&self, from: &[&'a str], path: &[&'a str]) -> Option<Path<'a>> {
        self.resolve_at(from, path, 0)
    }

    fn resolve_at(&self, from: &[&'a str], path: &[&'a str], depth: usize) -> Option<Path<'a>> {
        let (first, mut rest) = path.split_first()?;
        let mut at = match *first {
            "crate" => Path::new(),
            "self" => from.to_vec(),
            "super" => from[..from.len().checked_sub(1)?].to_vec(),
            name if self.is_module(from, name) => [from, &[name]].concat(),
            _ => return None,
        };
        while let Some((&name, after)) = rest.split_first() {
            if name == "super" {
                at.pop();
            } else if self.is_module(&at, name) {
                at.push(name);
            } else if depth < DEEPEST
                && let Some(target) = self.re_exported(&at, name, depth)
            {
                at = target;
            } else {
                break;
            }
            rest = after;
        }
        Some(at)
    }

    fn is_module(&self, parent: &[&'a str], name: &'a str) -> bool {
        self.modules.contains_key(&[parent, &[name]].concat())
    }

    /// Returns the module that defines a name that `module` imports.
    fn re_exported(&self, module: &[&'a str], name: &'a str, depth: usize) -> Option<Path<'a>> {
        let module_ = self.modules.get(module)?;
        if module_.defines(name) {
            return None;
        }
        if let Some(use_) = module_.uses.iter().find(|use_| use_.name == name && use_.path.len() > 1) {
            return self.resolve_at(module, &use_.path, depth + 1);
        }
        let globs = module_.uses.iter().filter(|use_| use_.name == "*");
        let mut targets = globs.filter_map(|glob| self.resolve_at(module, &glob.path, depth + 1));
        targets.find(|target| self.modules.get(target).is_some_and(|module| module.defines(name)))
    }
}

impl<'s, 'a> Module<'s, 'a> {
    fn new(source: &'s Source<'a>) -> Self {
        let tests = source.test_ranges();
        let tokens = source.tokens.iter().enumerate().filter(|(i, _)| !tests.iter().any(|range| range.contains(i)));
        let tokens: Vec<_> = tokens.map(|(_, token)| *token).collect();
        Self { source, uses: uses::all(&tokens) }
    }

    fn defines(&self, name: &str) -> bool {
        self.source.items.iter().any(|item| item.kind != ItemKind::Use && item.name == name)
    }

    /// Returns the public items. A `pub use` comes with the paths that it re-exports.
    pub(in crate::tidy) fn public_items(&self) -> impl Iterator<Item = (&'s Item<'a>, Vec<Use<'a>>)> {
        let source = self.source;
        source.items.iter().filter(|item| item.is_public && !item.is_test).map(|item| {
            let tokens = &source.tokens[item.tokens.clone()];
            let tree = tokens.iter().position(|token| token.is("use")).filter(|_| item.kind == ItemKind::Use);
            (item, tree.map_or_else(Vec::new, |at| uses::of_tree(&tokens[at + 1..tokens.len() - 1])))
        })
    }
}
