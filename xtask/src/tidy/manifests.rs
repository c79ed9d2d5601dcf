//! Rule: packages depend on each other in one direction.
//!
//! A manifest inherits fields from the workspace. The README of a crate is its documentation.

use toml::{Table, Value};

use super::{File, Finding, Project};

/// Crates with their allowed dependencies, from the lowest layer to the highest. Tests of a crate may also use all crates below these
/// dependencies.
///
/// The emulator does not depend on other crates of the workspace, and only the recorder depends on it: it is an independent implementation of
/// Meta's rules.
const BELOW: [(&str, &[&str]); 25] = [
    ("waxwing-backoff", &[]),
    ("waxwing-metrics", &[]),
    ("waxwing-network", &[]),
    ("waxwing-types", &[]),
    ("waxwing-traces", &["waxwing-metrics", "waxwing-network"]),
    ("waxwing-agent", &[]),
    ("waxwing-markdown", &[]),
    ("waxwing-media", &[]),
    ("waxwing-flow", &[]),
    ("waxwing-emulator", &[]),
    ("waxwing-scripted-provider", &[]),
    ("waxwing-recorder", &["waxwing-emulator", "waxwing-network"]),
    ("waxwing-webhook", &["waxwing-types"]),
    ("waxwing-client", &["waxwing-media", "waxwing-network", "waxwing-types"]),
    ("waxwing-store", &["waxwing-types"]),
    ("waxwing-store-contract", &["waxwing-store", "waxwing-types"]),
    ("waxwing-event-sender", &["waxwing-network"]),
    ("waxwing-http-agent", &["waxwing-agent", "waxwing-network"]),
    ("waxwing-llm", &["waxwing-agent", "waxwing-backoff", "waxwing-media", "waxwing-network"]),
    (
        "waxwing-engine",
        &[
            "waxwing-agent",
            "waxwing-backoff",
            "waxwing-client",
            "waxwing-markdown",
            "waxwing-media",
            "waxwing-metrics",
            "waxwing-store",
            "waxwing-traces",
            "waxwing-types",
            "waxwing-webhook",
        ],
    ),
    ("waxwing-axum", &["waxwing-engine", "waxwing-flow", "waxwing-metrics", "waxwing-types", "waxwing-webhook"]),
    (
        "waxwing",
        &[
            "waxwing-agent",
            "waxwing-axum",
            "waxwing-client",
            "waxwing-engine",
            "waxwing-event-sender",
            "waxwing-flow",
            "waxwing-http-agent",
            "waxwing-llm",
            "waxwing-metrics",
            "waxwing-network",
            "waxwing-store",
            "waxwing-traces",
            "waxwing-types",
            "waxwing-webhook",
        ],
    ),
    ("waxwing-admin", &["waxwing"]),
    (
        "waxwing-config",
        &["waxwing", "waxwing-agent", "waxwing-flow", "waxwing-http-agent", "waxwing-llm", "waxwing-media"],
    ),
    (
        "waxwing-fuzz",
        &["waxwing-config", "waxwing-markdown", "waxwing-store-contract", "waxwing-types", "waxwing-webhook"],
    ),
];

/// Crates for tests, and a crate whose tests use them.
const SUITES: [(&str, &str); 4] = [
    ("waxwing-store-contract", "waxwing-store"),
    ("waxwing-scripted-provider", "waxwing-llm"),
    ("waxwing-scripted-provider", "waxwing-engine"),
    ("waxwing-scripted-provider", "waxwing-config"),
];

/// Packages of the top layer, which may depend on every crate.
const TOP: [&str; 6] = [
    "waxwing-cli",
    "waxwing-examples",
    "waxwing-tests",
    "waxwing-browser-tests",
    "waxwing-model-tests",
    "waxwing-bench",
];

/// Fields of a package that the workspace provides.
const INHERITED: [&str; 4] = ["version", "edition", "rust-version", "license"];

/// Attribute that makes the README of a crate its documentation.
const CRATE_DOC: &str = "#![doc = include_str!(\"../README.md\")]";

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let files = project.files;
    let manifests = files.iter().filter(|file| file.path.ends_with("/Cargo.toml"));
    let mut findings: Vec<_> = manifests.clone().flat_map(check_manifest).collect();
    for file in manifests.filter(|file| file.path.starts_with("crates/")) {
        findings.extend(check_readme(file, files));
    }
    findings
}

fn check_manifest(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |name: &str, message: String| {
        findings.push(Finding::new(&file.path, line_of(&file.text, name), message));
    };
    let manifest: Table = match file.text.parse() {
        Ok(manifest) => manifest,
        Err(error) => {
            find("", format!("is no manifest: {}", error.message()));
            return findings;
        }
    };

    if !is_inherited(manifest.get("lints")) {
        find("[lints]", "needs `[lints] workspace = true`".to_owned());
    }
    let package = manifest.get("package").and_then(Value::as_table);
    for field in INHERITED {
        if !is_inherited(package.and_then(|package| package.get(field))) {
            find(field, format!("needs `{field}.workspace = true`"));
        }
    }

    let name = package.and_then(|package| package.get("name")).and_then(Value::as_str).unwrap_or_default();
    for (section, dependencies) in sections(&manifest) {
        for (dependency, value) in dependencies {
            // A dev-dependency of a crate on itself enables its features for its tests.
            if dependency == name && section == "dev-dependencies" {
                continue;
            }
            if !is_inherited(Some(value)) {
                find(
                    dependency,
                    format!("`{dependency}` needs `workspace = true`; its version is in the root manifest"),
                );
            }
            if let Err(message) = check_direction(name, dependency, section == "dev-dependencies") {
                find(dependency, message);
            }
        }
    }
    findings
}

