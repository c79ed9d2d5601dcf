//! The browser that the tests of the phone page drive.

use std::path::PathBuf;

use anyhow::{bail, ensure};
use xshell::Shell;

use crate::debian;

/// Names a Chromium goes by.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// The path of a Chromium. Where there is none and Debian's packages can be installed, it installs one.
pub(crate) fn prepare(sh: &Shell) -> anyhow::Result<PathBuf> {
    if let Some(path) = sh.var_os("CHROMIUM").map(PathBuf::from) {
        ensure!(path.is_file(), "CHROMIUM is {}, which is no file", path.display());
        return Ok(path);
    }
    let find = || NAMES.iter().find_map(|name| debian::find(sh, name));
    if let Some(path) = find() {
        return Ok(path);
    }
    if debian::install(sh, &["chromium"])?
        && let Some(path) = find()
    {
        return Ok(path);
    }
    bail!("no browser found: install Chromium, or set CHROMIUM to its path, or leave its tests out with --no-browser");
}
