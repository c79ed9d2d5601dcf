//! Fields of a form.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::flow_json::{
    ChoiceInput, ChoiceStyle, Component, DatePicker, FlowJsonError, FlowOption, OptIn, TextArea, TextInput, TextKind,
};

/// Number of choices from which a menu takes the place of radio buttons.
const MENU_FROM: usize = 8;

/// Field of a form. Required by default. `Debug` hides the texts.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FormField {
    /// Name of the value in the answer: letters, digits and underscores.
    pub name: String,
    /// Label: at most 20 characters, 30 for `choice` with fewer than 8 choices or a help text and `choices`, 40 for `date`, 120 for `opt_in`.
    pub label: String,
    /// Kind of value. A text by default.
    #[serde(default)]
    pub kind: FieldKind,
    /// Whether the user has to fill in the field.
    #[serde(default = "yes")]
    pub required: bool,
    /// Help text of at most 80 characters, or of 300 for `choice` and `choices`. Fields of the kind `opt_in` have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Choices of the kinds `choice` and `choices`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<FormChoice>,
    /// Title of a new page, which begins with this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
}

/// Kind of value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FieldKind {
    /// Text of one line.
    #[default]
    Text,
    /// Text of several lines.
    LongText,
    /// Number. The answer has it as a text.
    Number,
    /// Email address.
    Email,
    /// Phone number.
    Phone,
    /// Date. The answer is a text such as `2026-12-24`.
    Date,
    /// One of several choices. The answer is its id.
    Choice,
    /// Any of several choices. The answer is a list of their ids.
    Choices,
    /// Box to agree to something. The answer is true or false.
    OptIn,
}

/// Choice of a field. In TOML, a text, which is also the answer, or a table with an id and a title. `Debug` shows the id.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(from = "StoredChoice", into = "StoredChoice")]
#[non_exhaustive]
pub struct FormChoice {
    /// Id, which is the answer.
    pub id: String,
    /// Title of at most 30 characters.
    pub title: String,
    /// Description of at most 300 characters.
    pub description: Option<String>,
}

/// Serialized form of a choice.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(untagged)]
enum StoredChoice {
    Title(String),
    Option(StoredOption),
}

#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct StoredOption {
    /// Id, which is the answer.
    id: String,
    /// Title of at most 30 characters.
    title: String,
    /// Description of at most 300 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

impl FormField {
    /// Creates a required field.
    pub fn new(kind: FieldKind, name: impl Into<String>, label: impl Into<String>) -> Self {
        let (name, label) = (name.into(), label.into());
        Self { name, label, kind, required: true, help: None, choices: Vec::new(), page: None }
    }

    /// Creates a field for a text of one line.
    pub fn text(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(FieldKind::Text, name, label)
    }

    /// Creates a field for a number.
    pub fn number(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(FieldKind::Number, name, label)
    }

    /// Creates a field for a date.
    pub fn date(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(FieldKind::Date, name, label)
    }

    /// Creates a field for one of several choices.
    pub fn choice<C: Into<FormChoice>>(
        name: impl Into<String>,
        label: impl Into<String>,
        choices: impl IntoIterator<Item = C>,
    ) -> Self {
        Self::new(FieldKind::Choice, name, label).with_choices(choices)
    }

    /// Creates a field for any of several choices.
    pub fn choices<C: Into<FormChoice>>(
        name: impl Into<String>,
        label: impl Into<String>,
        choices: impl IntoIterator<Item = C>,
    ) -> Self {
        Self::new(FieldKind::Choices, name, label).with_choices(choices)
    }

    /// Creates a box that the user has to check.
    pub fn opt_in(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(FieldKind::OptIn, name, label)
    }

    /// Lets the user leave the field empty.
    pub fn optional(mut self) -> Self {
        self.required = false;
        self
    }

    /// Sets the help text.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Begins a new page with this field.
    pub fn on_new_page(mut self, title: impl Into<String>) -> Self {
        self.page = Some(title.into());
        self
    }

