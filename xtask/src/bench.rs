//! Task that runs the measurements of `bench/` in release mode.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::Context as _;
use xshell::{Shell, cmd};

/// Builds the benchmark and the program, and runs the benchmark with these arguments.
pub(crate) fn run(sh: &Shell, args: &[String]) -> anyhow::Result<ExitCode> {
    cmd!(sh, "cargo build --release --package waxwing-bench --package waxwing-cli").run()?;
    let program = release(&std::env::current_exe()?).context("this program is not in a target directory")?;
    let status = Command::new(program).current_dir(sh.current_dir()).args(args).status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Returns the directory of the release build, from the path of this program in the same target directory.
fn release(this: &Path) -> Option<PathBuf> {
    let target = this.parent()?.parent()?;
    Some(target.join("release").join(format!("waxwing-bench{}", std::env::consts::EXE_SUFFIX)))
}
