//! Rule: a public item of a library has one path.
//!
//! An item has two paths if a public module re-exports it from another public module, or if it is re-exported twice.

use std::collections::{BTreeMap, BTreeSet};

use super::rust::items::ItemKind;
use super::rust::modules::{Crate, Path, crates};
use super::{Finding, Project};

/// Public paths of the items of a crate, by the path of their definition.
#[derive(Debug, Default)]
struct Paths {
    paths: BTreeMap<String, BTreeSet<String>>,
}

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for crate_ in crates(&project.sources) {
        let root = crate_.modules.get(&Path::new()).map_or("", |module| module.source.path);
        if root.starts_with("crates/") && root.ends_with("lib.rs") {
            let mut paths = Paths::default();
            paths.visit(&crate_, &Path::new(), "");
            findings.extend(paths.doubled().into_iter().map(|message| Finding::new(root, 0, message)));
        }
    }
    findings
}

impl Paths {
    /// Records the public items of `module`, whose public path is `public`.
    fn visit<'a>(&mut self, crate_: &Crate<'_, 'a>, module: &Path<'a>, public: &str) {
        let Some(own) = crate_.modules.get(module) else { return };
        for (item, uses) in own.public_items() {
            let inside: Path<'a> = [&module[..], &[item.name]].concat();
            match item.kind {
                ItemKind::Module => self.visit(crate_, &inside, &format!("{public}{}::", item.name)),
                ItemKind::Use | ItemKind::Macro | ItemKind::Impl => {}
                _ => self.note(&inside, &format!("{public}{}", item.name)),
            }
            for use_ in uses {
                let last = use_.path.last().copied().unwrap_or_default();
                match crate_.resolve(module, &use_.path) {
                    Some(target) if is_module(crate_, module, &use_.path, &target) => {
                        self.visit(crate_, &target, &format!("{public}{}::", use_.name));
                    }
                    Some(target) if last == "*" => self.visit(crate_, &target, public),
                    Some(target) => self.note(&[&target[..], &[last]].concat(), &format!("{public}{}", use_.name)),
                    None => self.note(&use_.path, &format!("{public}{}", use_.name)),
                }
            }
        }
    }

    fn note(&mut self, definition: &[&str], public: &str) {
        self.paths.entry(definition.join("::")).or_default().insert(public.to_owned());
    }

    /// Returns a message for each item with more than one path.
    fn doubled(&self) -> Vec<String> {
        let mut messages = Vec::new();
        for (definition, paths) in &self.paths {
            let mut paths = paths.clone();
            // `pub use other_crate as name` exports all items of the crate.
            for (at, _) in definition.match_indices("::") {
                let wholes = self.paths.get(&definition[..at]).into_iter().flatten();
                paths.extend(wholes.map(|whole| format!("{whole}{}", &definition[at..])));
            }
            if paths.len() > 1 {
                let paths: Vec<_> = paths.iter().map(String::as_str).collect();
                messages.push(format!("an item has {} public paths, not one: {}", paths.len(), paths.join(", ")));
            }
        }
        messages
    }
}

/// Whether a path names the module `target` itself. The path in `pub use split::split` may name a function of the module.
fn is_module<'a>(crate_: &Crate<'_, 'a>, from: &[&'a str], path: &[&'a str], target: &[&'a str]) -> bool {
    let Some((last, parents)) = path.split_last() else { return false };
    let parent = if parents.is_empty() { Some(from.to_vec()) } else { crate_.resolve(from, parents) };
    parent.is_some_and(|parent| [&parent[..], &[*last]].concat() == target)
}

#[cfg(test)]
mod tests {
    use crate::tidy::tests::check_rule;

    #[track_caller]
    fn check(lib: &str, b: &str, expected: &[&str]) {
        check_rule(super::check, &[("crates/a/src/lib.rs", lib), ("crates/a/src/b.rs", b)], expected);
    }

    #[test]
    fn one_path_passes() {
        check("mod b; pub use b::B;", "pub struct B;", &[]);
        check("mod b; pub use b::{b, B};", "pub struct B; pub fn b() {}", &[]);
        check("pub mod b; use b::B;", "pub struct B; pub(crate) struct C;", &[]);
        check("pub use other as o; pub use third::{A, B};", "", &[]);
    }

    #[test]
    fn a_re_export_from_a_public_module() {
        check(
            "pub mod b; pub use b::{B, c};",
            "pub struct B; pub fn c() {} pub fn d() {}",
            &["2 public paths, not one: B, b::B", "b::c, c"],
        );
        check("pub mod b; pub use b::*;", "pub struct B;", &["B, b::B"]);
    }

    #[test]
    fn a_re_export_twice() {
        check("mod b; pub use b::B; pub use b::B as C;", "pub struct B;", &["B, C"]);
        check("pub use other as o; pub use other::A;", "", &["A, o::A"]);
    }
}
