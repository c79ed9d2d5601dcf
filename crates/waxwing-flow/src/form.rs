//! Simple description of a form.

mod field;
mod from_schema;

pub use field::{FieldKind, FormChoice, FormField};

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::flow_json::{Component, FlowJson, FlowJsonError, FlowScreen, Footer, form_value, screen_value};

/// Label of the button that sends a form.
const SUBMIT: &str = "Send";
/// Label of the button that leads to the next page.
const CONTINUE: &str = "Continue";

/// Simple description of a form, which becomes a flow without an endpoint: its answer has one value for each field.
///
/// A form can be written in Rust, in TOML, or as the type of its answer (`from_json_schema`). `Debug` hides texts.
///
/// ```
/// use waxwing_flow::{Form, FormField};
///
/// let form = Form::new("Book a table")
///     .field(FormField::text("name", "Your name"))
///     .field(FormField::number("guests", "Guests").help("We have tables for up to 8."))
///     .field(FormField::date("day", "Which day?"))
///     .field(FormField::choice("place", "Where?", ["Inside", "Terrace"]).optional());
/// let json = form.to_flow_json()?;
///
/// let toml = r#"
///     title = "Book a table"
///     fields = [
///         { name = "name", label = "Your name" },
///         { name = "guests", label = "Guests", kind = "number", help = "We have tables for up to 8." },
///         { name = "day", label = "Which day?", kind = "date" },
///         { name = "place", label = "Where?", kind = "choice", choices = ["Inside", "Terrace"], required = false },
///     ]
/// "#;
/// assert_eq!(toml::from_str::<Form>(toml)?, form);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Form {
    /// Title of the first page.
    pub title: String,
    /// Text above the first field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intro: Option<String>,
    /// Label of the button that sends the form, at most 35 characters. `Send` by default.
    #[serde(default = "submit")]
    pub submit: String,
    /// Label of the button that leads to the next page, at most 35 characters. `Continue` by default.
    #[serde(default = "next")]
    pub next: String,
    /// Fields, in order.
    pub fields: Vec<FormField>,
}

impl Form {
    /// Creates a form without fields.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), intro: None, submit: submit(), next: next(), fields: Vec::new() }
    }

    /// Sets the text above the first field.
    pub fn intro(mut self, text: impl Into<String>) -> Self {
        self.intro = Some(text.into());
        self
    }

    /// Sets the label of the button that sends the form.
    pub fn submit(mut self, label: impl Into<String>) -> Self {
        self.submit = label.into();
        self
    }

    /// Sets the label of the button that leads to the next page.
    pub fn next(mut self, label: impl Into<String>) -> Self {
        self.next = label.into();
        self
    }

    /// Adds a field.
    pub fn field(mut self, field: FormField) -> Self {
        self.fields.push(field);
        self
    }

    /// Returns the id of the first screen of the flow, which a message that opens the flow may name.
    pub fn first_screen(&self) -> String {
        screen_id(0)
    }

    /// Returns the flow of the form: a screen for each page. The last one completes the flow with the values of all fields.
    ///
    /// # Errors
    ///
    /// Names the field and the first of Meta's rules that it breaks.
    pub fn to_flow(&self) -> Result<FlowJson, FlowJsonError> {
        let pages = self.pages();
        let last = pages.len().saturating_sub(1);
        let mut answer: Vec<(String, String)> = Vec::new();
        let mut screens = Vec::new();
        for (nth, (title, fields)) in pages.into_iter().enumerate() {
            let id = screen_id(nth);
            let mut screen = FlowScreen::new(&id, title);
            if let Some(intro) = self.intro.as_ref().filter(|_| nth == 0) {
                screen = screen.with(Component::body(intro));
            }
            for field in fields {
                screen = screen.with(field.component()?);
                let value = if nth == last { form_value(&field.name) } else { screen_value(&id, &field.name) };
                answer.push((field.name.clone(), value));
            }
            screens.push(screen.with(if nth == last {
                answer
                    .iter()
                    .fold(Footer::complete(&self.submit), |footer, (name, value)| footer.with(name, value.as_str()))
            } else {
                Footer::navigate(&self.next, screen_id(nth + 1))
            }));
        }
        self.check_names()?;
        let flow = FlowJson::new(screens);
        flow.validate()?;
        Ok(flow)
    }

    /// Returns the JSON that Meta accepts as the asset `flow.json`.
    ///
    /// # Errors
    ///
    /// As [`to_flow`](Self::to_flow).
    pub fn to_flow_json(&self) -> Result<serde_json::Value, FlowJsonError> {
        self.to_flow()?.to_json()
    }

    /// Returns the fields of each page with its title.
    fn pages(&self) -> Vec<(&str, Vec<&FormField>)> {
        let mut pages: Vec<(&str, Vec<&FormField>)> = Vec::new();
        for field in &self.fields {
            match (&field.page, pages.last_mut()) {
                (Some(title), _) => pages.push((title, vec![field])),
                (None, Some((_, fields))) => fields.push(field),
                (None, None) => pages.push((&self.title, vec![field])),
            }
        }
        pages
    }

    /// Checks that the answer has one value for each field.
    fn check_names(&self) -> Result<(), FlowJsonError> {
        for (nth, FormField { name, .. }) in self.fields.iter().enumerate() {
            if self.fields[..nth].iter().any(|other| other.name == *name) {
                return Err(FlowJsonError::new("the form", format!("two fields have the name {name}")));
            }
            if name == "flow_token" {
                return Err(FlowJsonError::new(
                    "the form",
                    "Meta adds the value flow_token; give the field another name",
                ));
            }
        }
        Ok(())
    }
}

/// Returns the id of the screen of a page. Ids have letters and underscores only.
fn screen_id(page: usize) -> String {
    let mut id = String::from("PAGE_");
    let mut rest = page;
    loop {
        // A remainder of 26 is less than 26.
        id.insert(5, char::from(b'A' + u8::try_from(rest % 26).unwrap_or_default()));
        if rest < 26 {
            return id;
        }
        rest = rest / 26 - 1;
    }
}

fn submit() -> String {
    SUBMIT.to_owned()
}

fn next() -> String {
    CONTINUE.to_owned()
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Form").field("fields", &self.fields).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_pages_have_letters_only() {
        let ids: Vec<_> = [0, 25, 26, 27, 701, 702].into_iter().map(screen_id).collect();
        assert_eq!(ids, ["PAGE_A", "PAGE_Z", "PAGE_AA", "PAGE_AB", "PAGE_ZZ", "PAGE_AAA"]);
    }
}
