//! Log subscriber of a program that has none.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::terminal::LogWriter;

/// Log filter without `RUST_LOG`. The MCP library logs every step and every failed connection. `waxwing-llm` logs the important ones.
const DEFAULT_FILTER: &str = "info,rmcp=off";

/// Logs to standard error from now on, filtered by `RUST_LOG`, unless the program has set a subscriber.
pub(crate) fn install() {
    if tracing::dispatcher::has_been_set() {
        return;
    }
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let has_colors = std::io::stderr().is_terminal();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_writer(move || LogWriter::new(has_colors))
        .with_ansi(has_colors);
    // Another thread may have set a subscriber in the meantime. That subscriber stays.
    let _ = subscriber.try_init();
}