    pub(super) fn with_choices<C: Into<FormChoice>>(mut self, choices: impl IntoIterator<Item = C>) -> Self {
        self.choices = choices.into_iter().map(Into::into).collect();
        self
    }

    /// Returns the component of the field.
    pub(super) fn component(&self) -> Result<Component, FlowJsonError> {
        let (name, label, help) = (&self.name, &self.label, self.help.clone());
        let has_choices = matches!(self.kind, FieldKind::Choice | FieldKind::Choices);
        let broken = |problem: &str| Err(FlowJsonError::new(format!("field {name}"), problem));
        if !has_choices && !self.choices.is_empty() {
            return broken("only the kinds choice and choices have choices");
        }
        if self.kind == FieldKind::OptIn && help.is_some() {
            return broken("a field of the kind opt_in has no help text; put the text into its label");
        }
        let text = |kind| {
            let mut input = TextInput::new(name, label).kind(kind);
            (input.is_required, input.help) = (self.required, help.clone());
            input.into()
        };
        Ok(match self.kind {
            FieldKind::Text => text(TextKind::Text),
            FieldKind::Number => text(TextKind::Number),
            FieldKind::Email => text(TextKind::Email),
            FieldKind::Phone => text(TextKind::Phone),
            FieldKind::LongText => {
                let mut input = TextArea::new(name, label);
                (input.is_required, input.help) = (self.required, help);
                input.into()
            }
            FieldKind::Date => {
                let mut input = DatePicker::new(name, label);
                (input.is_required, input.help) = (self.required, help);
                input.into()
            }
            FieldKind::Choice | FieldKind::Choices => {
                let mut input =
                    ChoiceInput::new(self.style(), name, label, self.choices.iter().map(FormChoice::option));
                (input.is_required, input.description) = (self.required, help);
                input.into()
            }
            FieldKind::OptIn => {
                let mut input = OptIn::new(name, label);
                input.is_required = self.required;
                input.into()
            }
        })
    }

    /// Returns the look of a field with choices. A menu has no description, so a field with a help text has none.
    fn style(&self) -> ChoiceStyle {
        match self.kind {
            FieldKind::Choices => ChoiceStyle::Checkboxes,
            _ if self.choices.len() >= MENU_FROM && self.help.is_none() => ChoiceStyle::Dropdown,
            _ => ChoiceStyle::RadioButtons,
        }
    }
}

impl FormChoice {
    /// Creates a choice without a description.
    pub fn new(id: impl Into<String>, title: impl Into<String>) -> Self {
        Self { id: id.into(), title: title.into(), description: None }
    }

    /// Sets the description.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    fn option(&self) -> FlowOption {
        let option = FlowOption::new(&self.id, &self.title);
        self.description.iter().fold(option, FlowOption::description)
    }
}

impl From<&str> for FormChoice {
    fn from(title: &str) -> Self {
        Self::new(title, title)
    }
}

impl From<String> for FormChoice {
    fn from(title: String) -> Self {
        Self::new(title.clone(), title)
    }
}

impl From<StoredChoice> for FormChoice {
    fn from(stored: StoredChoice) -> Self {
        match stored {
            StoredChoice::Title(title) => title.into(),
            StoredChoice::Option(StoredOption { id, title, description }) => Self { id, title, description },
        }
    }
}

impl From<FormChoice> for StoredChoice {
    fn from(choice: FormChoice) -> Self {
        let FormChoice { id, title, description } = choice;
        if id == title && description.is_none() {
            return Self::Title(title);
        }
        Self::Option(StoredOption { id, title, description })
    }
}

fn yes() -> bool {
    true
}

impl fmt::Debug for FormField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FormField").field("name", &self.name).field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl fmt::Debug for FormChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FormChoice").field("id", &self.id).finish_non_exhaustive()
    }
}
