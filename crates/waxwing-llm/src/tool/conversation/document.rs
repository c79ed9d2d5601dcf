//! Tool `send_document`.

use schemars::JsonSchema;
use serde::Deserialize;
use waxwing_agent::{AgentError, Media, Reply};

use super::validate::required;
use crate::{Tool, tool};

/// Maximum length of the content, in characters.
const MAX_CONTENT: usize = 100_000;

/// Maximum length of the file name, in characters.
const MAX_FILE_NAME: usize = 100;

/// The only MIME type that WhatsApp accepts for text files. Phones choose the application by the file extension.
const MIME_TYPE: &str = "text/plain";

#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// Name of the file; at most 100 characters. The extension is added according to the format.
    filename: String,
    /// Format of the content.
    format: Format,
    /// The complete content; at most 100000 characters.
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

/// Creates the tool `send_document`: a text, Markdown or CSV file that the model writes.
///
/// The model gives a file name of at most 100 characters and a content of at most 100,000 characters.
pub fn send_document() -> impl Tool {
    let description = "Sends the user a file that you write: plain text, Markdown, or a table as CSV. \
                       Use this tool for content that the user wants to keep or that is too long for a message.";
    tool("send_document", description, async |Arguments { filename, format, content }, _| {
        required("filename", &filename, MAX_FILE_NAME)?;
        required("content", &content, MAX_CONTENT)?;
        let filename =
            with_extension(&filename, format).ok_or_else(|| AgentError::new("filename is not a valid file name"))?;
        Ok(Reply::from(Media::document(filename, MIME_TYPE, content)))
    })
}

/// Returns the file name without directories and with the extension of the format. `None` if no name is left.
fn with_extension(filename: &str, format: Format) -> Option<String> {
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
    fn file_names_have_no_directory_and_the_right_extension() {
        #[track_caller]
        fn check(filename: &str, format: Format, expected: Option<&str>) {
            assert_eq!(with_extension(filename, format).as_deref(), expected);
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
