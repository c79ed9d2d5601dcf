//! Link button of an interactive message.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits;
use crate::redacted::Redacted;
use crate::validation::{self, ValidationError};

/// Button that opens a web page. `Debug` hides the label and the URL.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-cta-url-messages>
///
/// ```
/// use waxwing_types::{Interactive, LinkButton, OutboundContent};
///
/// let track = LinkButton::new("https://example.com/orders/17").label("Track order");
/// OutboundContent::from(Interactive::link("Your pizza is on its way.", track)).validate()?;
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LinkButton {
    /// Label of the button, at most [`limits::LINK_BUTTON`] UTF-16 units long and not blank.
    #[serde(rename = "display_text")]
    pub label: String,
    /// URL of the page, `http` or `https`.
    pub url: String,
}

impl LinkButton {
    /// Creates a button without a label. Set the label with [`label`](Self::label), because Meta requires one.
    pub fn new(url: impl Into<String>) -> Self {
        Self { label: String::new(), url: url.into() }
    }

    /// Sets the label, at most [`limits::LINK_BUTTON`] UTF-16 units.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(super) fn validate(&self) -> Result<(), ValidationError> {
        self.validate_at("interactive.action.parameters.display_text", "interactive.action.parameters.url")
    }

    /// Checks the button. The arguments are the paths of the label and of the URL in Meta's JSON.
    pub(super) fn validate_at(&self, label: &'static str, url: &'static str) -> Result<(), ValidationError> {
        validation::required(label, &self.label, limits::LINK_BUTTON)?;
        validation::web_address(url, &self.url)
    }
}

impl fmt::Debug for LinkButton {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkButton").field("label", &Redacted(&self.label)).field("url", &Redacted(&self.url)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_web_addresses() {
        for url in ["", "https://", "ftp://example.com", "javascript:alert(1)"] {
            let field = "interactive.action.parameters.url";
            let expected = Err(ValidationError::Malformed { field, expected: "an http or https URL" });
            assert_eq!(LinkButton::new(url).label("Open").validate(), expected);
        }
    }

    #[test]
    fn labels_are_required_and_have_a_limit() {
        let (field, limit) = ("interactive.action.parameters.display_text", limits::LINK_BUTTON);
        let link = |label: &str| LinkButton::new("https://example.com").label(label).validate();
        assert_eq!(link(&"x".repeat(21)), Err(ValidationError::TooLong { field, length: 21, limit }));
        assert_eq!(link(" "), Err(ValidationError::Empty { field }));
    }

    #[test]
    fn debug_hides_label_and_url() {
        let shown = format!("{:?}", LinkButton::new("https://example.com/secret").label("secret"));
        assert!(!shown.contains("secret"), "{shown}");
    }
}
