//! Security advisories of RustSec.
//!
//! <https://github.com/rustsec/advisory-db>

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use semver::{Version, VersionReq};
use toml::{Table, Value};

use super::dependencies::Dependencies;
use super::policy::Policy;

/// Looks up the packages of `Cargo.lock` in a checkout of the database. Returns the number of advisories that name one of the packages, and a
/// line for each advisory that applies.
///
/// # Errors
///
/// If the directory is no database, or an advisory cannot be read.
pub(super) fn check(
    database: &Path,
    policy: &Policy,
    dependencies: &Dependencies,
) -> anyhow::Result<(usize, Vec<String>)> {
    let crates = database.join("crates");
    if !crates.is_dir() {
        bail!(
            "{} is no checkout of https://github.com/rustsec/advisory-db: it has no directory `crates`",
            database.display()
        );
    }
    let (mut checked, mut findings) = (0, Vec::new());
    for package in &dependencies.locked {
        for file in files(&crates.join(&package.name))? {
            let text = std::fs::read_to_string(&file)?;
            let advisory = Advisory::parse(&text).with_context(|| file.display().to_string())?;
            checked += 1;
            if advisory.affects(&package.version) && !policy.ignored_advisories.contains(&advisory.id) {
                findings.push(format!("{} {}: {} ({})", package.name, package.version, advisory.id, advisory.title));
            }
        }
    }
    Ok((checked, findings))
}

/// Returns the files of the advisories of a package.
fn files(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !directory.is_dir() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "md") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Advisory: a block of TOML, then a title.
#[derive(Debug)]
struct Advisory {
    id: String,
    title: String,
    is_withdrawn: bool,
    /// Versions that the advisory does not concern.
    safe: Vec<VersionReq>,
}

impl Advisory {
    fn parse(text: &str) -> anyhow::Result<Self> {
        let (_, rest) = text.split_once("```toml").context("an advisory begins with a block of TOML")?;
        let (block, rest) = rest.split_once("```").context("the block of TOML has no end")?;
        let table: Table = block.parse()?;
        let advisory = table.get("advisory").context("the section [advisory] is missing")?;
        let mut safe = Vec::new();
        for list in ["patched", "unaffected"] {
            let versions = table.get("versions").and_then(|versions| versions.get(list)).and_then(Value::as_array);
            for version in versions.into_iter().flatten().filter_map(Value::as_str) {
                safe.push(VersionReq::parse(version)?);
            }
        }
        Ok(Self {
            id: advisory.get("id").and_then(Value::as_str).context("an advisory has an id")?.to_owned(),
            title: rest.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or("no title").to_owned(),
            is_withdrawn: advisory.get("withdrawn").is_some(),
            safe,
        })
    }

    fn affects(&self, version: &Version) -> bool {
        !self.is_withdrawn && !self.safe.iter().any(|safe| safe.matches(version))
    }
}

#[cfg(test)]
mod tests {
    use super::super::dependencies::LockedPackage;
    use super::*;

    fn advisory(id: &str, more: &str) -> String {
        format!(
            "```toml\n[advisory]\nid = '{id}'\npackage = 'a'\n{more}\n[versions]\npatched = ['>= 1.2.3']\nunaffected = ['< 1.0.0']\n```\n\n# A hole\n"
        )
    }

    #[track_caller]
    fn check(version: &str, expected: &[&str]) {
        let database = tempfile::tempdir().unwrap();
        let directory = database.path().join("crates/a");
        std::fs::create_dir_all(&directory).unwrap();
        for (id, more) in [("RUSTSEC-1", ""), ("RUSTSEC-2", "withdrawn = '2025-01-01'"), ("RUSTSEC-3", "")] {
            std::fs::write(directory.join(format!("{id}.md")), advisory(id, more)).unwrap();
        }
        let locked = |name: &str| LockedPackage { name: name.into(), version: version.parse().unwrap(), source: None };
        let dependencies = Dependencies { packages: Vec::new(), locked: vec![locked("a"), locked("b")] };
        let policy = Policy { ignored_advisories: vec!["RUSTSEC-3".into()], ..Policy::default() };
        let (checked, findings) = super::check(database.path(), &policy, &dependencies).unwrap();
        assert_eq!((checked, findings.iter().map(String::as_str).collect::<Vec<_>>()), (3, expected.to_vec()));
    }

    #[test]
    fn advisories_apply_to_versions() {
        check("0.9.0", &[]);
        check("1.2.2", &["a 1.2.2: RUSTSEC-1 (A hole)"]);
        check("1.2.3", &[]);
    }

    #[test]
    fn a_directory_without_advisories_is_an_error() {
        let empty = tempfile::tempdir().unwrap();
        let result = super::check(empty.path(), &Policy::default(), &Dependencies::default());
        assert!(result.unwrap_err().to_string().contains("advisory-db"));
    }
}
