//! Platforms for which releases are built.

use std::path::Path;

use xshell::{Shell, cmd};

/// Platform of a release.
#[derive(Debug)]
pub(super) struct Target {
    /// Name of the platform in rustc.
    pub(super) triple: &'static str,
    /// Flags of rustc.
    pub(super) flags: &'static str,
    /// Architecture of the OCI image. `None` if there is no image.
    pub(super) image_architecture: Option<&'static str>,
    /// Whether the binary contains the GNU C library.
    pub(super) has_glibc: bool,
}

/// The binary needs no shared library.
const STATIC: &str = "-Ctarget-feature=+crt-static";

const TARGETS: [Target; 5] = [
    Target::static_linux("x86_64-unknown-linux-gnu", "amd64"),
    Target::static_linux("aarch64-unknown-linux-gnu", "arm64"),
    Target::desktop("x86_64-apple-darwin", ""),
    Target::desktop("aarch64-apple-darwin", ""),
    Target::desktop("x86_64-pc-windows-msvc", STATIC),
];

impl Target {
    const fn static_linux(triple: &'static str, architecture: &'static str) -> Self {
        Self { triple, flags: STATIC, image_architecture: Some(architecture), has_glibc: true }
    }

    const fn desktop(triple: &'static str, flags: &'static str) -> Self {
        Self { triple, flags, image_architecture: None, has_glibc: false }
    }

    /// Returns the file name of the program.
    pub(super) fn program(&self) -> &'static str {
        if self.triple.contains("windows") { "waxwing.exe" } else { "waxwing" }
    }

    /// Whether this machine can run the program.
    pub(super) fn is_host(&self) -> bool {
        let os = if self.triple.contains("linux") { "linux" } else { "" };
        self.triple.starts_with(std::env::consts::ARCH) && os == std::env::consts::OS
    }
}

/// Returns the targets whose standard library is installed, and the others.
pub(super) fn by_installation(sh: &Shell) -> anyhow::Result<(Vec<&'static Target>, Vec<&'static Target>)> {
    let (mut installed, mut missing) = (Vec::new(), Vec::new());
    for target in &TARGETS {
        let triple = target.triple;
        let libraries = cmd!(sh, "rustc --print target-libdir --target {triple}").quiet().read()?;
        if has_standard_library(Path::new(&libraries)) { installed.push(target) } else { missing.push(target) }
    }
    Ok((installed, missing))
}

fn has_standard_library(libraries: &Path) -> bool {
    let files = libraries.read_dir().into_iter().flatten().flatten();
    files.into_iter().any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_has_its_standard_library() {
        let sh = Shell::new().unwrap();
        let (installed, missing) = by_installation(&sh).unwrap();
        assert_eq!(installed.len() + missing.len(), TARGETS.len());
        let is_host = |targets: &[&Target]| targets.iter().any(|target| target.is_host());
        assert!(!is_host(&missing), "{missing:?}");
        assert_eq!(is_host(&installed), cfg!(target_os = "linux"), "{installed:?}");
    }

    #[test]
    fn a_directory_without_the_library_is_not_enough() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!has_standard_library(&dir.path().join("absent")) && !has_standard_library(dir.path()));
        std::fs::write(dir.path().join("libstd-0123.rlib"), "").unwrap();
        assert!(has_standard_library(dir.path()));
    }
}
