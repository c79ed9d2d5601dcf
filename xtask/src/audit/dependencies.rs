//! Packages that the workspace depends on.

use std::collections::HashSet;

use anyhow::Context as _;
use semver::Version;
use serde_json::Value;
use xshell::{Shell, cmd};

use crate::cargo_tree::name_and_version;

/// Packages that the workspace depends on.
#[derive(Debug, Default)]
pub(super) struct Dependencies {
    /// Packages that are compiled on this machine, with all features that a package of the workspace enables.
    pub(super) packages: Vec<Package>,
    /// Packages of `Cargo.lock`, including packages for other platforms.
    pub(super) locked: Vec<LockedPackage>,
}

#[derive(Debug)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: Version,
    /// SPDX expression.
    pub(super) license: Option<String>,
    /// Features that are on by default.
    pub(super) default_features: Vec<String>,
    pub(super) is_member: bool,
    /// Names of dependencies without a required version and without a path.
    pub(super) wildcards: Vec<String>,
}

#[derive(Debug)]
pub(super) struct LockedPackage {
    pub(super) name: String,
    pub(super) version: Version,
    /// Registry or repository. `None` for packages of the workspace.
    pub(super) source: Option<String>,
}

impl Dependencies {
    pub(super) fn read(sh: &Shell) -> anyhow::Result<Self> {
        let version = cmd!(sh, "rustc -vV").quiet().read()?;
        let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc states no host")?;
        let metadata =
            cmd!(sh, "cargo metadata --format-version 1 --locked --filter-platform {host}").quiet().read()?;
        let tree = cmd!(sh, "cargo tree --workspace --locked --edges all --prefix none").quiet().read()?;
        Self::parse(&metadata, &tree, &sh.read_file("Cargo.lock")?)
    }

    /// Parses the output of cargo. `tree` lists the compiled packages. `metadata` also lists packages of optional dependencies that no
    /// feature enables.
    fn parse(metadata: &str, tree: &str, lock: &str) -> anyhow::Result<Self> {
        let metadata: Value = serde_json::from_str(metadata)?;
        let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
        let mut packages = packages.iter().map(Package::parse).collect::<anyhow::Result<Vec<_>>>()?;
        let compiled: HashSet<_> = tree.lines().filter_map(name_and_version).collect();
        packages.retain(|package| compiled.contains(&(package.name.as_str(), package.version.clone())));
        let lock: toml::Table = lock.parse()?;
        let locked = lock.get("package").and_then(toml::Value::as_array).context("Cargo.lock lists no packages")?;
        let locked = locked.iter().map(LockedPackage::parse).collect::<anyhow::Result<_>>()?;
        Ok(Self { packages, locked })
    }
}

impl Package {
    fn parse(package: &Value) -> anyhow::Result<Self> {
        let strings = |list: &Value| -> Vec<String> {
            list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let dependencies = package["dependencies"].as_array().into_iter().flatten();
        let wildcards = dependencies.filter(|dependency| dependency["req"] == "*" && dependency["path"].is_null());
        Ok(Self {
            name: package["name"].as_str().context("a package has a name")?.to_owned(),
            version: package["version"].as_str().context("a package has a version")?.parse()?,
            license: package["license"].as_str().map(str::to_owned),
            default_features: strings(&package["features"]["default"]),
            is_member: package["source"].is_null(),
            wildcards: wildcards.filter_map(|dependency| dependency["name"].as_str()).map(str::to_owned).collect(),
        })
    }
}

impl LockedPackage {
    fn parse(package: &toml::Value) -> anyhow::Result<Self> {
        let string = |key| package.get(key).and_then(toml::Value::as_str);
        Ok(Self {
            name: string("name").context("a package has a name")?.to_owned(),
            version: string("version").context("a package has a version")?.parse()?,
            source: string("source").map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answers_of_cargo() {
        let metadata = r#"{"packages": [
            {"name": "ours", "version": "0.1.0", "license": null, "source": null, "features": {},
             "dependencies": [{"name": "a", "req": "*"}, {"name": "b", "req": "*", "path": "/b"}, {"name": "c", "req": "^1"}]},
            {"name": "c", "version": "1.2.3", "license": "MIT", "source": "registry+https://x",
             "features": {"default": ["std"], "std": []}, "dependencies": []},
            {"name": "c", "version": "0.9.0", "license": "MIT", "source": "registry+https://x", "features": {}, "dependencies": []}
        ]}"#;
        let tree = "ours v0.1.0 (/ours)\nc feature \"std\"\nc v1.2.3\nc v1.2.3 (*)\n";
        let lock = "[[package]]\nname = 'c'\nversion = '1.2.3'\nsource = 'registry+https://x'";
        let Dependencies { packages, locked } = Dependencies::parse(metadata, tree, lock).unwrap();
        assert!(packages[0].is_member && packages[0].wildcards == ["a"]);
        assert!(!packages[1].is_member && packages[1].default_features == ["std"]);
        assert_eq!(packages[1].license.as_deref(), Some("MIT"));
        assert_eq!(locked[0].source.as_deref(), Some("registry+https://x"));
        assert_eq!(packages.len(), 2, "a package that is not compiled does not count");
        assert!(Dependencies::parse("{}", tree, lock).is_err() && Dependencies::parse(metadata, tree, "").is_err());
    }
}