/// Whether the workspace provides the value.
fn is_inherited(value: Option<&Value>) -> bool {
    value.and_then(|value| value.get("workspace")).and_then(Value::as_bool) == Some(true)
}

/// Returns all tables of dependencies, including those of specific platforms.
fn sections(manifest: &Table) -> Vec<(&'static str, &Table)> {
    let targets = manifest.get("target").and_then(Value::as_table);
    let tables = targets.into_iter().flat_map(Table::values).filter_map(Value::as_table);
    std::iter::once(manifest)
        .chain(tables)
        .flat_map(|table| {
            ["dependencies", "dev-dependencies", "build-dependencies"]
                .into_iter()
                .filter_map(|section| Some((section, table.get(section)?.as_table()?)))
        })
        .collect()
}

fn check_direction(package: &str, dependency: &str, for_tests: bool) -> Result<(), String> {
    if !(dependency == "waxwing" || dependency.starts_with("waxwing-")) || TOP.contains(&package) {
        return Ok(());
    }
    let Some(below) = below(package) else {
        return Err(format!("`{package}` has no place among the crates yet; give it one in xtask's `BELOW`"));
    };
    let in_reach = below.contains(&dependency)
        || for_tests && below.iter().any(|crate_| is_above(crate_, dependency))
        || for_tests && SUITES.contains(&(dependency, package));
    if in_reach {
        return Ok(());
    }
    Err(match below {
        [] => format!("`{package}` may not depend on `{dependency}`, nor on any other crate of ours"),
        _ => format!("`{package}` may not depend on `{dependency}`, only on {}", below.join(", ")),
    })
}

fn below(package: &str) -> Option<&'static [&'static str]> {
    BELOW.iter().find(|(name, _)| *name == package).map(|(_, below)| *below)
}

/// Whether `upper` depends on `lower`, directly or not.
fn is_above(upper: &str, lower: &str) -> bool {
    below(upper).is_some_and(|below| below.iter().any(|&name| name == lower || is_above(name, lower)))
}

fn check_readme(manifest: &File, files: &[File]) -> Vec<Finding> {
    let Some(directory) = manifest.path.strip_suffix("Cargo.toml") else { return Vec::new() };
    let file = |name: &str| files.iter().find(|file| file.path.strip_prefix(directory) == Some(name));
    let mut findings = Vec::new();
    if file("README.md").is_none() {
        findings.push(Finding::new(&format!("{directory}README.md"), 0, "is missing"));
    }
    match file("src/lib.rs").or_else(|| file("src/main.rs")) {
        Some(root) if root.text.contains(CRATE_DOC) => {}
        Some(root) => {
            let message = format!("needs `{CRATE_DOC}`, so that the README is the crate's documentation and tested");
            findings.push(Finding::new(&root.path, 1, message));
        }
        None => {
            findings.push(Finding::new(&format!("{directory}src/lib.rs"), 0, "is missing"));
        }
    }
    findings
}

