//! Who gives turns to whom: nobody may get one back.

use std::collections::{BTreeMap, BTreeSet};

use crate::file::File;
use crate::problem::Report;

pub(super) fn check(file: &File, report: &mut Report<'_>) {
    let mut given: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (giver, name) in file.given_turns() {
        given.entry(giver).or_default().insert(name);
    }
    let mut done = BTreeSet::new();
    for name in given.keys().copied() {
        let mut way = Vec::new();
        if let Some(circle) = circle(name, &given, &mut way, &mut done) {
            let told = circle.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" to ");
            report.key_error(&file.path_of(circle[0]), format!("turns would go round: from {told}"));
        }
    }
}

/// The first way found from `name` that leads back to where it has been.
fn circle<'n>(
    name: &'n str,
    given: &BTreeMap<&'n str, BTreeSet<&'n str>>,
    way: &mut Vec<&'n str>,
    done: &mut BTreeSet<&'n str>,
) -> Option<Vec<&'n str>> {
    if let Some(start) = way.iter().position(|before| *before == name) {
        return Some(way[start..].iter().copied().chain([name]).collect());
    }
    if !done.insert(name) {
        return None;
    }
    way.push(name);
    let found = given.get(name).into_iter().flatten().find_map(|next| circle(next, given, way, done));
    way.pop();
    found
}
