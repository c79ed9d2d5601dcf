//! Words with something to tap.

mod wire;

use serde::{Deserialize, Serialize};

use crate::limits;
use crate::validation::{self, ValidationError};
use wire::Wire;

/// Words with something to tap. Only within 24 hours of the user's last message, and not in groups.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages#interactive-object>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Wire", into = "Wire")]
pub struct Interactive {
    /// A line above the words, at most [`limits::HEADER`] long.
    pub header: Option<String>,
    /// The words, at most [`limits::INTERACTIVE_BODY`] long.
    pub body: String,
    /// A line below the words, at most [`limits::HEADER`] long.
    pub footer: Option<String>,
    /// What can be tapped.
    pub action: InteractiveAction,
}

/// What can be tapped in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InteractiveAction {
    /// Buttons under the words, each of which answers with its id.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-reply-buttons-messages>
    Buttons(Vec<ReplyButton>),
    /// A button that opens a list, each row of which answers with its id.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-list-messages>
    List {
        /// The label of the button, at most [`limits::LIST_BUTTON`] long.
        button: String,
        /// The rows, at most [`limits::ROWS`] in all sections together.
        sections: Vec<ListSection>,
    },
    /// A button that opens a web page.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-cta-url-messages>
    Link {
        /// Its label, at most [`limits::LINK_BUTTON`] long.
        label: String,
        /// An address of http or https.
        url: String,
    },
    /// A button by which the user sends a location, which comes as a message of that type.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-location-request-messages>
    LocationRequest,
}

/// A button that answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyButton {
    /// Comes back when it is tapped, however long after. At most [`limits::BUTTON_ID`] long, and no two the same.
    pub id: String,
    /// What the user reads, at most [`limits::BUTTON_TITLE`] long, and no two the same.
    pub title: String,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListSection {
    /// Its heading, at most [`limits::SECTION_TITLE`] long; needed where there is more than one section.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its rows.
    pub rows: Vec<ListRow>,
}

/// A row of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListRow {
    /// Comes back when it is tapped, however long after. At most [`limits::ROW_ID`] long, and no two the same.
    pub id: String,
    /// What the user reads, at most [`limits::ROW_TITLE`] long.
    pub title: String,
    /// A second line, at most [`limits::ROW_DESCRIPTION`] long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl Interactive {
    /// Words with something to tap.
    pub fn new(body: impl Into<String>, action: InteractiveAction) -> Self {
        Self { header: None, body: body.into(), footer: None, action }
    }

    /// A question with up to three answers.
    pub fn buttons(body: impl Into<String>, buttons: impl IntoIterator<Item = ReplyButton>) -> Self {
        Self::new(body, InteractiveAction::Buttons(buttons.into_iter().collect()))
    }

    /// A question with up to ten answers, behind a button with this label.
    pub fn list(body: impl Into<String>, button: impl Into<String>, rows: impl IntoIterator<Item = ListRow>) -> Self {
        let section = ListSection { title: None, rows: rows.into_iter().collect() };
        Self::new(body, InteractiveAction::List { button: button.into(), sections: vec![section] })
    }

    /// Words with a button that opens a web page.
    pub fn link(body: impl Into<String>, label: impl Into<String>, url: impl Into<String>) -> Self {
        Self::new(body, InteractiveAction::Link { label: label.into(), url: url.into() })
    }

    /// Words that ask for the user's location.
    pub fn location_request(body: impl Into<String>) -> Self {
        Self::new(body, InteractiveAction::LocationRequest)
    }

    /// Puts a line above the words.
    pub fn header(mut self, header: impl Into<String>) -> Self {
        self.header = Some(header.into());
        self
    }

    /// Puts a line below the words.
    pub fn footer(mut self, footer: impl Into<String>) -> Self {
        self.footer = Some(footer.into());
        self
    }

    pub(super) fn validate(&self) -> Result<(), ValidationError> {
        validation::required("interactive.body.text", &self.body, limits::INTERACTIVE_BODY)?;
        for (field, line) in [("interactive.header.text", &self.header), ("interactive.footer.text", &self.footer)] {
            if let Some(line) = line {
                validation::required(field, line, limits::HEADER)?;
            }
        }
        match &self.action {
            InteractiveAction::Buttons(buttons) => validate_buttons(buttons),
            InteractiveAction::List { button, sections } => validate_list(button, sections),
            InteractiveAction::Link { label, url } => {
                validation::required("interactive.action.parameters.display_text", label, limits::LINK_BUTTON)?;
                let is_web =
                    ["https://", "http://"].iter().any(|scheme| url.len() > scheme.len() && url.starts_with(scheme));
                let field = "interactive.action.parameters.url";
                if is_web {
                    Ok(())
                } else {
                    Err(ValidationError::Malformed { field, expected: "an address of http or https" })
                }
            }
            InteractiveAction::LocationRequest => Ok(()),
        }
    }
}

