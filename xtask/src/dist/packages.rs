//! Packages that are compiled into the program.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use semver::Version;
use serde_json::Value;
use xshell::{Shell, cmd};

use super::FEATURES;
use crate::cargo_tree::name_and_version;

/// Package of the program.
pub(super) const PROGRAM: &str = "waxwing-cli";

/// Package that is compiled into the program.
#[derive(Debug, Clone)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: Version,
    /// SPDX expression.
    pub(super) license: Option<String>,
    pub(super) description: Option<String>,
    pub(super) repository: Option<String>,
    /// SHA-256 digest of the package in its registry. `None` for packages of the workspace.
    pub(super) checksum: Option<String>,
    /// Directory with the sources.
    pub(super) dir: PathBuf,
    /// Package URLs of the packages that this package uses.
    pub(super) uses: Vec<String>,
}

impl Package {
    /// Returns the package URL: <https://github.com/package-url/purl-spec>.
    pub(super) fn url(&self) -> String {
        url(&self.name, &self.version)
    }

    /// Whether the package comes from another project.
    pub(super) fn is_third_party(&self) -> bool {
        self.checksum.is_some()
    }

    fn parse(package: &Value, checksums: &HashMap<(String, Version), String>) -> anyhow::Result<Self> {
        let text = |key: &str| package[key].as_str().map(str::to_owned);
        let name = text("name").context("a package has no name")?;
        let version: Version = text("version").context("a package has no version")?.parse()?;
        let manifest = text("manifest_path").context("a package has no manifest")?;
        let dir = Path::new(&manifest).parent().context("a manifest is in no directory")?.to_owned();
        Ok(Self {
            // The old form of cargo, `A/B`, is not part of SPDX.
            license: text("license").map(|license| license.replace('/', " OR ")),
            description: text("description"),
            repository: text("repository"),
            checksum: checksums.get(&(name.clone(), version.clone())).cloned(),
            dir,
            uses: Vec::new(),
            name,
            version,
        })
    }
}

fn url(name: &str, version: &Version) -> String {
    format!("pkg:cargo/{name}@{version}")
}

/// Reads the packages that are compiled into the program for a target, sorted by name and version. Build scripts and macros are not part of
/// the program.
pub(super) fn read(sh: &Shell, triple: &str) -> anyhow::Result<Vec<Package>> {
    let metadata = cmd!(
        sh,
        "cargo metadata --format-version 1 --locked --features {PROGRAM}/{FEATURES} --filter-platform {triple}"
    )
    .quiet()
    .read()?;
    let edges = "normal,no-proc-macro";
    let tree = cmd!(
        sh,
        "cargo tree --package {PROGRAM} --features {FEATURES} --locked --edges {edges} --target {triple} --prefix none"
    );
    let packages = parse(&metadata, &tree.quiet().read()?, &sh.read_file("Cargo.lock")?)?;
    ensure!(packages.iter().any(|package| package.name == PROGRAM), "cargo tree does not list {PROGRAM}");
    Ok(packages)
}

fn parse(metadata: &str, tree: &str, lock: &str) -> anyhow::Result<Vec<Package>> {
    let metadata: Value = serde_json::from_str(metadata)?;
    let compiled: HashSet<_> = tree.lines().filter_map(name_and_version).collect();
    let checksums = checksums(lock)?;
    let mut by_id = HashMap::new();
    for package in metadata["packages"].as_array().context("cargo metadata lists no packages")? {
        let id = package["id"].as_str().context("a package has no id")?;
        let package = Package::parse(package, &checksums)?;
        if compiled.contains(&(package.name.as_str(), package.version.clone())) {
            by_id.insert(id, package);
        }
    }
    let urls: HashMap<_, _> = by_id.iter().map(|(id, package)| (*id, package.url())).collect();
    for node in metadata["resolve"]["nodes"].as_array().context("cargo metadata resolves no packages")? {
        let Some(package) = node["id"].as_str().and_then(|id| by_id.get_mut(id)) else { continue };
        let uses = node["dependencies"].as_array().into_iter().flatten().filter_map(Value::as_str);
        package.uses = uses.filter_map(|id| urls.get(id).cloned()).collect();
        package.uses.sort();
    }
    let mut packages: Vec<_> = by_id.into_values().collect();
    packages.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    Ok(packages)
}

/// Reads the digests of the packages in `Cargo.lock`.
fn checksums(lock: &str) -> anyhow::Result<HashMap<(String, Version), String>> {
    let lock: toml::Table = lock.parse()?;
    let packages = lock.get("package").and_then(toml::Value::as_array).context("Cargo.lock lists no packages")?;
    let mut checksums = HashMap::new();
    for package in packages {
        let text = |key| package.get(key).and_then(toml::Value::as_str);
        if let (Some(name), Some(version), Some(checksum)) = (text("name"), text("version"), text("checksum")) {
            checksums.insert((name.to_owned(), version.parse()?), checksum.to_owned());
        }
    }
    Ok(checksums)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Returns a package of another project with these licences.
    pub(in crate::dist) fn package(name: &str, license: &str, dir: &Path) -> Package {
        Package {
            name: name.to_owned(),
            version: Version::new(1, 2, 3),
            license: Some(license.to_owned()),
            description: None,
            repository: None,
            checksum: Some("abc".to_owned()),
            dir: dir.to_owned(),
            uses: Vec::new(),
        }
    }

    #[test]
    fn the_answers_of_cargo() {
        let metadata = r#"{"packages": [
            {"id": "w", "name": "waxwing-cli", "version": "0.1.0", "license": "MIT", "manifest_path": "/w/Cargo.toml"},
            {"id": "b", "name": "b", "version": "2.0.0", "license": "MIT/Apache-2.0", "manifest_path": "/r/b/Cargo.toml",
             "repository": "https://b"},
            {"id": "m", "name": "m", "version": "1.0.0", "license": "MIT", "manifest_path": "/r/m/Cargo.toml"}
        ], "resolve": {"nodes": [{"id": "w", "dependencies": ["m", "b"]}, {"id": "b", "dependencies": []}]}}"#;
        let tree = "waxwing-cli v0.1.0 (/w)\nb v2.0.0\nb v2.0.0 (*)\n";
        let lock =
            "[[package]]\nname = 'b'\nversion = '2.0.0'\nchecksum = 'cafe'\n[[package]]\nname = 'w'\nversion = '0.1.0'";
        let packages = parse(metadata, tree, lock).unwrap();
        let [b, program] = packages.as_slice() else { panic!("{packages:?}") };
        assert_eq!(program.uses, ["pkg:cargo/b@2.0.0"], "a macro is not part of the program");
        assert_eq!((b.license.as_deref(), b.checksum.as_deref()), (Some("MIT OR Apache-2.0"), Some("cafe")));
        assert!(b.is_third_party() && !program.is_third_party());
        assert_eq!(b.dir, Path::new("/r/b"));
        assert!(parse("{}", tree, lock).is_err() && parse(metadata, tree, "").is_err());
    }
}
