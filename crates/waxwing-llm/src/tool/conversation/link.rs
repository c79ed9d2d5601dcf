//! Tool `send_link`.

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;
use waxwing_agent::{AgentError, Link, Reply};

use super::validate::{MAX_LABEL, MAX_TEXT, at_most, optional_line, required};
use crate::{Tool, tool};

/// Maximum length of a URL, in characters.
const MAX_URL: usize = 2000;

#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// The text above the button, in Markdown; at most 1000 characters.
    text: String,
    /// The label of the button; at most 20 characters.
    label: String,
    /// The URL of the page, starting with https://.
    url: String,
    /// A line above the text, at most 60 characters. Omit it if the text is clear.
    header: Option<String>,
    /// A line in small print below the text, at most 60 characters. Omit it if nothing is left to say.
    footer: Option<String>,
}

/// Creates the tool `send_link`: a text with a button that opens a web page.
///
/// The model gives a text of at most 1000 characters, a label and an HTTP or HTTPS URL of at most 2000 characters.
pub fn send_link() -> impl Tool {
    let description = "Sends the user a text with a button that opens a web page. Use only URLs that you were given. Never invent a URL.";
    tool("send_link", description, async |Arguments { text, label, url, header, footer }, _| {
        required("text", &text, MAX_TEXT)?;
        required("label", &label, MAX_LABEL)?;
        at_most("url", &url, MAX_URL)?;
        let is_page = Url::parse(&url).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
        if !is_page {
            return Err(AgentError::new("url must be the URL of a web page and start with https://"));
        }
        let mut link = Link::new(url).with_label(label).with_text(text);
        link.header = optional_line("header", header)?;
        link.footer = optional_line("footer", footer)?;
        Ok(Reply::from(link))
    })
}
