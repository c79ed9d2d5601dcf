//! Button that opens a web page.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::redacted::Redacted;

/// A message with a button that opens a web page.
///
/// `Debug` output contains neither the text nor the address.
///
/// ```
/// use waxwing_agent::Link;
///
/// let menu = Link::new("https://pizza.example/menu").with_label("Open the menu").with_text("We have 12 pizzas.");
/// assert_eq!(menu.plain_text(), "We have 12 pizzas.\n\nOpen the menu: https://pizza.example/menu");
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Link {
    /// Text above the button, in Markdown.
    pub text: String,
    /// Label of the button.
    pub label: String,
    /// Address of the web page, with `http` or `https`.
    pub url: String,
    /// Line above the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// Line below the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
}

impl Link {
    /// Creates a link to this address, without text and label. The channel shows a link without a label as text.
    pub fn new(url: impl Into<String>) -> Self {
        Self { text: String::new(), label: String::new(), url: url.into(), header: None, footer: None }
    }

    /// Sets the label of the button.
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Sets the text above the button, in Markdown.
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    /// Sets the line above the text, at most 60 characters. The channel shows a longer one as a part of the text.
    pub fn with_header(mut self, header: impl Into<String>) -> Self {
        self.header = Some(header.into());
        self
    }

    /// Sets the line below the text, at most 60 characters. The channel shows a longer one as a part of the text.
    pub fn with_footer(mut self, footer: impl Into<String>) -> Self {
        self.footer = Some(footer.into());
        self
    }

    /// Returns the link as plain text: the header, the text, the label and the address on a line of their own, then the footer.
    pub fn plain_text(&self) -> String {
        let Self { text, label, url, header, footer } = self;
        let line = if label.trim().is_empty() { url.clone() } else { format!("{label}: {url}") };
        let text = Some(text.trim_end()).filter(|text| !text.trim().is_empty());
        let parts = [header.as_deref(), text, Some(&line), footer.as_deref()];
        parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, label, url, header, footer } = self;
        f.debug_struct("Link")
            .field("text", &Redacted(text))
            .field("label", &Redacted(label))
            .field("url", &Redacted(url))
            .field("header", &header.as_deref().map(Redacted))
            .field("footer", &footer.as_deref().map(Redacted))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_has_no_text() {
        let link = Link::new("https://secret.example/").with_label("my secret").with_text("A secret.");
        let link = link.with_header("my secret").with_footer("my secret");
        assert!(!format!("{link:?}").contains("secret"), "{link:?}");
    }
}
