//! Installation of the interpreters for the example agents in other languages.

use anyhow::bail;
use xshell::Shell;

use crate::debian;

/// Packages whose tests need the interpreters.
pub(crate) const PACKAGES: [&str; 3] = ["waxwing-http-agent", "waxwing-examples", "waxwing-tests"];

/// Interpreters with the names of their Debian packages.
const NEEDED: [(&str, &str); 2] = [("python3", "python3"), ("node", "nodejs")];

/// Checks that the interpreters exist. Installs missing ones with Debian's package manager.
pub(crate) fn prepare(sh: &Shell) -> anyhow::Result<()> {
    if debian::provide(sh, &NEEDED)? {
        return Ok(());
    }
    let missing = NEEDED.into_iter().filter(|(program, _)| debian::find(sh, program).is_none());
    let programs: Vec<_> = missing.map(|(program, _)| program).collect();
    let (packages, programs) = (PACKAGES.join(", "), programs.join(" and "));
    bail!("the tests of {packages} need {programs}: install the missing programs and put them on the PATH");
}
