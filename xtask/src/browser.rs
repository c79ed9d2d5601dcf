//! Installation of the browser for the tests of the phone page.

use std::path::PathBuf;

use anyhow::{bail, ensure};
use xshell::Shell;

use crate::debian;

/// Names of the Chromium executable.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Returns the path of Chromium. Installs Chromium with Debian's package manager if it is missing.
pub(crate) fn prepare(sh: &Shell) -> anyhow::Result<PathBuf> {
    if let Some(path) = sh.var_os("CHROMIUM").map(PathBuf::from) {
        ensure!(path.is_file(), "CHROMIUM is {}, which is not a file", path.display());
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
    bail!("Chromium not found: install it, set CHROMIUM to its path, or leave out its tests with --no-browser");
}
