//! The log on standard error.

use std::io::IsTerminal;

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;
use waxwing::terminal::LogWriter;

/// Format of log lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// JSON objects for machines.
    Json,
}

/// The filter without `RUST_LOG`. The MCP library logs every step and every failed connection; `waxwing-llm` logs those that matter.
const DEFAULT_FILTER: &str = "info,rmcp=off";

/// Installs the log subscriber, filtered by `RUST_LOG`.
pub(crate) fn install(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let colors = std::io::stderr().is_terminal();
    let subscriber =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(move || LogWriter::new(colors)).with_ansi(colors);
    match format {
        LogFormat::Text => subscriber.with_target(false).init(),
        LogFormat::Json => subscriber.json().flatten_event(true).init(),
    }
    // The message of a panic may quote a user; its location does not.
    std::panic::set_hook(Box::new(|panic| {
        // A reader of the output, such as `head`, has closed the pipe.
        if panic.payload_as_str().is_some_and(|message| message.starts_with("failed printing to stdout")) {
            std::process::exit(0);
        }
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
}
