//! Check of the Kubernetes manifests against the schemas of Kubernetes.
//!
//! The Python package kubernetes-validate contains the schemas.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use xshell::{Shell, cmd};

use crate::model;

/// Python packages to install, pinned by hashes.
const REQUIREMENTS: &str = "deploy/kubernetes/requirements.txt";

/// Oldest version of Kubernetes whose schemas the manifests fit, and the newest one that the package has.
const VERSIONS: [&str; 2] = ["1.30", "1.37"];

/// Checks a file strictly, so that an unknown key is an error. Returns why it was not checked, if the packages cannot be installed.
pub(super) fn check(sh: &Shell, file: &str) -> anyhow::Result<Option<String>> {
    let validator = match prepare(sh) {
        Ok(validator) => validator,
        Err(error) => return Ok(Some(format!("{error:#}"))),
    };
    for version in VERSIONS {
        let check = cmd!(sh, "{validator} --strict --no-warn --kubernetes-version {version}.0 {file}");
        let output = check.quiet().ignore_status().output()?;
        if !output.status.success() {
            let text = [output.stdout, output.stderr].concat();
            bail!("{file} does not fit Kubernetes {version}:\n{}", String::from_utf8_lossy(&text).trim());
        }
    }
    Ok(None)
}

/// Returns the path of the program. Installs it into a virtual environment unless the environment has these packages.
fn prepare(sh: &Shell) -> anyhow::Result<PathBuf> {
    // Path of this program: target/<profile>.
    let program = std::env::current_exe()?;
    let target = program.ancestors().nth(2).context("this program is not in a target directory")?;
    let environment = target.join("kubernetes");
    let requirements = sh.read_file(REQUIREMENTS)?;
    // This file is written last, so it marks a complete environment.
    let made = environment.join("requirements.txt");
    if sh.read_file(&made).ok().as_ref() != Some(&requirements) {
        model::install(sh, &environment, REQUIREMENTS).context("packages of PyPI cannot be installed")?;
        sh.write_file(&made, requirements)?;
    }
    Ok(environment.join("bin/kubernetes-validate"))
}
