#![doc = include_str!("../README.md")]

mod admin_flags;
mod command;
mod database_flags;
mod dev_database;
mod doctor;
mod emulator_flags;
mod file_watch;
mod http_url;
mod input;
mod listen_flags;
mod logs;
mod number_flags;
mod output;
mod project_template;
mod reload_signal;
mod service_manager;
mod setting_flags;
mod setup;
mod time;

use std::process::ExitCode;

use clap::Parser;
use waxwing::{ConfigError, Error};
use waxwing_admin::AdminError;
use waxwing_config::InvalidConfig;

use crate::command::Cli;

fn main() -> ExitCode {
    let cli = Cli::parse();
    logs::install(cli.log_format());
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    match runtime.block_on(cli.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// Prints the error with its causes: in one line, or in several for a wrong file.
fn fail(error: &anyhow::Error) -> ExitCode {
    output::error(error);
    ExitCode::from(if is_configuration(error) { 2 } else { 1 })
}

fn is_configuration(error: &anyhow::Error) -> bool {
    error.is::<ConfigError>()
        || error.is::<InvalidConfig>()
        || matches!(error.downcast_ref(), Some(Error::Config(_)))
        || matches!(error.downcast_ref(), Some(AdminError::Config(_) | AdminError::Open(Error::Config(_))))
}
