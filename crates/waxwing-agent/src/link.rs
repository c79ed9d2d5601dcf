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
}

impl Link {
    /// Creates a link to this address, without text and label. The channel shows a link without a label as text.
    pub fn new(url: impl Into<String>) -> Self {
        Self { text: String::new(), label: String::new(), url: url.into() }
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

    /// Returns the link as plain text: the text, then the label and the address on a line of their own.
    pub fn plain_text(&self) -> String {
        let Self { text, label, url } = self;
        let line = if label.trim().is_empty() { url.clone() } else { format!("{label}: {url}") };
        if text.trim().is_empty() { line } else { format!("{}\n\n{line}", text.trim_end()) }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, label, url } = self;
        f.debug_struct("Link")
            .field("text", &Redacted(text))
            .field("label", &Redacted(label))
            .field("url", &Redacted(url))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_has_no_text() {
        let link = Link::new("https://secret.example/").with_label("my secret").with_text("A secret.");
        assert!(!format!("{link:?}").contains("secret"), "{link:?}");
    }
}
