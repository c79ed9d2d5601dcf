#![doc = include_str!("../README.md")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command speaks to the person who called it")]

mod admin;
mod command;
mod hangup;
mod logs;
mod sources;

use std::process::ExitCode;

use clap::Parser;
use waxwing::{ConfigError, Error};

use crate::command::Cli;

fn main() -> ExitCode {
    let cli = Cli::parse();
    logs::start(cli.log_format());
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    match runtime.block_on(cli.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// Says what went wrong, in one line; a file that is wrong may take several.
fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("waxwing: {error:#}");
    let configuration = error.is::<ConfigError>()
        || error.is::<waxwing_config::InvalidConfig>()
        || matches!(error.downcast_ref(), Some(Error::Config(_)));
    ExitCode::from(if configuration { 2 } else { 1 })
}
