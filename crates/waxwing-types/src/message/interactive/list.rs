//! List of choices of an interactive message.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits;
use crate::redacted::Redacted;
use crate::validation::{self, ValidationError};

/// Button that opens a list of choices. `Debug` hides all texts.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-list-messages>
///
/// ```
/// use waxwing_types::{Interactive, ListMenu, ListRow, ListSection, OutboundContent};
///
/// let menu = ListMenu::new("Choose a pizza")
///     .section(ListSection::new([ListRow::new("p1", "Margherita")]).title("Classic"))
///     .section(ListSection::new([ListRow::new("p2", "Diavola").description("spicy")]).title("Hot"));
/// OutboundContent::from(Interactive::list("Which pizza?", menu)).validate()?;
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListMenu {
    /// Label of the button, at most [`limits::LIST_BUTTON`] UTF-16 units long.
    pub button: String,
    /// Sections of the list, with at most [`limits::ROWS`] rows in all sections together.
    pub sections: Vec<ListSection>,
}

/// Section of a list. `Debug` hides all texts.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListSection {
    /// Heading, at most [`limits::SECTION_TITLE`] UTF-16 units long. Required if the list has more than one section.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Rows of the section.
    pub rows: Vec<ListRow>,
}

/// Row of a list. `Debug` hides all texts.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListRow {
    /// Id that Meta returns when the user taps the row, at any later time. At most [`limits::ROW_ID`] UTF-16 units long, and
    /// unique in the list.
    pub id: String,
    /// First line of the row, at most [`limits::ROW_TITLE`] UTF-16 units long.
    pub title: String,
    /// Second line of the row, at most [`limits::ROW_DESCRIPTION`] UTF-16 units long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl ListMenu {
    /// Creates a list without rows behind a button with this label.
    pub fn new(button: impl Into<String>) -> Self {
        Self { button: button.into(), sections: Vec::new() }
    }

    /// Adds a section without a heading.
    pub fn rows(self, rows: impl IntoIterator<Item = ListRow>) -> Self {
        self.section(ListSection::new(rows))
    }

    /// Adds a section.
    pub fn section(mut self, section: ListSection) -> Self {
        self.sections.push(section);
        self
    }

    pub(super) fn validate(&self) -> Result<(), ValidationError> {
        const ROWS: &str = "interactive.action.sections.rows";
        const TITLE: &str = "interactive.action.sections.title";
        validation::required("interactive.action.button", &self.button, limits::LIST_BUTTON)?;
        validation::item_count("interactive.action.sections", &self.sections, limits::ROWS)?;
        for section in &self.sections {
            match &section.title {
                Some(title) => validation::required(TITLE, title, limits::SECTION_TITLE)?,
                None if self.sections.len() > 1 => return Err(ValidationError::Empty { field: TITLE }),
                None => {}
            }
            validation::item_count(ROWS, &section.rows, limits::ROWS)?;
            section.rows.iter().try_for_each(ListRow::validate)?;
        }
        let rows: Vec<_> = self.sections.iter().flat_map(|section| &section.rows).collect();
        validation::item_count(ROWS, &rows, limits::ROWS)?;
        validation::distinct(ListRow::ID, rows.iter().map(|row| row.id.as_str()))
    }
}

impl ListSection {
    /// Creates a section without a heading.
    pub fn new(rows: impl IntoIterator<Item = ListRow>) -> Self {
        Self { title: None, rows: rows.into_iter().collect() }
    }

    /// Sets the heading, at most [`limits::SECTION_TITLE`] UTF-16 units. Required if the list has several sections.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }
}

impl ListRow {
    const ID: &str = "interactive.action.sections.rows.id";

    /// Creates a row with an id and a first line.
    pub fn new(id: impl Into<String>, title: impl Into<String>) -> Self {
        Self { id: id.into(), title: title.into(), description: None }
    }

    /// Sets the second line, at most [`limits::ROW_DESCRIPTION`] UTF-16 units.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    fn validate(&self) -> Result<(), ValidationError> {
        validation::required(Self::ID, &self.id, limits::ROW_ID)?;
        validation::required("interactive.action.sections.rows.title", &self.title, limits::ROW_TITLE)?;
        let field = "interactive.action.sections.rows.description";
        self.description.iter().try_for_each(|text| validation::at_most(field, text, limits::ROW_DESCRIPTION))
    }
}

impl fmt::Debug for ListMenu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListMenu").field("button", &Redacted(&self.button)).field("sections", &self.sections).finish()
    }
}

impl fmt::Debug for ListSection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListSection").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for ListRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListRow").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: usize) -> impl Iterator<Item = ListRow> {
        (0..count).map(|n| ListRow::new(format!("r{n}"), "a row"))
    }

    #[track_caller]
    fn check(rows: impl IntoIterator<Item = ListRow>, expected: &ValidationError) {
        assert_eq!(ListMenu::new("Choose").rows(rows).validate().as_ref(), Err(expected));
    }

    #[test]
    fn rows_have_limits() {
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
    }

    #[test]
    fn the_button_has_a_limit() {
        let (field, limit) = ("interactive.action.button", limits::LIST_BUTTON);
        let long = ListMenu::new("x".repeat(21)).rows(rows(1));
        assert_eq!(long.validate(), Err(ValidationError::TooLong { field, length: 21, limit }));
    }

    #[test]
    fn sections_share_the_limit_of_rows_and_need_titles() {
        let menu = |titles: [Option<&str>; 2], count: usize| {
            let sections = titles.into_iter().enumerate().map(|(nth, title)| {
                let rows = (0..count).map(move |n| ListRow::new((nth * 100 + n).to_string(), "a row"));
                let section = ListSection::new(rows);
                if let Some(title) = title { section.title(title) } else { section }
            });
            sections.fold(ListMenu::new("Choose"), ListMenu::section).validate()
        };
        let (rows, title) = ("interactive.action.sections.rows", "interactive.action.sections.title");
        assert_eq!(menu([Some("a"), Some("b")], 5), Ok(()));
        let too_many = ValidationError::TooMany { field: rows, count: 12, limit: limits::ROWS };
        assert_eq!(menu([Some("a"), Some("b")], 6), Err(too_many));
        assert_eq!(menu([Some("a"), None], 1), Err(ValidationError::Empty { field: title }));
    }

    #[test]
    fn debug_hides_sections_and_rows() {
        let section = ListSection::new([ListRow::new("secret", "secret")]).title("secret");
        let shown = format!("{:?} {section:?}", section.rows);
        assert!(!shown.contains("secret"), "{shown}");
    }
}
