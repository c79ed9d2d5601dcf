//! Circles of agents that pass turns to each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::file::ConfigFile;
use crate::report::ProblemReport;

pub(super) fn check(file: &ConfigFile, report: &mut ProblemReport<'_>) {
    let mut targets: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (from, to) in file.handoffs() {
        targets.entry(from).or_default().insert(to);
    }
    let mut visited = BTreeSet::new();
    for name in targets.keys().copied() {
        if let Some(circle) = circle(name, &targets, &mut Vec::new(), &mut visited) {
            let path = circle.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" to ");
            let message = format!("agents pass turns in a circle, {path}; remove one of these references");
            report.key_error(&file.agent_path(circle[0]), message);
        }
    }
}

/// Returns the first path from `name` that leads back to one of its agents.
fn circle<'n>(
    name: &'n str,
    targets: &BTreeMap<&'n str, BTreeSet<&'n str>>,
    path: &mut Vec<&'n str>,
    visited: &mut BTreeSet<&'n str>,
) -> Option<Vec<&'n str>> {
    if let Some(start) = path.iter().position(|before| *before == name) {
        return Some(path[start..].iter().copied().chain([name]).collect());
    }
    if !visited.insert(name) {
        return None;
    }
    path.push(name);
    let found = targets.get(name).into_iter().flatten().find_map(|next| circle(next, targets, path, visited));
    path.pop();
    found
}
