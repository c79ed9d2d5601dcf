//! Runs the attacks of the test command in full size.

use std::process::ExitCode;

use anyhow::bail;
use xshell::{Shell, cmd};

use crate::torture;

/// Runs the attacks. `--quick` runs them in the size of the test command, `--release` on an optimised server.
pub(crate) fn run(sh: &Shell, args: &[String]) -> anyhow::Result<ExitCode> {
    if let Some(arg) = args.iter().find(|arg| !matches!(arg.as_str(), "--quick" | "--release")) {
        bail!("unknown option `{arg}`; `attack` knows --quick and --release");
    }
    let has = |option: &str| args.iter().any(|arg| arg == option);
    let binary = torture::build(sh, has("--release"))?;
    let _binary = sh.push_env("WAXWING_BIN", binary);
    let _scale = sh.push_env("WAXWING_ATTACK_SCALE", if has("--quick") { "quick" } else { "full" });
    cmd!(sh, "cargo test --package waxwing-tests --test it -- attacks::every_attack --nocapture").run()?;
    Ok(ExitCode::SUCCESS)
}
