//! Accessibility checks with axe-core.

use std::path::PathBuf;

use serde_json::Value;

use crate::phone::Phone;

/// Describes each violation: the rule, the element, and the reason.
const RUN: &str = "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target, any, all, none }) =>
        `${id}: ${target} ${[...any, ...all, ...none][0]?.message ?? ''}`)))";

impl Phone {
    /// Returns the violations of accessibility rules on the page as it is now.
    pub async fn accessibility_violations(&self) -> Vec<String> {
        let script = std::fs::read_to_string(axe()).unwrap();
        self.value(&format!("{{ {script} }}; 0")).await;
        let Value::Array(found) = self.value(RUN).await else { panic!("axe-core returned no list") };
        found.iter().map(|violation| violation.as_str().unwrap_or_default().to_owned()).collect()
    }
}

fn axe() -> PathBuf {
    let path = std::env::var_os("WAXWING_AXE").map(PathBuf::from);
    path.unwrap_or_else(|| panic!("axe-core is missing: run `cargo xtask test -p waxwing-browser-tests`"))
}
