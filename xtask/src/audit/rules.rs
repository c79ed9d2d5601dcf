//! Rules of the policy for dependencies.

use std::collections::{BTreeMap, BTreeSet};

use super::dependencies::Dependencies;
use super::license;
use super::policy::Policy;

/// Checks every rule. Returns one line for each finding.
pub(super) fn check(policy: &Policy, dependencies: &Dependencies) -> Vec<String> {
    [licenses, bans, sources, duplicates].into_iter().flat_map(|rule| rule(policy, dependencies)).collect()
}

fn licenses(policy: &Policy, dependencies: &Dependencies) -> Vec<String> {
    let others = dependencies.packages.iter().filter(|package| !package.is_member);
    let finding = |package: &super::dependencies::Package| {
        let name = format!("{} {}", package.name, package.version);
        let Some(expression) = &package.license else { return Some(format!("{name} states no licence")) };
        match license::is_allowed(expression, &policy.licenses) {
            Ok(true) => None,
            Ok(false) => Some(format!("{name}: the licence {expression} is not allowed")),
            Err(error) => Some(format!("{name}: the licence {expression} cannot be read: {error}")),
        }
    };
    others.filter_map(finding).collect()
}

fn bans(policy: &Policy, dependencies: &Dependencies) -> Vec<String> {
    let mut findings = Vec::new();
    for package in &dependencies.packages {
        if let Some(ban) = policy.bans.iter().find(|ban| ban.covers(&package.name, &package.version)) {
            findings.push(format!("{} is banned: {}", package.name, ban.reason));
        }
        // Published packages cannot have wildcards.
        findings.extend(package.wildcards.iter().map(|name| format!("{} takes any version of {name}", package.name)));
    }
    findings
}

fn sources(policy: &Policy, dependencies: &Dependencies) -> Vec<String> {
    let mut findings = Vec::new();
    for package in &dependencies.locked {
        let Some(source) = &package.source else { continue };
        let registry = source.strip_prefix("registry+").or_else(|| source.strip_prefix("sparse+"));
        if !registry.is_some_and(|registry| policy.registries.iter().any(|allowed| allowed == registry)) {
            findings.push(format!("{} comes from {source}, which is not allowed", package.name));
        }
    }
    findings
}

fn duplicates(policy: &Policy, dependencies: &Dependencies) -> Vec<String> {
    let mut versions: BTreeMap<&str, BTreeSet<&semver::Version>> = BTreeMap::new();
    for package in &dependencies.packages {
        versions.entry(&package.name).or_default().insert(&package.version);
    }
    versions.retain(|_, versions| versions.len() > 1);
    let mut findings = Vec::new();
    for (name, versions) in &versions {
        let unexpected =
            versions.iter().filter(|version| !policy.duplicates.iter().any(|skip| skip.covers(name, version))).count();
        if unexpected > 1 {
            let versions: Vec<_> = versions.iter().map(ToString::to_string).collect();
            findings.push(format!(
                "{name} is there in versions {}; `cargo tree --invert {name}@{}` shows the users of one",
                versions.join(", "),
                versions[0]
            ));
        }
    }
    for skip in &policy.duplicates {
        let covers = |(name, versions): (&&str, &BTreeSet<&semver::Version>)| {
            versions.iter().any(|version| skip.covers(name, version))
        };
        if !versions.iter().any(covers) {
            findings.push(format!("deny.toml: {} is no duplicate any more; remove it from `skip`", skip.name));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::dependencies::{LockedPackage, Package};
    use super::*;

    const POLICY: &str = "
        licenses.allow = ['MIT']
        bans.deny = [{ crate = 'bad', reason = 'it is bad' }]
        bans.skip = [{ crate = 'twice@1.0.0', reason = 'old users' }]
        sources.allow-registry = ['https://good']
        advisories.ignore = []
    ";

    fn package(name: &str, version: &str, license: Option<&str>) -> Package {
        Package {
            name: name.to_owned(),
            version: version.parse().unwrap(),
            license: license.map(str::to_owned),
            default_features: Vec::new(),
            is_member: false,
            wildcards: Vec::new(),
        }
    }

    #[track_caller]
    fn check(packages: Vec<Package>, sources: &[&str], expected: &[&str]) {
        let locked = |source: &&str| LockedPackage {
            name: "a".into(),
            version: "1.0.0".parse().unwrap(),
            source: Some((*source).to_owned()),
        };
        let mut packages = packages;
        packages.extend([package("twice", "1.0.0", Some("MIT")), package("twice", "2.0.0", Some("MIT"))]);
        let dependencies = Dependencies { packages, locked: sources.iter().map(locked).collect() };
        let findings = super::check(&Policy::parse(POLICY).unwrap(), &dependencies);
        assert_eq!(findings.len(), expected.len(), "{findings:#?}");
        for (finding, part) in findings.iter().zip(expected) {
            assert!(finding.contains(part), "`{finding}` lacks `{part}`");
        }
    }

    #[test]
    fn licenses_are_allowed_by_name() {
        let member = Package { is_member: true, ..package("ours", "1.0.0", None) };
        check(vec![package("a", "1.0.0", Some("MIT OR GPL-3.0")), member], &[], &[]);
        check(vec![package("a", "1.0.0", Some("GPL-3.0"))], &[], &["a 1.0.0: the licence GPL-3.0 is not allowed"]);
        check(vec![package("a", "1.0.0", None)], &[], &["states no licence"]);
        check(vec![package("a", "1.0.0", Some("MIT OR"))], &[], &["cannot be read"]);
    }

    #[test]
    fn banned_packages_and_wildcards() {
        check(vec![package("bad", "1.0.0", Some("MIT"))], &[], &["bad is banned: it is bad"]);
        let member = Package { is_member: true, wildcards: vec!["b".into()], ..package("ours", "1.0.0", None) };
        check(vec![member], &[], &["ours takes any version of b"]);
    }

    #[test]
    fn sources_are_registries_that_are_allowed() {
        check(Vec::new(), &["registry+https://good", "sparse+https://good"], &[]);
        check(Vec::new(), &["registry+https://other"], &["comes from registry+https://other"]);
        check(Vec::new(), &["git+https://good#1234"], &["comes from git+https://good#1234"]);
    }

    #[test]
    fn duplicates_are_listed_with_a_reason() {
        let mit = Some("MIT");
        check(
            vec![package("a", "1.0.0", mit), package("a", "1.1.0", mit)],
            &[],
            &["a is there in versions 1.0.0, 1.1.0"],
        );
        check(vec![package("twice", "3.0.0", mit)], &[], &["twice is there in versions"]);
        let findings = super::check(&Policy::parse(POLICY).unwrap(), &Dependencies::default());
        assert_eq!(findings, ["deny.toml: twice is no duplicate any more; remove it from `skip`"]);
    }
}
