//! Installation of axe-core, which checks the accessibility of pages in the browser tests.
//!
//! axe-core is an npm package. The lock file pins its content by a hash, and none of its scripts run.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use xshell::{Shell, cmd};

use crate::debian;

/// Directory of the package with the lock file.
const PACKAGE: &str = "tests/browser/axe";
const LOCK: &str = "package-lock.json";

/// Returns the path of axe-core. Installs it from the npm registry if it is missing or outdated.
pub(crate) fn prepare(sh: &Shell) -> anyhow::Result<PathBuf> {
    // Path of this program: target/<profile>.
    let program = std::env::current_exe()?;
    let target = program.ancestors().nth(2).context("this program is not in a target directory")?;
    let directory = target.join("axe");
    let script = directory.join("node_modules/axe-core/axe.min.js");
    sh.create_dir(&directory)?;
    // Another test command may be installing it.
    let turn = File::create(target.join("axe.lock"))?;
    turn.lock()?;
    let lock = sh.read_file(Path::new(PACKAGE).join(LOCK))?;
    // This file is written last, so it marks a complete installation.
    let made = directory.join("installed.json");
    if sh.read_file(&made).is_ok_and(|made| made == lock) && script.is_file() {
        return Ok(script);
    }
    install(sh, &directory).context(
        "axe-core cannot be installed: install npm and make the npm registry reachable, \
         or leave the tests of the page out with --no-browser",
    )?;
    ensure!(script.is_file(), "the npm package axe-core has no file axe.min.js");
    sh.write_file(&made, lock)?;
    Ok(script)
}

fn install(sh: &Shell, directory: &Path) -> anyhow::Result<()> {
    if debian::find(sh, "npm").is_none() {
        debian::install(sh, &["npm"])?;
    }
    for file in ["package.json", LOCK] {
        sh.copy_file(Path::new(PACKAGE).join(file), directory.join(file))?;
    }
    cmd!(sh, "npm ci --prefix {directory} --ignore-scripts --no-audit --no-fund --fetch-retries 1 --loglevel error")
        .quiet()
        .ignore_stdout()
        .ignore_stderr()
        .run()?;
    Ok(())
}
