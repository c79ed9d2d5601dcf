//! Policy for dependencies, in the format of cargo-deny.
//!
//! <https://embarkstudios.github.io/cargo-deny/checks/cfg.html>

use anyhow::{Context as _, ensure};
use semver::{Version, VersionReq};
use toml::Value;

/// Parts of `deny.toml` that the task checks itself.
#[derive(Debug, Default)]
pub(super) struct Policy {
    /// SPDX ids of licences.
    pub(super) licenses: Vec<String>,
    /// Packages that must not be used.
    pub(super) bans: Vec<PackageSpec>,
    /// Packages that are allowed in a second version.
    pub(super) duplicates: Vec<PackageSpec>,
    /// Addresses of registries.
    pub(super) registries: Vec<String>,
    /// Ids of advisories that do not apply.
    pub(super) ignored_advisories: Vec<String>,
}

/// Versions of a package.
#[derive(Debug)]
pub(super) struct PackageSpec {
    pub(super) name: String,
    versions: VersionReq,
    pub(super) reason: String,
}

impl Policy {
    pub(super) fn parse(toml: &str) -> anyhow::Result<Self> {
        let table: toml::Table = toml.parse()?;
        let list = |section: &str, key: &str| -> anyhow::Result<Vec<Value>> {
            let list = table.get(section).and_then(|section| section.get(key)).and_then(Value::as_array);
            Ok(list.with_context(|| format!("[{section}] has no list `{key}`"))?.clone())
        };
        let specs = |key| list("bans", key)?.iter().map(PackageSpec::parse).collect::<anyhow::Result<Vec<_>>>();
        let texts = |section, key| -> anyhow::Result<Vec<String>> {
            let text = |value: &Value| value.as_str().map(str::to_owned).context("a list has a value that is no text");
            list(section, key)?.iter().map(text).collect()
        };
        let ignored = list("advisories", "ignore")?.into_iter().map(|ignored| reasoned(&ignored, "id"));
        Ok(Self {
            licenses: texts("licenses", "allow")?,
            bans: specs("deny")?,
            duplicates: specs("skip")?,
            registries: texts("sources", "allow-registry")?,
            ignored_advisories: ignored.map(|pair| Ok(pair?.0)).collect::<anyhow::Result<_>>()?,
        })
    }
}

impl PackageSpec {
    fn parse(value: &Value) -> anyhow::Result<Self> {
        let (spec, reason) = reasoned(value, "crate")?;
        let (name, version) = spec.split_once('@').unwrap_or((&spec, ""));
        // For cargo-deny, a version without an operator means exactly this version.
        let versions = match version {
            "" => VersionReq::STAR,
            version if version.starts_with(|first: char| first.is_ascii_digit()) => {
                VersionReq::parse(&format!("={version}"))?
            }
            version => VersionReq::parse(version)?,
        };
        Ok(Self { name: name.to_owned(), versions, reason })
    }

    pub(super) fn covers(&self, name: &str, version: &Version) -> bool {
        self.name == name && self.versions.matches(version)
    }
}

/// Parses a table with a name and a reason.
fn reasoned(value: &Value, key: &str) -> anyhow::Result<(String, String)> {
    let text = |key| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (name, reason) = (text(key), text("reason"));
    ensure!(!name.is_empty() && !reason.is_empty(), "`{value}` needs `{key}` and `reason`");
    Ok((name, reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specs_with_and_without_versions() {
        let parse = |spec: &str| {
            let value: toml::Table = format!("spec = {{ crate = '{spec}', reason = 'r' }}").parse().unwrap();
            PackageSpec::parse(&value["spec"]).unwrap()
        };
        let version = |version: &str| version.parse::<Version>().unwrap();
        assert!(parse("a").covers("a", &version("1.0.0")) && !parse("a").covers("b", &version("1.0.0")));
        assert!(parse("a@1.0.0").covers("a", &version("1.0.0")) && !parse("a@1.0.0").covers("a", &version("1.0.1")));
        assert!(parse("a@<2").covers("a", &version("1.0.1")) && !parse("a@<2").covers("a", &version("2.0.0")));
    }

    #[test]
    fn an_exception_needs_a_reason() {
        let policy = |skip: &str| {
            Policy::parse(&format!(
                "licenses.allow = []\nbans.deny = []\nbans.skip = [{skip}]\nsources.allow-registry = []\nadvisories.ignore = []"
            ))
        };
        assert_eq!(policy("{ crate = 'a', reason = 'b' }").unwrap().duplicates[0].reason, "b");
        assert!(policy("{ crate = 'a' }").unwrap_err().to_string().contains("reason"));
        assert!(Policy::parse("").is_err());
    }
}
