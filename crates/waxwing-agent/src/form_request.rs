//! Button that opens a form of the channel.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::redacted::Redacted;

/// Label of a button without one.
const LABEL: &str = "Open";

/// A message with a button that opens a form of the channel, such as a WhatsApp Flow. The answer arrives as a message of a later turn with a
/// [`FormAnswer`](crate::FormAnswer), whose `form` is the name of this request.
///
/// The channel binds the answer to the conversation: an answer that was made for another conversation has no `form`. `Debug` output contains
/// neither texts nor data.
///
/// ```
/// use waxwing_agent::{FormRequest, Reply};
///
/// // A flow that was published under this id.
/// let booking = FormRequest::flow_id("1234567890").with_name("booking").with_text("When will you come?").with_label("Book a table");
/// let reply = Reply::from(booking);
/// assert_eq!(reply.parts()[0].plain_text().as_deref(), Some("When will you come?\n\n[Book a table]"));
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FormRequest {
    /// The form at the channel.
    pub form: FormRef,
    /// Name under which the answer arrives. The id or the name of the form at the channel if not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Text above the button, in Markdown.
    pub text: String,
    /// Label of the button, at most 30 characters and without emoji. `Open` if the channel cannot show the label.
    pub label: String,
    /// First screen.
    #[serde(default, skip_serializing_if = "FormStart::is_first_screen")]
    pub start: FormStart,
    /// Whether the form is sent although it is not published, for tests.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_draft: bool,
    /// Line above the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// Line below the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
}

/// A form at the channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormRef {
    /// By its id.
    Id(String),
    /// By its name.
    Name(String),
}

/// First screen of a form. `Debug` output does not contain the data.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FormStart {
    /// The first screen of the form, without data.
    #[default]
    FirstScreen,
    /// A screen with data.
    Screen {
        /// Id of the screen.
        screen: String,
        /// Data of the screen.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        data: Map<String, Value>,
    },
    /// The screen that the endpoint of the form chooses.
    Endpoint,
}

impl FormStart {
    fn is_first_screen(&self) -> bool {
        *self == Self::FirstScreen
    }
}

impl FormRequest {
    /// Creates a button for the form with this id, without a text.
    pub fn flow_id(id: impl Into<String>) -> Self {
        Self::new(FormRef::Id(id.into()))
    }

    /// Creates a button for the form with this name, without a text.
    pub fn flow_name(name: impl Into<String>) -> Self {
        Self::new(FormRef::Name(name.into()))
    }

    /// Creates a button for a form, without a text.
    pub fn new(form: FormRef) -> Self {
        Self {
            form,
            name: None,
            text: String::new(),
            label: LABEL.to_owned(),
            start: FormStart::FirstScreen,
            is_draft: false,
            header: None,
            footer: None,
        }
    }

    /// Sets the name under which the answer arrives.
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the text above the button, in Markdown.
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    /// Sets the label of the button, at most 30 characters and without emoji.
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Opens a screen with data of at most 64 KiB.
    pub fn with_screen(mut self, screen: impl Into<String>, data: Map<String, Value>) -> Self {
        self.start = FormStart::Screen { screen: screen.into(), data };
        self
    }

    /// Opens the screen that the endpoint of the form chooses.
    pub fn with_endpoint_start(mut self) -> Self {
        self.start = FormStart::Endpoint;
        self
    }

    /// Sends the form although it is not published, for tests.
    pub fn as_draft(mut self) -> Self {
        self.is_draft = true;
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

    /// Returns the name under which the answer arrives.
    pub fn answer_name(&self) -> &str {
        match (&self.name, &self.form) {
            (Some(name), _) => name,
            (None, FormRef::Id(form) | FormRef::Name(form)) => form,
        }
    }

    /// Returns the request as plain text: the header, the text, the footer, and the label in brackets.
    pub fn plain_text(&self) -> String {
        let label = format!("[{}]", self.label);
        let text = Some(self.text.trim_end()).filter(|text| !text.trim().is_empty());
        let parts = [self.header.as_deref(), text, self.footer.as_deref(), Some(&label)];
        parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
    }
}

impl fmt::Debug for FormRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { form, name, text, start, is_draft, .. } = self;
        f.debug_struct("FormRequest")
            .field("form", form)
            .field("name", name)
            .field("text", &Redacted(text))
            .field("start", start)
            .field("is_draft", is_draft)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for FormStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FirstScreen => f.write_str("FirstScreen"),
            Self::Screen { screen, .. } => f.debug_struct("Screen").field("screen", screen).finish_non_exhaustive(),
            Self::Endpoint => f.write_str("Endpoint"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_is_kept_by_serialization() {
        let request = FormRequest::flow_id("7").with_text("When?");
        let stored = json!({"form": {"id": "7"}, "text": "When?", "label": "Open"});
        assert_eq!(serde_json::to_value(&request).unwrap(), stored);
        let full = FormRequest::flow_name("book")
            .with_name("booking")
            .with_screen("DATE", Map::from_iter([("guests".to_owned(), json!(2))]))
            .with_header("Table")
            .as_draft();
        let read: FormRequest = serde_json::from_value(serde_json::to_value(&full).unwrap()).unwrap();
        assert_eq!(read, full);
        assert_eq!((request.answer_name(), full.answer_name()), ("7", "booking"));
    }

    #[test]
    fn debug_output_has_no_text_and_no_data() {
        let secret = || "secret".to_owned();
        let request = FormRequest::flow_id("7")
            .with_text(secret())
            .with_label(secret())
            .with_header(secret())
            .with_footer(secret())
            .with_screen("DATE", Map::from_iter([("a".to_owned(), secret().into())]));
        assert!(!format!("{request:?}").contains("secret"), "{request:?}");
    }
}
