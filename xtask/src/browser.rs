//! The browser that the tests of the phone page drive.

use std::path::{Path, PathBuf};

use anyhow::{bail, ensure};
use xshell::{Shell, cmd};

/// Names a Chromium goes by.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// The path of a Chromium. Where there is none and Debian's packages can be installed, it installs one.
pub(crate) fn prepare(sh: &Shell) -> anyhow::Result<PathBuf> {
    if let Some(path) = sh.var_os("CHROMIUM").map(PathBuf::from) {
        ensure!(path.is_file(), "CHROMIUM is {}, which is no file", path.display());
        return Ok(path);
    }
    if let Some(path) = find(sh) {
        return Ok(path);
    }
    if on_path(sh, "apt-get").is_some() && cmd!(sh, "id -u").quiet().read()? == "0" {
        cmd!(sh, "apt-get update").run()?;
        cmd!(sh, "apt-get install -y --no-install-recommends chromium")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .run()?;
        if let Some(path) = find(sh) {
            return Ok(path);
        }
    }
    bail!("no browser found: install Chromium, or set CHROMIUM to its path, or leave its tests out with --no-browser");
}

fn find(sh: &Shell) -> Option<PathBuf> {
    NAMES.iter().find_map(|name| on_path(sh, name))
}

fn on_path(sh: &Shell, program: &str) -> Option<PathBuf> {
    let path = sh.var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(program)).find(|file| is_executable(file))
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(file: &Path) -> bool {
    file.is_file()
}
