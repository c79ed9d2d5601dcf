//! The interpreters that run the example agents in other languages.

use anyhow::bail;
use xshell::Shell;

use crate::debian;

/// The packages whose tests need them.
pub(crate) const PACKAGES: [&str; 3] = ["waxwing-http-agent", "waxwing-examples", "waxwing-tests"];

/// Programs, each with Debian's package of it.
const NEEDED: [(&str, &str); 2] = [("python3", "python3"), ("node", "nodejs")];

/// Sees to it that they are there. Where one is missing and Debian's packages can be installed, it installs it.
pub(crate) fn prepare(sh: &Shell) -> anyhow::Result<()> {
    let missing = || NEEDED.into_iter().filter(|(program, _)| debian::find(sh, program).is_none());
    let packages: Vec<_> = missing().map(|(_, package)| package).collect();
    if packages.is_empty() || debian::install(sh, &packages)? && missing().next().is_none() {
        return Ok(());
    }
    let programs: Vec<_> = missing().map(|(program, _)| program).collect();
    let (packages, programs) = (PACKAGES.join(", "), programs.join(" and "));
    bail!("the tests of {packages} need {programs}: install what is missing and put it on the PATH");
}
