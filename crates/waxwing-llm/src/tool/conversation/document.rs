//! Files made of words.

use schemars::JsonSchema;
use serde::Deserialize;
use waxwing_agent::{AgentError, Media, Reply};

use super::required;
use crate::{Tool, tool};

/// The longest content, in characters.
const MAX_CONTENT: usize = 100_000;

/// The longest name of a file, in characters.
const MAX_NAME: usize = 100;

/// WhatsApp takes files of words under this type alone; what they are to be opened with follows from their extension.
const MIME_TYPE: &str = "text/plain";

#[derive(Deserialize, JsonSchema)]
struct Document {
    /// The name of the file; 100 characters at most. The extension follows from the format.
    filename: String,
    /// What the content is written in.
    format: Format,
    /// The whole content; 100000 characters at most.
    content: String,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Format {
    Text,
    Markdown,
    Csv,
}

impl Format {
    fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Markdown => "md",
            Self::Csv => "csv",
        }
    }
}

/// `send_document`: a file of words that the model wrote.
pub fn send_document() -> impl Tool {
    let description = "Sends the user a file with words that you wrote: a text, Markdown, or a table as CSV. \
                       Use it for what the user wants to keep, or what is too long for a message.";
    tool("send_document", description, async |Document { filename, format, content }, _| {
        required("filename", &filename, MAX_NAME)?;
        required("content", &content, MAX_CONTENT)?;
        let filename = named(&filename, format).ok_or_else(|| AgentError::new("filename is no name of a file"))?;
        Ok(Reply::from(Media::document(filename, MIME_TYPE, content)))
    })
}

/// The name without a path and with the extension of its format.
fn named(filename: &str, format: Format) -> Option<String> {
    let name = filename.rsplit(['/', '\\']).next()?;
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    let extension = format.extension();
    let stem = name.trim().strip_suffix(&format!(".{extension}")).unwrap_or(name.trim());
    let is_name = stem.contains(|c: char| c != '.');
    is_name.then(|| format!("{stem}.{extension}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        #[track_caller]
        fn check(filename: &str, format: Format, expected: Option<&str>) {
            assert_eq!(named(filename, format).as_deref(), expected);
        }
        check("notes", Format::Text, Some("notes.txt"));
        check("sales.csv", Format::Csv, Some("sales.csv"));
        check("sales.xlsx", Format::Csv, Some("sales.xlsx.csv"));
        check("../../etc/passwd", Format::Text, Some("passwd.txt"));
        check("C:\\a\nb", Format::Markdown, Some("ab.md"));
        check("..", Format::Text, None);
        check("a/", Format::Text, None);
    }
}