/// Returns the number of the first line that starts with `name`, or 1.
fn line_of(text: &str, name: &str) -> usize {
    let starts = |line: &str| {
        line.trim_start()
            .strip_prefix(name)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '-'))
    };
    text.lines().position(starts).map_or(1, |line| line + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "[package]\nversion.workspace = true\nedition.workspace = true\nrust-version.workspace = true\n\
        license.workspace = true\n";
    const LINTS: &str = "[lints]\nworkspace = true\n";

    #[track_caller]
    fn check(name: &str, rest: &str, expected: &[(usize, &str)]) {
        let text = format!("{HEAD}name = \"{name}\"\n{rest}");
        let findings = check_manifest(&File { path: format!("crates/{name}/Cargo.toml"), text });
        assert_eq!(findings.len(), expected.len(), "{findings:?}");
        for (finding, (line, part)) in findings.iter().zip(expected) {
            assert_eq!(finding.line, *line, "{finding}");
            assert!(finding.message.contains(part), "{finding}");
        }
    }

    /// Checks whether `package` may have `dependency` in `section`.
    #[track_caller]
    fn check_edge(package: &str, section: &str, dependency: &str, allowed: bool) {
        let rest = format!("{LINTS}[{section}]\n{dependency}.workspace = true\n");
        check(package, &rest, if allowed { &[] } else { &[(10, "may not depend")] });
    }

    #[test]
    fn inheritance() {
        check("waxwing-types", LINTS, &[]);
        check("waxwing-types", "", &[(1, "[lints]")]);
        check("waxwing-types", "[lints]\nworkspace = false", &[(7, "[lints]")]);
        let own = File { path: "a/Cargo.toml".into(), text: format!("[package]\nversion = \"1.0.0\"\n{LINTS}") };
        let fields: Vec<_> = check_manifest(&own).iter().map(|finding| finding.line).collect();
        assert_eq!(fields, [2, 1, 1, 1]);
    }

    #[test]
    fn versions_are_in_the_root() {
        let rest = |dependency: &str| format!("{LINTS}[dependencies]\n{dependency}\n");
        check("waxwing-types", &rest("serde.workspace = true"), &[]);
        check("waxwing-types", &rest("serde = { workspace = true, features = [\"rc\"] }"), &[]);
        check("waxwing-types", &rest("serde = \"1\""), &[(10, "root manifest")]);
        check("waxwing-types", &rest("serde = { path = \"../serde\" }"), &[(10, "root manifest")]);
        let platform = format!("{LINTS}[target.'cfg(unix)'.dependencies]\nlibc = \"1\"\n");
        check("waxwing-types", &platform, &[(10, "root manifest")]);
    }

    #[test]
    fn broken_manifests() {
        check("waxwing-types", "[", &[(1, "no manifest")]);
    }

    #[test]
    fn direction() {
        check_edge("waxwing-client", "dependencies", "waxwing-types", true);
        check_edge("waxwing-client", "dependencies", "waxwing-webhook", false);
        check_edge("waxwing-types", "dependencies", "waxwing-client", false);
        check_edge("waxwing-agent", "dependencies", "waxwing-types", false);
        check_edge("waxwing-agent", "build-dependencies", "waxwing-types", false);
        check_edge("waxwing-engine", "dependencies", "waxwing-store", true);
        check_edge("waxwing-engine", "dependencies", "waxwing-axum", false);
        check_edge("waxwing", "dependencies", "waxwing-axum", true);
        check_edge("xtask", "dependencies", "anyhow", true);
    }

    #[test]
    fn tests_may_use_everything_below() {
        check_edge("waxwing-axum", "dependencies", "waxwing-store", false);
        check_edge("waxwing-axum", "dev-dependencies", "waxwing-store", true);
        check_edge("waxwing-axum", "dev-dependencies", "waxwing", false);
        check_edge("waxwing-store", "dev-dependencies", "waxwing-client", false);
    }

    #[test]
    fn tests_may_use_the_suite_of_their_crate() {
        check_edge("waxwing-store", "dev-dependencies", "waxwing-store-contract", true);
        check_edge("waxwing-store", "dependencies", "waxwing-store-contract", false);
        check_edge("waxwing-engine", "dev-dependencies", "waxwing-store-contract", false);
    }

    #[test]
    fn tests_may_switch_features_of_their_own_crate_on() {
        let rest =
            |section| format!("{LINTS}[{section}]\nwaxwing-store = {{ path = \".\", features = [\"test-util\"] }}\n");
        check("waxwing-store", &rest("dev-dependencies"), &[]);
        check("waxwing-store", &rest("dependencies"), &[(10, "root manifest"), (10, "may not depend")]);
    }

    #[test]
    fn the_emulator_stands_apart() {
        check_edge("waxwing-emulator", "dependencies", "waxwing-types", false);
        check_edge("waxwing-emulator", "dev-dependencies", "waxwing-types", false);
        check_edge("waxwing", "dependencies", "waxwing-emulator", false);
        check_edge("waxwing-engine", "dev-dependencies", "waxwing-emulator", false);
        check_edge("waxwing-cli", "dependencies", "waxwing-emulator", true);
        check_edge("waxwing-tests", "dev-dependencies", "waxwing-emulator", true);
    }

    #[test]
    fn a_new_crate_needs_a_place() {
        check("waxwing-new", &format!("{LINTS}[dependencies]\nwaxwing-types.workspace = true"), &[(10, "no place")]);
    }

    #[test]
    fn readmes() {
        #[track_caller]
        fn check(files: &[(&str, &str)], expected: &[&str]) {
            let file = |&(path, text): &(&str, &str)| File { path: path.to_owned(), text: text.to_owned() };
            let files: Vec<_> = files.iter().map(file).collect();
            let findings = check_readme(&files[0], &files);
            assert_eq!(findings.iter().map(|finding| finding.path.as_str()).collect::<Vec<_>>(), expected);
        }
        let manifest = ("crates/a/Cargo.toml", "");
        let readme = ("crates/a/README.md", "# a");
        check(&[manifest, readme, ("crates/a/src/lib.rs", CRATE_DOC)], &[]);
        check(&[manifest, readme, ("crates/a/src/main.rs", CRATE_DOC)], &[]);
        check(&[manifest, readme, ("crates/a/src/lib.rs", "//! a")], &["crates/a/src/lib.rs"]);
        check(&[manifest, ("crates/a/src/lib.rs", CRATE_DOC)], &["crates/a/README.md"]);
        check(&[manifest, readme], &["crates/a/src/lib.rs"]);
    }
}
