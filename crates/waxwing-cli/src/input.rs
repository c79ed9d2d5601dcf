//! Arguments that can stand for standard input.

use std::path::Path;

use anyhow::Context as _;

/// Argument that stands for standard input.
const STDIN: &str = "-";

/// Returns the text of an argument without blanks around it; `-` reads standard input.
pub(crate) fn text(argument: &str) -> anyhow::Result<String> {
    let text = if argument == STDIN { std::io::read_to_string(std::io::stdin())? } else { argument.to_owned() };
    Ok(text.trim().to_owned())
}

/// Reads a file of text; `-` reads standard input.
pub(crate) fn file(path: &Path) -> anyhow::Result<String> {
    if path == Path::new(STDIN) {
        return Ok(std::io::read_to_string(std::io::stdin())?);
    }
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
