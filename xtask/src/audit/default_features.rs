//! Default features of dependencies, which are off unless the workspace uses them.

use anyhow::Context as _;

use super::dependencies::Dependencies;

/// Dependencies whose default features are on although they are more than `std` or `alloc`, each with its use.
const USED: [(&str, &str); 6] = [
    ("base64", "media for models is encoded with SIMD"),
    ("clap", "help, errors and suggestions in colour are for people at terminals"),
    ("schemars", "the sections of `waxwing.toml` derive their schema"),
    ("tempfile", "names of temporary files are not guessable"),
    ("toml", "files are parsed and printed"),
    ("tracing-subscriber", "people read logs in colour, and libraries log through `log`"),
];

/// Features that most packages cannot do without.
const BASIC: [&str; 2] = ["std", "alloc"];

/// Checks the dependencies of the root manifest. Returns one line for each finding.
pub(super) fn check(manifest: &str, dependencies: &Dependencies) -> anyhow::Result<Vec<String>> {
    let manifest: toml::Table = manifest.parse()?;
    let table = manifest.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    let table = table.and_then(toml::Value::as_table).context("Cargo.toml lists no dependencies of the workspace")?;
    let mut findings = Vec::new();
    let mut used = Vec::new();
    for (name, dependency) in table {
        let is_off = dependency.get("default-features").and_then(toml::Value::as_bool) == Some(false);
        let packages = dependencies.packages.iter().filter(|package| package.name == *name && !package.is_member);
        // Other packages may need an older version. The newest version is that of the workspace.
        let Some(package) = packages.max_by_key(|package| &package.version) else { continue };
        let extra: Vec<_> =
            package.default_features.iter().filter(|feature| !BASIC.contains(&feature.as_str())).cloned().collect();
        if is_off || extra.is_empty() {
            continue;
        }
        match USED.iter().find(|(used, _)| used == name) {
            Some((name, _)) => used.push(*name),
            None => findings.push(format!(
                "Cargo.toml: {name} has the default features {}; turn off those that nothing uses",
                extra.join(", ")
            )),
        }
    }
    for (name, _) in USED.iter().filter(|(name, _)| table.contains_key(*name) && !used.contains(name)) {
        findings.push(format!("{}: the entry of {name} is not needed any more; remove it", file!()));
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::super::dependencies::Package;
    use super::*;

    #[track_caller]
    fn check(manifest: &str, defaults: &[&str], expected: &[&str]) {
        let package = |name: &str| Package {
            name: name.to_owned(),
            version: "1.0.0".parse().unwrap(),
            license: None,
            default_features: defaults.iter().map(ToString::to_string).collect(),
            is_member: false,
            wildcards: Vec::new(),
        };
        let dependencies = Dependencies { packages: vec![package("a"), package("clap")], locked: Vec::new() };
        let findings = super::check(&format!("[workspace.dependencies]\n{manifest}"), &dependencies).unwrap();
        assert_eq!(findings.len(), expected.len(), "{findings:#?}");
        for (finding, part) in findings.iter().zip(expected) {
            assert!(finding.contains(part), "`{finding}` lacks `{part}`");
        }
    }

    #[test]
    fn default_features_have_a_use() {
        check("a = '1'", &["std"], &[]);
        check("a = '1'", &["std", "tls"], &["a has the default features tls"]);
        check("a = { version = '1', default-features = false }", &["tls"], &[]);
        check("clap = '1'", &["tls"], &[]);
        check("clap = '1'", &[], &["the entry of clap is not needed any more"]);
    }
}
