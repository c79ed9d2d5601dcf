//! Logs go to standard error: lines for people, or JSON for machines.

use std::io::IsTerminal;

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

/// How a log line looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// A line for people.
    #[default]
    Text,
    /// A JSON object.
    Json,
}

/// What is of interest to an operator. The MCP library logs each step it takes, and each attempt to connect as an error; what matters of it is logged by waxwing-llm.
const DEFAULT: &str = "info,rmcp=off";

/// Starts to log what `RUST_LOG` asks for, by default what is of interest to an operator.
pub(crate) fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let colours = std::io::stderr().is_terminal();
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
    match format {
        LogFormat::Text => subscriber.with_target(false).init(),
        LogFormat::Json => subscriber.json().flatten_event(true).init(),
    }
    // What a panic says may hold what a user wrote; where it happened does not.
    std::panic::set_hook(Box::new(|panic| {
        // Whoever reads what a command prints, such as `head`, has seen enough.
        if panic.payload_as_str().is_some_and(|words| words.starts_with("failed printing to stdout")) {
            std::process::exit(0);
        }
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a panic was caught");
    }));
}
