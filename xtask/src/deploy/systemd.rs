//! Check of the systemd units with `systemd-analyze`.

use std::path::Path;

use anyhow::{Context as _, ensure};
use xshell::{Shell, cmd};

use super::environment::KnownVariables;
use crate::debian;

/// Program of the units. It is not installed on each machine that checks them.
const PROGRAM: &str = "/usr/local/bin/waxwing";

/// Highest exposure in tenths, from 0 for none to 100 for all: <https://www.freedesktop.org/software/systemd/man/latest/systemd-analyze.html>.
const MAX_EXPOSURE: &str = "15";

/// Checks the units of a directory. Returns false if systemd is not installed.
pub(super) fn check(sh: &Shell, dir: &Path, known: &KnownVariables) -> anyhow::Result<bool> {
    if debian::find(sh, "systemd-analyze").is_none() {
        return Ok(false);
    }
    let service = sh.read_file(dir.join("waxwing.service"))?;
    known.check("waxwing.service", variables(&service))?;
    let work = tempfile::tempdir()?;
    let [service_file, socket_file] = ["waxwing.service", "waxwing.socket"].map(|unit| work.path().join(unit));
    ensure!(service.contains(PROGRAM), "waxwing.service does not start {PROGRAM}");
    // systemd-analyze demands that the program exists.
    let stand_in = std::env::current_exe()?;
    sh.write_file(&service_file, service.replace(PROGRAM, &stand_in.display().to_string()))?;
    sh.copy_file(dir.join("waxwing.socket"), &socket_file)?;
    let verified = cmd!(sh, "systemd-analyze verify --man=no {service_file} {socket_file}").quiet().read_stderr()?;
    ensure!(verified.trim().is_empty(), "systemd-analyze verify: {verified}");
    let security =
        cmd!(sh, "systemd-analyze security --no-pager --offline=true --threshold={MAX_EXPOSURE} {service_file}");
    let security = security.quiet().read().context("the exposure of waxwing.service is too high")?;
    println!("{}", security.lines().last().unwrap_or_default());
    Ok(true)
}

/// Returns the names of the variables that a unit sets.
fn variables(unit: &str) -> impl Iterator<Item = &str> {
    let lines = unit.lines().filter_map(|line| line.strip_prefix("Environment="));
    lines.filter_map(|assignment| Some(assignment.split_once('=')?.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_a_unit() {
        let unit = "[Service]\n# Environment=A=1\nEnvironment=B=2\nEnvironmentFile=/c\nEnvironment=D=e=f\n";
        assert_eq!(variables(unit).collect::<Vec<_>>(), ["B", "D"]);
    }
}
