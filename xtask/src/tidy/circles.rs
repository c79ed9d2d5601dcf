//! Rule: the modules of a crate import each other in one direction.
//!
//! An import counts for the two sibling modules that it connects: `a::x` that imports `b::y` makes `a` depend on `b`. Imports between a
//! module and its submodules are allowed. An import through a re-export counts for the module that defines the item.

use std::collections::{BTreeMap, BTreeSet};

use super::rust::modules::{Crate, Path, crates};
use super::{Finding, Project};

/// Import of `names` from a sibling module.
struct Edge<'a> {
    names: BTreeSet<&'a str>,
    place: String,
}

type Edges<'a> = BTreeMap<(&'a str, &'a str), Edge<'a>>;

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    crates(&project.sources).iter().flat_map(findings).collect()
}

/// Returns one finding for each import cycle.
fn findings(crate_: &Crate<'_, '_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (parent, edges) in edges(crate_) {
        let file = crate_.modules.get(&parent).map_or("", |module| module.source.path);
        for circle in circles(&edges) {
            let message = format!("{} modules import each other: {}", circle.len(), ties(&circle, &edges).join("; "));
            findings.push(Finding::new(file, 0, message));
        }
    }
    findings
}

/// Describes the imports between the modules of a cycle.
fn ties(circle: &BTreeSet<&str>, edges: &Edges<'_>) -> Vec<String> {
    let ties = edges.iter().filter(|((from, to), _)| circle.contains(from) && circle.contains(to));
    let tie = |((from, to), edge): (&(&str, &str), &Edge<'_>)| {
        let names: Vec<_> = edge.names.iter().copied().collect();
        format!("{from} -> {to} ({}; {})", names.join(", "), edge.place)
    };
    ties.map(tie).collect()
}

/// Returns the imports between the submodules of each module.
fn edges<'a>(crate_: &Crate<'_, 'a>) -> BTreeMap<Path<'a>, Edges<'a>> {
    let mut all: BTreeMap<Path<'a>, Edges<'a>> = BTreeMap::new();
    for (from, module) in &crate_.modules {
        for use_ in &module.uses {
            let Some(to) = crate_.resolve(from, &use_.path) else { continue };
            let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
            // One module is a submodule of the other.
            let (Some(&a), Some(&b)) = (from.get(shared), to.get(shared)) else { continue };
            let edge = all.entry(from[..shared].to_vec()).or_default().entry((a, b));
            let place = || format!("{}:{}", short(module.source.path), use_.line);
            edge.or_insert_with(|| Edge { names: BTreeSet::new(), place: place() }).names.insert(use_.name);
        }
    }
    all
}

/// Returns the path of a file without the directory of its crate.
fn short(file: &str) -> &str {
    file.split_once("src/").map_or(file, |(_, file)| file)
}

/// Returns the groups of modules that import each other, directly or not.
fn circles<'a>(edges: &Edges<'a>) -> Vec<BTreeSet<&'a str>> {
    let nodes: BTreeSet<_> = edges.keys().flat_map(|(from, to)| [*from, *to]).collect();
    let reach: BTreeMap<_, _> = nodes.iter().map(|node| (*node, reachable(node, edges))).collect();
    let mut circles = BTreeSet::new();
    for node in &nodes {
        let circle: BTreeSet<_> =
            reach[node].iter().copied().filter(|other| other == node || reach[other].contains(node)).collect();
        if circle.len() > 1 && circle.contains(node) {
            circles.insert(circle);
        }
    }
    circles.into_iter().collect()
}

fn reachable<'a>(start: &'a str, edges: &Edges<'a>) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut open = vec![start];
    while let Some(node) = open.pop() {
        for (_, to) in edges.keys().filter(|(from, _)| *from == node) {
            if seen.insert(*to) {
                open.push(to);
            }
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use crate::tidy::tests::check_rule;

    #[track_caller]
    fn check(files: &[(&str, &str)], expected: &[&str]) {
        let files: Vec<_> = files.iter().map(|(path, text)| (format!("crates/a/src/{path}"), *text)).collect();
        let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
        check_rule(super::check, &files, expected);
    }

    #[test]
    fn one_direction_passes() {
        check(&[("lib.rs", "mod a; mod b;"), ("a.rs", "use crate::b::B;"), ("b.rs", "pub struct B;")], &[]);
    }

    #[test]
    fn a_circle_is_named_with_its_ties() {
        let files =
            [("lib.rs", "mod a; mod b;"), ("a.rs", "use crate::b::{B,\n C};"), ("b.rs", "fn f(a: super::a::A) {}")];
        let circle = "crates/a/src/lib.rs: 2 modules import each other: a -> b (B, C; a.rs:1); b -> a (A; b.rs:1)";
        check(&files, &[circle]);
    }

    #[test]
    fn a_circle_of_three() {
        let files = [("lib.rs", ""), ("a.rs", "use crate::b;"), ("b.rs", "use crate::c;"), ("c.rs", "use crate::a;")];
        check(&files, &["3 modules import each other: a -> b (b; a.rs:1); b -> c (c; b.rs:1); c -> a (a; c.rs:1)"]);
    }

    #[test]
    fn parents_and_children_are_free() {
        check(&[("lib.rs", "use a::A;"), ("a.rs", "use self::b::B; use crate::C;"), ("a/b.rs", "use super::A;")], &[]);
    }

    #[test]
    fn grandchildren_count_for_their_parents() {
        let files = [
            ("lib.rs", ""),
            ("a.rs", ""),
            ("a/x.rs", "use crate::b::B;"),
            ("b.rs", "use crate::a::y::Y;"),
            ("a/y.rs", ""),
        ];
        check(&files, &["a -> b (B; a/x.rs:1); b -> a (Y; b.rs:1)"]);
    }

    #[test]
    fn siblings_deep_inside() {
        let files = [("lib.rs", ""), ("a.rs", ""), ("a/x.rs", "use super::y::Y;"), ("a/y.rs", "use super::x::X;")];
        check(&files, &["crates/a/src/a.rs: 2 modules"]);
    }

    #[test]
    fn re_exports_lead_to_the_definition() {
        let files = [("lib.rs", "pub use b::B;"), ("a.rs", "use crate::B;"), ("b.rs", "use crate::a::A;")];
        check(&files, &["a -> b (B; a.rs:1)"]);
        let files = [("lib.rs", "pub use b::*;"), ("a.rs", "use crate::B;"), ("b.rs", "use crate::a::A; struct B;")];
        check(&files, &["a -> b (B; a.rs:1)"]);
    }

    #[test]
    fn tests_may_use_everything() {
        let test = "#[cfg(test)] mod tests { use crate::a::A; }";
        check(&[("lib.rs", ""), ("a.rs", "use crate::b::B;"), ("b.rs", test)], &[]);
    }
}
