//! Examples of the guide in other languages.

use anyhow::{Context as _, ensure};

/// Guide with the examples.
pub(super) const GUIDE: &str = "docs/testing-your-bot.md";
/// Number of lines that an example stays below.
const LINES: usize = 20;

/// Examples as the guide prints them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Examples {
    pub(super) python: String,
    pub(super) typescript: String,
}

/// Returns the only example of each language.
///
/// # Errors
///
/// The guide has no example, or a long one.
pub(super) fn extract(guide: &str) -> anyhow::Result<Examples> {
    let block = |language: &str| {
        let (_, rest) = guide.split_once(&format!("```{language}\n")).with_context(|| missing(language))?;
        let (block, _) = rest.split_once("```").with_context(|| missing(language))?;
        let lines = block.lines().count();
        ensure!(lines < LINES, "the {language} example of {GUIDE} has {lines} lines, {LINES} or more");
        Ok(block.to_owned())
    };
    Ok(Examples { python: block("python")?, typescript: block("typescript")? })
}

fn missing(language: &str) -> String {
    format!("{GUIDE} has no example in {language}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_extracted_as_printed() {
        let guide = "text\n```python\na\n\nb\n```\n```typescript\nc\n```\n";
        let examples = Examples { python: "a\n\nb\n".to_owned(), typescript: "c\n".to_owned() };
        assert_eq!(extract(guide).unwrap(), examples);
        let long = guide.replace("\nc\n", &"\nc".repeat(20));
        assert!(extract(&format!("{long}\n```")).unwrap_err().to_string().contains("20 lines"));
        assert!(extract("```python\na\n```\n").unwrap_err().to_string().contains("typescript"));
    }
}
