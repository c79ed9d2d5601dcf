//! Output of commands.
//!
//! Users of WhatsApp write most of the output, so control characters and bidirectional characters are escaped.

use serde::Serialize;
use waxwing::terminal::{escape_json, escape_line, escape_text};

/// Prints a line. Line breaks within it are escaped.
macro_rules! print_line {
    ($($argument:tt)*) => {
        $crate::output::line(&format!($($argument)*))
    };
}

/// Prints a text that may have several lines.
macro_rules! print_text {
    ($($argument:tt)*) => {
        $crate::output::text(&format!($($argument)*))
    };
}

pub(crate) use {print_line, print_text};

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
            print_json(value)?;
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
        values.iter().try_for_each(print_json)
    }
}

/// Prints a line to standard output; see [`print_line`].
#[expect(clippy::print_stdout, reason = "commands print through this function")]
pub(crate) fn line(line: &str) {
    println!("{}", escape_line(line));
}

/// Prints a text to standard output; see [`print_text`].
///
/// The text is written at once: a reader that stops after it, such as `grep -m1`, does not end the program by closing the pipe between
/// the text and its last line break.
#[expect(clippy::print_stdout, reason = "commands print through this function")]
pub(crate) fn text(text: &str) {
    let text = format!("{}\n", escape_text(text));
    print!("{text}");
}

/// Prints an error to standard error, in one line or several.
#[expect(clippy::print_stderr, reason = "the program prints errors through this function")]
pub(crate) fn error(error: &anyhow::Error) {
    eprintln!("waxwing: {}", escape_text(&format!("{error:#}")));
}

/// Prints a notice to standard error, so that it is no part of the output of a command.
#[expect(clippy::print_stderr, reason = "commands print notices through this function")]
pub(crate) fn notice(notice: &str) {
    eprintln!("waxwing: {}", escape_line(notice));
}

/// Prints a value as JSON, in one line.
#[expect(clippy::print_stdout, reason = "commands print through this function")]
pub(crate) fn print_json<T: Serialize>(value: &T) -> anyhow::Result<()> {
    println!("{}", escape_json(&serde_json::to_string(value)?));
    Ok(())
}
