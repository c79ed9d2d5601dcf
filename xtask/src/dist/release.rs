//! Facts that all artifacts of a release share.

use anyhow::Context as _;
use xshell::{Shell, cmd};

/// Facts about the sources of a release.
#[derive(Debug)]
pub(super) struct Release {
    pub(super) version: String,
    /// Full id of the commit. `None` outside of a repository.
    pub(super) commit: Option<String>,
    /// Time of the sources, in seconds since 1970. Artifacts have this time and not that of the build.
    pub(super) epoch: u64,
}

impl Release {
    /// Reads the version from the manifest, and the time from `SOURCE_DATE_EPOCH` or from the commit.
    pub(super) fn read(sh: &Shell) -> anyhow::Result<Self> {
        let manifest: toml::Table = sh.read_file("Cargo.toml")?.parse()?;
        let version = manifest["workspace"]["package"]["version"].as_str().context("Cargo.toml has no version")?;
        let commit = cmd!(sh, "git rev-parse HEAD").quiet().ignore_stderr().read().ok();
        let epoch = match std::env::var("SOURCE_DATE_EPOCH") {
            Ok(seconds) => seconds.parse().context("SOURCE_DATE_EPOCH is no number of seconds")?,
            Err(_) => match &commit {
                Some(_) => cmd!(sh, "git show --no-patch --format=%ct HEAD").quiet().read()?.parse()?,
                None => 0,
            },
        };
        Ok(Self { version: version.to_owned(), commit, epoch })
    }

    /// Returns the time of the sources in RFC 3339.
    pub(super) fn time(&self) -> anyhow::Result<String> {
        Ok(jiff::Timestamp::from_second(self.epoch.try_into()?)?.to_string())
    }

    /// Returns the name of the artifacts for a target, such as `waxwing-1.0.0-x86_64-unknown-linux-gnu`.
    pub(super) fn name(&self, triple: &str) -> String {
        format!("waxwing-{}-{triple}", self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_times() {
        let release = Release { version: "1.2.3".to_owned(), commit: None, epoch: 1_700_000_000 };
        assert_eq!(release.name("x86_64-unknown-linux-gnu"), "waxwing-1.2.3-x86_64-unknown-linux-gnu");
        assert_eq!(release.time().unwrap(), "2023-11-14T22:13:20Z");
    }
}
