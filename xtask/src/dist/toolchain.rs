//! Libraries that the toolchain adds to the program.

use anyhow::Context as _;
use xshell::{Shell, cmd};

use super::targets::Target;

/// Versions of the toolchain.
#[derive(Debug, Default)]
pub(super) struct Toolchain {
    /// Version of rustc.
    pub(super) rust: String,
    /// Version of the GNU C library that is part of the program.
    pub(super) glibc: Option<String>,
}

/// Library of the toolchain.
#[derive(Debug)]
pub(super) struct Library<'a> {
    pub(super) name: &'static str,
    pub(super) version: &'a str,
    /// SPDX expression.
    pub(super) license: &'static str,
    /// Sources of the library.
    pub(super) sources: &'static str,
}

impl Library<'_> {
    /// Returns the package URL.
    pub(super) fn url(&self) -> String {
        format!("pkg:generic/{}@{}", self.name, self.version)
    }
}

impl Toolchain {
    /// Asks the toolchain. The GNU C library is that of this machine, because the linker takes it from here.
    pub(super) fn read(sh: &Shell, target: &Target) -> anyhow::Result<Self> {
        let rust = cmd!(sh, "rustc --version").quiet().read()?;
        let rust = rust.split(' ').nth(1).context("rustc states no version")?.to_owned();
        let version = || cmd!(sh, "getconf GNU_LIBC_VERSION").quiet().read();
        let glibc = target.has_glibc.then(version).transpose()?.map(|version| version.replace("glibc ", ""));
        Ok(Self { rust, glibc })
    }

    /// Returns the libraries, which no manifest names.
    pub(super) fn libraries(&self) -> Vec<Library<'_>> {
        let rust = Library {
            name: "rust-std",
            version: &self.rust,
            license: "MIT OR Apache-2.0",
            sources: "https://github.com/rust-lang/rust",
        };
        let glibc = self.glibc.as_deref().map(|version| Library {
            name: "glibc",
            version,
            license: "LGPL-2.1-or-later",
            sources: "https://www.gnu.org/software/libc/",
        });
        [rust].into_iter().chain(glibc).collect()
    }
}
