//! Content of an interactive message.

mod header;
mod link;
mod list;
mod reply_buttons;
mod wire;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits;
use crate::redacted::Redacted;
use crate::validation::{self, ValidationError};
use wire::WireInteractive;

pub use header::InteractiveHeader;
pub use link::LinkButton;
pub use list::{ListMenu, ListRow, ListSection};
pub use reply_buttons::ReplyButton;

/// Text with buttons, a list or a link. `Debug` hides all texts.
///
/// Interactive messages can be sent only within the customer service window of 24 hours, and not to groups.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages#interactive-object>
///
/// ```
/// use waxwing_types::{Interactive, LinkButton, ListMenu, ListRow, OutboundContent, ReplyButton};
///
/// let buttons = Interactive::buttons("Tea?", [ReplyButton::new("yes", "Yes"), ReplyButton::new("no", "No, thanks")])
///     .footer("The kettle is on");
/// let list = Interactive::list(
///     "Which size?",
///     ListMenu::new("Choose").rows([ListRow::new("s", "Small").description("20 cm"), ListRow::new("l", "Large")]),
/// );
/// let link = Interactive::link("Our menu", LinkButton::new("https://example.com/menu").label("Open"));
/// for message in [buttons, list, link, Interactive::location_request("Where are you?")] {
///     OutboundContent::from(message).validate()?;
/// }
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "WireInteractive", into = "WireInteractive")]
#[non_exhaustive]
pub struct Interactive {
    /// Line or medium above the body.
    pub header: Option<InteractiveHeader>,
    /// Text of the message, at most [`limits::INTERACTIVE_BODY`] UTF-16 units long and not blank.
    pub body: String,
    /// Line below the body, at most [`limits::HEADER`] UTF-16 units long.
    pub footer: Option<String>,
    /// Buttons, list or link of the message.
    pub action: InteractiveAction,
}

/// Part of an interactive message that the user can tap. `Debug` hides all texts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InteractiveAction {
    /// Reply buttons, at most [`limits::BUTTONS`]. Ids and titles must differ.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-reply-buttons-messages>
    Buttons(Vec<ReplyButton>),
    /// Button that opens a list of choices.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-list-messages>
    List(ListMenu),
    /// Button that opens a web page.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-cta-url-messages>
    Link(LinkButton),
    /// Button that asks for the user's location. The user answers with a location message.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-location-request-messages>
    LocationRequest,
}

impl Interactive {
    /// Creates an interactive message without a header and a footer.
    pub fn new(body: impl Into<String>, action: InteractiveAction) -> Self {
        Self { header: None, body: body.into(), footer: None, action }
    }

    /// Creates a question with reply buttons, at most [`limits::BUTTONS`].
    pub fn buttons(body: impl Into<String>, buttons: impl IntoIterator<Item = ReplyButton>) -> Self {
        Self::new(body, InteractiveAction::Buttons(buttons.into_iter().collect()))
    }

    /// Creates a question with a list of choices.
    pub fn list(body: impl Into<String>, list: ListMenu) -> Self {
        Self::new(body, InteractiveAction::List(list))
    }

    /// Creates a text with a button that opens a web page.
    pub fn link(body: impl Into<String>, link: LinkButton) -> Self {
        Self::new(body, InteractiveAction::Link(link))
    }

    /// Creates a text with a button that asks for the user's location.
    pub fn location_request(body: impl Into<String>) -> Self {
        Self::new(body, InteractiveAction::LocationRequest)
    }

    /// Sets the line above the body, at most [`limits::HEADER`] UTF-16 units, or the medium above it.
    pub fn header(mut self, header: impl Into<InteractiveHeader>) -> Self {
        self.header = Some(header.into());
        self
    }

    /// Sets the line below the body, at most [`limits::HEADER`] UTF-16 units.
    pub fn footer(mut self, footer: impl Into<String>) -> Self {
        self.footer = Some(footer.into());
        self
    }

    pub(super) fn validate(&self) -> Result<(), ValidationError> {
        validation::required("interactive.body.text", &self.body, limits::INTERACTIVE_BODY)?;
        if let Some(header) = &self.header {
            header.validate()?;
            let allows_header = match &self.action {
                InteractiveAction::Buttons(_) | InteractiveAction::Link(_) => true,
                InteractiveAction::List(_) | InteractiveAction::LocationRequest => header.media().is_none(),
            };
            if !allows_header {
                let (field, expected) = ("interactive.header", "a header that the action allows");
                return Err(ValidationError::Malformed { field, expected });
            }
        }
        if let Some(footer) = &self.footer {
            validation::required("interactive.footer.text", footer, limits::HEADER)?;
        }
        match &self.action {
            InteractiveAction::Buttons(buttons) => reply_buttons::validate(buttons),
            InteractiveAction::List(list) => list.validate(),
            InteractiveAction::Link(link) => link.validate(),
            InteractiveAction::LocationRequest => Ok(()),
        }
    }
}

