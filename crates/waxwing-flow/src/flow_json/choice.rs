//! Inputs with options.

use serde_json::{Value, json};

use super::checks::{Checks, FlowJsonError};
use super::input::{check_input, input};
use super::{data_value, limits};

/// Input with options. Required by default. The answer is the id of an option, or the ids of several for checkboxes.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/reference/components#radio>
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChoiceInput {
    /// Name of the answer.
    pub name: String,
    /// Label of at most 30 characters, or of 20 for a dropdown.
    pub label: String,
    /// Look.
    pub style: ChoiceStyle,
    /// Whether the user has to choose.
    pub is_required: bool,
    /// Description of at most 300 characters. A dropdown has none.
    pub description: Option<String>,
    source: Source,
}

/// Look of an input with options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChoiceStyle {
    /// One of at most 200 options, in a menu.
    Dropdown,
    /// One of at most 20 options.
    RadioButtons,
    /// Any of at most 20 options.
    Checkboxes,
}

/// Where the options come from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    Fixed(Vec<FlowOption>),
    /// Name of an array in the data of the screen.
    Data(String),
}

/// Option of an input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlowOption {
    /// Id, which is the answer.
    pub id: String,
    /// Title of at most 30 characters.
    pub title: String,
    /// Description of at most 300 characters.
    pub description: Option<String>,
}

impl FlowOption {
    /// Creates an option without a description.
    pub fn new(id: impl Into<String>, title: impl Into<String>) -> Self {
        Self { id: id.into(), title: title.into(), description: None }
    }

    /// Sets the description.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    fn to_json(&self) -> Value {
        let mut json = json!({ "id": self.id, "title": self.title });
        if let Some(description) = &self.description {
            json["description"] = description.as_str().into();
        }
        json
    }
}

impl<I: Into<String>, T: Into<String>> From<(I, T)> for FlowOption {
    fn from((id, title): (I, T)) -> Self {
        Self::new(id, title)
    }
}

impl ChoiceInput {
    /// Creates a required input.
    pub fn new<O: Into<FlowOption>>(
        style: ChoiceStyle,
        name: impl Into<String>,
        label: impl Into<String>,
        options: impl IntoIterator<Item = O>,
    ) -> Self {
        let source = Source::Fixed(options.into_iter().map(Into::into).collect());
        Self { name: name.into(), label: label.into(), style, is_required: true, description: None, source }
    }

    /// Creates a menu of which one option is chosen.
    pub fn dropdown<O: Into<FlowOption>>(
        name: impl Into<String>,
        label: impl Into<String>,
        options: impl IntoIterator<Item = O>,
    ) -> Self {
        Self::new(ChoiceStyle::Dropdown, name, label, options)
    }

    /// Creates buttons of which one is chosen.
    pub fn radio_buttons<O: Into<FlowOption>>(
        name: impl Into<String>,
        label: impl Into<String>,
        options: impl IntoIterator<Item = O>,
    ) -> Self {
        Self::new(ChoiceStyle::RadioButtons, name, label, options)
    }

    /// Creates boxes of which any are chosen.
    pub fn checkboxes<O: Into<FlowOption>>(
        name: impl Into<String>,
        label: impl Into<String>,
        options: impl IntoIterator<Item = O>,
    ) -> Self {
        Self::new(ChoiceStyle::Checkboxes, name, label, options)
    }

    /// Takes the options from an array in the data of the screen. Its entries have an `id` and a `title`.
    pub fn options_from(mut self, data: impl Into<String>) -> Self {
        self.source = Source::Data(data.into());
        self
    }

    /// Lets the user choose nothing.
    pub fn optional(mut self) -> Self {
        self.is_required = false;
        self
    }

    /// Sets the description.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    pub(super) fn check(&self, checks: &Checks) -> Result<(), FlowJsonError> {
        let is_dropdown = self.style == ChoiceStyle::Dropdown;
        let (label, max) = if is_dropdown {
            (limits::TEXT_LABEL, limits::DROPDOWN_OPTIONS)
        } else {
            (limits::GROUP_LABEL, limits::GROUP_OPTIONS)
        };
        check_input(checks, &self.name, &self.label, label)?;
        checks.require(!is_dropdown || self.description.is_none(), "a dropdown has no description")?;
        checks.optional("description", self.description.as_deref(), limits::DESCRIPTION)?;
        let Source::Fixed(options) = &self.source else { return Ok(()) };
        checks.require(!options.is_empty(), "there are no options")?;
        checks.at_most("options", options.len(), max)?;
        for (nth, option) in options.iter().enumerate() {
            checks.require(!option.id.is_empty(), format!("the option {:?} has no id", option.title))?;
            checks.text("title of an option", &option.title, limits::OPTION_TITLE)?;
            checks.optional("description of an option", option.description.as_deref(), limits::DESCRIPTION)?;
            let is_new = options[..nth].iter().all(|other| other.id != option.id);
            checks.require(is_new, format!("two options have the id {:?}", option.id))?;
        }
        Ok(())
    }

    pub(super) fn to_json(&self) -> Value {
        let kind = match self.style {
            ChoiceStyle::Dropdown => "Dropdown",
            ChoiceStyle::RadioButtons => "RadioButtonsGroup",
            ChoiceStyle::Checkboxes => "CheckboxGroup",
        };
        let mut json = input(kind, &self.name, &self.label, self.is_required);
        json["data-source"] = match &self.source {
            Source::Fixed(options) => options.iter().map(FlowOption::to_json).collect(),
            Source::Data(name) => data_value(name).into(),
        };
        if let Some(description) = &self.description {
            json["description"] = description.as_str().into();
        }
        json
    }
}
