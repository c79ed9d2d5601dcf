//! Installation of the client libraries, with the interpreters that they need.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use xshell::{Shell, cmd};

use crate::{debian, model};

/// Sources of the stage.
const SOURCES: &str = "tests/foreign";
/// Oldest version of Node.js that the libraries support.
const OLDEST_NODE: u32 = 20;

/// Interpreters with their libraries.
#[derive(Debug)]
pub(super) struct Tools {
    /// Python of the virtual environment.
    pub(super) python: PathBuf,
    pub(super) node: PathBuf,
    /// Copy of the sources, next to the packages of Node.js.
    pub(super) work: PathBuf,
}

impl Tools {
    /// Finds the interpreters, and installs the libraries that the lock files name. Installed libraries are kept.
    ///
    /// # Errors
    ///
    /// An interpreter is missing, or a registry cannot be reached.
    pub(super) fn prepare(sh: &Shell) -> anyhow::Result<Self> {
        let node = node(sh)?;
        // Path of this program: target/<profile>.
        let program = std::env::current_exe()?;
        let target = program.ancestors().nth(2).context("this program is not in a target directory")?;
        let (work, venv) = (target.join("foreign/work"), target.join("foreign/venv"));
        copy(sh, &work)?;
        let tools = Self { python: venv.join("bin/python"), node, work };
        let requirements = sh.read_file(Path::new(SOURCES).join("python/requirements.txt"))?;
        once(sh, &venv.join("requirements.txt"), &requirements, || tools.install_python(sh, &venv))?;
        let lock = sh.read_file(Path::new(SOURCES).join("node/package-lock.json"))?;
        once(sh, &tools.work.join("node/node_modules/lock.json"), &lock, || tools.install_node(sh))?;
        tools.install_wrappers(sh)?;
        Ok(tools)
    }

    fn install_python(&self, sh: &Shell, venv: &Path) -> anyhow::Result<()> {
        let system = model::python_with_venv(sh)?;
        cmd!(sh, "{system} -m venv --clear {venv}").quiet().run()?;
        let (python, requirements) = (&self.python, self.work.join("python/requirements.txt"));
        let flags = ["--quiet", "--retries", "1", "--disable-pip-version-check", "--no-deps", "--require-hashes"];
        let pip = cmd!(sh, "{python} -m pip install {flags...} --only-binary :all: --requirement {requirements}");
        from_registry(pip, "PyPI")
    }

    fn install_node(&self, sh: &Shell) -> anyhow::Result<()> {
        let _directory = sh.push_dir(self.work.join("node"));
        let flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1"];
        from_registry(cmd!(sh, "npm ci {flags...}"), "the npm registry")
    }

    /// Installs the wrappers as a user does.
    fn install_wrappers(&self, sh: &Shell) -> anyhow::Result<()> {
        let (python, package) = (&self.python, self.work.join("wrappers/python"));
        let flags = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-index", "--no-build-isolation"];
        cmd!(sh, "{python} -m pip install {flags...} {package}").quiet().run().context("wrappers/python is broken")?;
        let (module, wrapper) =
            (self.work.join("node/node_modules/waxwing-test"), self.work.join("wrappers/typescript"));
        sh.remove_path(&module)?;
        copy_tree(sh, &wrapper, &module)?;
        copy_tree(sh, &wrapper.join("tests"), &self.work.join("node/tests"))
    }
}

/// Runs an installation unless `made` has the content of its lock file. The file is written last, so it marks a complete installation.
fn once(sh: &Shell, made: &Path, lock: &str, install: impl Fn() -> anyhow::Result<()>) -> anyhow::Result<()> {
    if sh.read_file(made).is_ok_and(|made| made == lock) {
        return Ok(());
    }
    install()?;
    Ok(sh.write_file(made, lock)?)
}

/// Runs an installation. An error is one line.
fn from_registry(install: xshell::Cmd<'_>, registry: &str) -> anyhow::Result<()> {
    let output = install.quiet().ignore_status().output()?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    // The first line has the cause; the later lines have its effects.
    let why = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("no output");
    bail!("packages from {registry} cannot be installed; without a network, pass {}: {why}", super::OFFLINE);
}

/// Returns the path of Node.js. Installs it with Debian's package manager if it is missing.
fn node(sh: &Shell) -> anyhow::Result<PathBuf> {
    let find = || debian::find(sh, "npm").and(debian::find(sh, "node"));
    if find().is_none() {
        debian::install(sh, &["nodejs", "npm"])?;
    }
    let node = find().context("Node.js with npm not found: install it and put it on the PATH")?;
    let version = cmd!(sh, "{node} --version").quiet().read()?;
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    ensure!(major >= Some(OLDEST_NODE), "Node.js {OLDEST_NODE} or later is needed, {} is {version}", node.display());
    Ok(node)
}

/// Copies the sources, because Node.js finds packages only in a directory above a module.
fn copy(sh: &Shell, work: &Path) -> anyhow::Result<()> {
    copy_tree(sh, Path::new(SOURCES), work)?;
    sh.remove_path(work.join("wrappers"))?;
    copy_tree(sh, Path::new("wrappers"), &work.join("wrappers"))
}

fn copy_tree(sh: &Shell, from: &Path, to: &Path) -> anyhow::Result<()> {
    sh.create_dir(to)?;
    for path in sh.read_dir(from)? {
        let Some(name) = path.file_name() else { continue };
        if sh.current_dir().join(&path).is_dir() {
            copy_tree(sh, &path, &to.join(name))?;
        } else {
            sh.copy_file(&path, to.join(name))?;
        }
    }
    Ok(())
}
