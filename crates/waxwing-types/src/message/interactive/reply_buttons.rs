//! Reply buttons of an interactive message.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits;
use crate::validation::{self, ValidationError};

/// Button that answers with its id. `Debug` hides the id and the title.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-reply-buttons-messages>
///
/// ```
/// use waxwing_types::{Interactive, OutboundContent, ReplyButton};
///
/// let question = Interactive::buttons("Tea?", [ReplyButton::new("yes", "Yes"), ReplyButton::new("no", "No, thanks")]);
/// OutboundContent::from(question).validate()?;
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReplyButton {
    /// Id that Meta returns when the user taps the button, at any later time. At most [`limits::BUTTON_ID`] UTF-16 units long,
    /// and unique in the message.
    pub id: String,
    /// Label of the button, at most [`limits::BUTTON_TITLE`] UTF-16 units long, and unique in the message.
    pub title: String,
}

impl ReplyButton {
    /// Creates a button with an id and a label.
    pub fn new(id: impl Into<String>, title: impl Into<String>) -> Self {
        Self { id: id.into(), title: title.into() }
    }
}

impl fmt::Debug for ReplyButton {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplyButton").finish_non_exhaustive()
    }
}

/// Paths of buttons in Meta's JSON.
pub(super) struct ButtonPaths {
    pub(super) buttons: &'static str,
    pub(super) id: &'static str,
    pub(super) title: &'static str,
}

/// Checks the buttons of a message.
pub(super) fn validate(buttons: &[ReplyButton]) -> Result<(), ValidationError> {
    let (id, title) = ("interactive.action.buttons.reply.id", "interactive.action.buttons.reply.title");
    validate_at(buttons, &ButtonPaths { buttons: "interactive.action.buttons", id, title })
}

/// Checks the number of buttons, their lengths, and that ids and titles differ.
pub(super) fn validate_at(buttons: &[ReplyButton], paths: &ButtonPaths) -> Result<(), ValidationError> {
    validation::item_count(paths.buttons, buttons, limits::BUTTONS)?;
    validate_each(buttons, paths)
}

/// Checks the lengths of buttons, and that ids and titles differ.
pub(super) fn validate_each(buttons: &[ReplyButton], paths: &ButtonPaths) -> Result<(), ValidationError> {
    let ButtonPaths { id, title, .. } = *paths;
    for button in buttons {
        validation::required(id, &button.id, limits::BUTTON_ID)?;
        validation::required(title, &button.title, limits::BUTTON_TITLE)?;
    }
    validation::distinct(id, buttons.iter().map(|button| button.id.as_str()))?;
    validation::distinct(title, buttons.iter().map(|button| button.title.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(buttons: &[(&str, &str)], expected: &ValidationError) {
        let buttons: Vec<_> = buttons.iter().map(|(id, title)| ReplyButton::new(*id, *title)).collect();
        assert_eq!(validate(&buttons).as_ref(), Err(expected));
    }

    #[test]
    fn buttons_have_limits() {
        let (id, title) = ("interactive.action.buttons.reply.id", "interactive.action.buttons.reply.title");
        let field = "interactive.action.buttons";
        check(&[], &ValidationError::Empty { field });
        check(
            &[("1", "a"), ("2", "b"), ("3", "c"), ("4", "d")],
            &ValidationError::TooMany { field, count: 4, limit: limits::BUTTONS },
        );
        check(&[("1", "a"), ("1", "b")], &ValidationError::Repeated { field: id });
        check(&[("1", "a"), ("2", "a")], &ValidationError::Repeated { field: title });
        check(&[("", "a")], &ValidationError::Empty { field: id });
        check(&[("1", " ")], &ValidationError::Empty { field: title });
        let (long_id, long_title) = ("1".repeat(257), "a".repeat(21));
        check(&[(&long_id, "a")], &ValidationError::TooLong { field: id, length: 257, limit: limits::BUTTON_ID });
        check(
            &[("1", &long_title)],
            &ValidationError::TooLong { field: title, length: 21, limit: limits::BUTTON_TITLE },
        );
    }
}