impl ReplyButton {
    /// A button that answers with `id`.
    pub fn new(id: impl Into<String>, title: impl Into<String>) -> Self {
        Self { id: id.into(), title: title.into() }
    }
}

impl ListRow {
    /// A row that answers with `id`.
    pub fn new(id: impl Into<String>, title: impl Into<String>) -> Self {
        Self { id: id.into(), title: title.into(), description: None }
    }

    /// Adds a second line.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }
}

fn validate_buttons(buttons: &[ReplyButton]) -> Result<(), ValidationError> {
    const ID: &str = "interactive.action.buttons.reply.id";
    const TITLE: &str = "interactive.action.buttons.reply.title";
    validation::item_count("interactive.action.buttons", buttons, limits::BUTTONS)?;
    for button in buttons {
        validation::required(ID, &button.id, limits::BUTTON_ID)?;
        validation::required(TITLE, &button.title, limits::BUTTON_TITLE)?;
    }
    validation::distinct(ID, buttons.iter().map(|button| button.id.as_str()))?;
    validation::distinct(TITLE, buttons.iter().map(|button| button.title.as_str()))
}

fn validate_list(button: &str, sections: &[ListSection]) -> Result<(), ValidationError> {
    const ROWS: &str = "interactive.action.sections.rows";
    const ID: &str = "interactive.action.sections.rows.id";
    validation::required("interactive.action.button", button, limits::LIST_BUTTON)?;
    validation::item_count("interactive.action.sections", sections, limits::ROWS)?;
    for section in sections {
        match &section.title {
            Some(title) => validation::required("interactive.action.sections.title", title, limits::SECTION_TITLE)?,
            None if sections.len() > 1 => {
                return Err(ValidationError::Empty { field: "interactive.action.sections.title" });
            }
            None => {}
        }
        validation::item_count(ROWS, &section.rows, limits::ROWS)?;
        for row in &section.rows {
            validation::required(ID, &row.id, limits::ROW_ID)?;
            validation::required("interactive.action.sections.rows.title", &row.title, limits::ROW_TITLE)?;
            if let Some(description) = &row.description {
                let field = "interactive.action.sections.rows.description";
                validation::at_most(field, description, limits::ROW_DESCRIPTION)?;
            }
        }
    }
    let rows: Vec<_> = sections.iter().flat_map(|section| &section.rows).collect();
    validation::item_count(ROWS, &rows, limits::ROWS)?;
    validation::distinct(ID, rows.iter().map(|row| row.id.as_str()))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check_content, check_invalid};
    use super::*;
    use serde_json::json;

    fn rows(count: usize) -> impl Iterator<Item = ListRow> {
        (0..count).map(|n| ListRow::new(format!("r{n}"), "a row"))
    }

    #[test]
    fn each_kind_in_the_form_in_which_meta_takes_it() {
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
        check_content(
            Interactive::list(
                "Which?",
                "Choose",
                [ListRow::new("s", "Small").description("20 cm"), ListRow::new("l", "Large")],
            ),
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
            Interactive::link("The menu", "Open", "https://example.com/menu"),
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
    fn words_have_limits() {
        let with = |body: &str| Interactive::location_request(body);
        check_invalid(with(" "), &ValidationError::Empty { field: "interactive.body.text" });
        let (field, limit) = ("interactive.body.text", limits::INTERACTIVE_BODY);
        check_invalid(with(&"x".repeat(1025)), &ValidationError::TooLong { field, length: 1025, limit });
        let (field, limit) = ("interactive.footer.text", limits::HEADER);
        check_invalid(with("x").footer("x".repeat(61)), &ValidationError::TooLong { field, length: 61, limit });
        check_invalid(with("x").header(""), &ValidationError::Empty { field: "interactive.header.text" });
    }

    #[test]
    fn buttons_have_limits() {
        #[track_caller]
        fn check(buttons: &[(&str, &str)], expected: &ValidationError) {
            check_invalid(
                Interactive::buttons("x", buttons.iter().map(|(id, title)| ReplyButton::new(*id, *title))),
                expected,
            );
        }
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
        check(
            &[(&"1".repeat(257), "a")],
            &ValidationError::TooLong { field: id, length: 257, limit: limits::BUTTON_ID },
        );
        check(
            &[("1", &"a".repeat(21))],
            &ValidationError::TooLong { field: title, length: 21, limit: limits::BUTTON_TITLE },
        );
    }

    #[test]
    fn lists_have_limits() {
        #[track_caller]
        fn check(rows: impl IntoIterator<Item = ListRow>, expected: &ValidationError) {
            check_invalid(Interactive::list("x", "Choose", rows), expected);
        }
        let (all, id) = ("interactive.action.sections.rows", "interactive.action.sections.rows.id");
        check([], &ValidationError::Empty { field: all });
        check(rows(11), &ValidationError::TooMany { field: all, count: 11, limit: limits::ROWS });
        check([ListRow::new("1", "a"), ListRow::new("1", "b")], &ValidationError::Repeated { field: id });
        check(
            [ListRow::new("1".repeat(201), "a")],
            &ValidationError::TooLong { field: id, length: 201, limit: limits::ROW_ID },
        );
        let field = "interactive.action.sections.rows.title";
        check(
            [ListRow::new("1", "a".repeat(25))],
            &ValidationError::TooLong { field, length: 25, limit: limits::ROW_TITLE },
        );
        let (field, limit) = ("interactive.action.sections.rows.description", limits::ROW_DESCRIPTION);
        check(
            [ListRow::new("1", "a").description("x".repeat(73))],
            &ValidationError::TooLong { field, length: 73, limit },
        );
        let (field, limit) = ("interactive.action.button", limits::LIST_BUTTON);
        check_invalid(
            Interactive::list("x", "x".repeat(21), rows(1)),
            &ValidationError::TooLong { field, length: 21, limit },
        );

        let sections = |titles: [Option<&str>; 2], count| {
            let rows = |from: usize| (0..count).map(move |n| ListRow::new((from + n).to_string(), "a row")).collect();
            let section = |(nth, title): (usize, Option<&str>)| ListSection {
                title: title.map(Into::into),
                rows: rows(nth * 100),
            };
            let sections = titles.into_iter().enumerate().map(section).collect();
            Interactive::new("x", InteractiveAction::List { button: "Choose".into(), sections })
        };
        assert_eq!(sections([Some("a"), Some("b")], 5).validate(), Ok(()));
        check_invalid(
            sections([Some("a"), Some("b")], 6),
            &ValidationError::TooMany { field: all, count: 12, limit: limits::ROWS },
        );
        check_invalid(
            sections([Some("a"), None], 1),
            &ValidationError::Empty { field: "interactive.action.sections.title" },
        );
    }

    #[test]
    fn links_lead_to_the_web() {
        for url in ["", "https://", "ftp://example.com", "javascript:alert(1)"] {
            let expected = "an address of http or https";
            let field = "interactive.action.parameters.url";
            check_invalid(Interactive::link("x", "Open", url), &ValidationError::Malformed { field, expected });
        }
        let (field, limit) = ("interactive.action.parameters.display_text", limits::LINK_BUTTON);
        let long = Interactive::link("x", "x".repeat(21), "https://example.com");
        check_invalid(long, &ValidationError::TooLong { field, length: 21, limit });
    }
}
