//! JSON output of commands.

use serde::Serialize;

/// The flag `--json`.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct OutputFlags {
    /// Print JSON, one object per line.
    #[arg(long)]
    pub(crate) json: bool,
}

impl OutputFlags {
    /// Prints `value` as JSON if the flag is set, and calls `text` otherwise.
    pub(crate) fn print<T: Serialize>(self, value: &T, text: impl FnOnce(&T)) -> anyhow::Result<()> {
        if self.json {
            println!("{}", serde_json::to_string(value)?);
        } else {
            text(value);
        }
        Ok(())
    }

    /// Prints each of `values` as JSON if the flag is set, and calls `text` with all of them otherwise.
    pub(crate) fn print_all<T: Serialize>(self, values: &[T], text: impl FnOnce(&[T])) -> anyhow::Result<()> {
        if !self.json {
            text(values);
            return Ok(());
        }
        for value in values {
            println!("{}", serde_json::to_string(value)?);
        }
        Ok(())
    }
}
