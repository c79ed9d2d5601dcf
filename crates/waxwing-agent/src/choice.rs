//! Answer that a user can choose.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::redacted::Redacted;

/// An answer that a user can choose: a button, or a row of a list.
///
/// `Debug` output contains only the lengths of the texts.
///
/// ```
/// use waxwing_agent::Choice;
///
/// let funghi = Choice::new("funghi", "Funghi").with_description("with mushrooms");
/// assert_eq!(funghi.description.as_deref(), Some("with mushrooms"));
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Choice {
    /// Id of the choice. The id travels to the user's phone and back. Users can answer old questions, and can answer a question twice. Look
    /// the id up when it comes back, and keep data out of it that the user must not change.
    pub id: String,
    /// Text that the user reads and taps.
    pub label: String,
    /// Second line below the label.
    pub description: Option<String>,
}

impl Choice {
    /// Creates a choice without a description.
    pub fn new(id: impl Into<String>, label: impl Into<String>) -> Self {
        Self { id: id.into(), label: label.into(), description: None }
    }

    /// Sets the second line below the label. Choices with a description are shown in a list, not as buttons.
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }
}

impl fmt::Debug for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, label, description } = self;
        f.debug_struct("Choice")
            .field("id", &Redacted(id))
            .field("label", &Redacted(label))
            .field("description", &description.as_deref().map(Redacted))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_has_no_text() {
        let choice = Choice::new("secret/7", "my secret").with_description("a secret indeed");
        assert_eq!(format!("{choice:?}"), "Choice { id: 8 chars, label: 9 chars, description: Some(15 chars) }");
    }
}