impl fmt::Debug for Interactive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interactive")
            .field("header", &self.header)
            .field("body", &Redacted(&self.body))
            .field("footer", &self.footer.as_deref().map(Redacted))
            .field("action", &self.action)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::checks::{check_content, check_debug, check_invalid};
    use super::*;
    use crate::MediaId;
    use serde_json::json;

    #[test]
    fn each_action_has_the_json_form_of_meta() {
        check_content(
            Interactive::buttons("Tea?", [ReplyButton::new("y", "Yes"), ReplyButton::new("n", "No")])
                .header("A question")
                .footer("It is five"),
            &json!({
                "type": "button",
                "header": {"type": "text", "text": "A question"},
                "body": {"text": "Tea?"},
                "footer": {"text": "It is five"},
                "action": {"buttons": [
                    {"type": "reply", "reply": {"id": "y", "title": "Yes"}},
                    {"type": "reply", "reply": {"id": "n", "title": "No"}},
                ]},
            }),
        );
        let rows = [ListRow::new("s", "Small").description("20 cm"), ListRow::new("l", "Large")];
        check_content(
            Interactive::list("Which?", ListMenu::new("Choose").rows(rows)),
            &json!({
                "type": "list",
                "body": {"text": "Which?"},
                "action": {"button": "Choose", "sections": [{"rows": [
                    {"id": "s", "title": "Small", "description": "20 cm"},
                    {"id": "l", "title": "Large"},
                ]}]},
            }),
        );
        check_content(
            Interactive::link("The menu", LinkButton::new("https://example.com/menu").label("Open")),
            &json!({
                "type": "cta_url",
                "body": {"text": "The menu"},
                "action": {
                    "name": "cta_url",
                    "parameters": {"display_text": "Open", "url": "https://example.com/menu"},
                },
            }),
        );
        check_content(
            Interactive::location_request("Where are you?"),
            &json!({
                "type": "location_request_message",
                "body": {"text": "Where are you?"},
                "action": {"name": "send_location"},
            }),
        );
    }

    #[test]
    fn a_header_with_a_medium_has_the_json_form_of_meta() {
        check_content(
            Interactive::buttons("Tea?", [ReplyButton::new("y", "Yes")]).header(InteractiveHeader::Document {
                source: MediaId::new("77").into(),
                filename: Some("menu.pdf".into()),
            }),
            &json!({
                "type": "button",
                "header": {"type": "document", "document": {"id": "77", "filename": "menu.pdf"}},
                "body": {"text": "Tea?"},
                "action": {"buttons": [{"type": "reply", "reply": {"id": "y", "title": "Yes"}}]},
            }),
        );
        check_content(
            Interactive::link("a", LinkButton::new("https://example.com").label("Open"))
                .header(InteractiveHeader::Image(MediaId::new("77").into())),
            &json!({
                "type": "cta_url",
                "header": {"type": "image", "image": {"id": "77"}},
                "body": {"text": "a"},
                "action": {"name": "cta_url", "parameters": {"display_text": "Open", "url": "https://example.com"}},
            }),
        );
    }

    #[test]
    fn a_list_has_no_medium_in_its_header() {
        let list = Interactive::list("Which?", ListMenu::new("Choose").rows([ListRow::new("s", "Small")]));
        let expected = "a header that the action allows";
        check_invalid(
            list.header(InteractiveHeader::Image(MediaId::new("77").into())),
            &ValidationError::Malformed { field: "interactive.header", expected },
        );
    }

    #[test]
    fn texts_have_limits() {
        let with = |body: &str| Interactive::location_request(body);
        check_invalid(with(" "), &ValidationError::Empty { field: "interactive.body.text" });
        let (field, limit) = ("interactive.body.text", limits::INTERACTIVE_BODY);
        check_invalid(with(&"x".repeat(1025)), &ValidationError::TooLong { field, length: 1025, limit });
        let (field, limit) = ("interactive.footer.text", limits::HEADER);
        check_invalid(with("x").footer("x".repeat(61)), &ValidationError::TooLong { field, length: 61, limit });
        check_invalid(with("x").header(""), &ValidationError::Empty { field: "interactive.header.text" });
    }

    #[test]
    fn debug_hides_all_texts() {
        let secret = |message: Interactive| check_debug(message.header("secret").footer("secret"), &["secret"]);
        secret(Interactive::buttons("secret", [ReplyButton::new("secret", "secret")]));
        let row = ListRow::new("secret", "secret").description("secret");
        let section = ListSection::new([row]).title("secret");
        secret(Interactive::list("secret", ListMenu::new("secret").section(section)));
        secret(Interactive::link("secret", LinkButton::new("https://secret").label("secret")));
    }
}
