//! Task that sends a file of request examples to an emulator.

use std::process::ExitCode;

use anyhow::bail;
use xshell::{Shell, cmd};

/// Runs the program that fills and sends the examples of a file, and returns its exit code.
pub(crate) fn run(sh: &Shell, args: &[String]) -> anyhow::Result<ExitCode> {
    let [file] = args else { bail!("`examples` takes one file") };
    let sent = cmd!(sh, "cargo run --quiet --package waxwing-tests --example request_examples -- {file}").run();
    Ok(if sent.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
