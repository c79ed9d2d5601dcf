//! Programs of the machine, installed with Debian's package manager if they are missing.

use std::path::{Path, PathBuf};

use xshell::{Shell, cmd};

/// Returns the path of a program on the `PATH`.
pub(crate) fn find(sh: &Shell, program: &str) -> Option<PathBuf> {
    let path = sh.var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(program)).find(|file| is_executable(file))
}

/// Installs packages. Returns false if that is not possible: on other systems, or without root rights.
pub(crate) fn install(sh: &Shell, packages: &[&str]) -> anyhow::Result<bool> {
    if find(sh, "apt-get").is_none() || cmd!(sh, "id -u").quiet().read()? != "0" {
        return Ok(false);
    }
    cmd!(sh, "apt-get update").run()?;
    cmd!(sh, "apt-get install -y --no-install-recommends {packages...}")
        .env("DEBIAN_FRONTEND", "noninteractive")
        .run()?;
    Ok(true)
}

/// Installs the packages of missing programs, each with its package. Returns false if a program is still missing.
pub(crate) fn provide(sh: &Shell, programs: &[(&str, &str)]) -> anyhow::Result<bool> {
    let missing = || programs.iter().filter(|(program, _)| find(sh, program).is_none());
    let packages: Vec<_> = missing().map(|(_, package)| *package).collect();
    Ok(packages.is_empty() || install(sh, &packages)? && missing().next().is_none())
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
