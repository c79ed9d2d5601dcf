//! Inputs without options.

use serde_json::{Value, json};

use super::checks::{Checks, FlowJsonError, is_name};
use super::limits;

/// Input of one line. Required by default. The answer is a text, also that of a number.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/reference/components#textentry>
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TextInput {
    /// Name of the answer.
    pub name: String,
    /// Label of at most 20 characters.
    pub label: String,
    /// Kind of text.
    pub kind: TextKind,
    /// Whether the user has to fill it in.
    pub is_required: bool,
    /// Help text of at most 80 characters.
    pub help: Option<String>,
}

/// Kind of text that an input accepts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextKind {
    /// Any text.
    #[default]
    Text,
    /// A number.
    Number,
    /// An email address.
    Email,
    /// A phone number.
    Phone,
    /// A password, which is hidden.
    Password,
    /// A code of digits, which is hidden.
    Passcode,
}

impl TextKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Password => "password",
            Self::Passcode => "passcode",
        }
    }
}

impl TextInput {
    /// Creates a required input of any text.
    pub fn new(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self { name: name.into(), label: label.into(), kind: TextKind::Text, is_required: true, help: None }
    }

    /// Sets the kind of text.
    pub fn kind(mut self, kind: TextKind) -> Self {
        self.kind = kind;
        self
    }

    /// Lets the user leave the input empty.
    pub fn optional(mut self) -> Self {
        self.is_required = false;
        self
    }

    /// Sets the help text.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    pub(super) fn check(&self, checks: &Checks) -> Result<(), FlowJsonError> {
        check_input(checks, &self.name, &self.label, limits::TEXT_LABEL)?;
        checks.optional("help text", self.help.as_deref(), limits::HELP)
    }

    pub(super) fn to_json(&self) -> Value {
        let mut json = input("TextInput", &self.name, &self.label, self.is_required);
        json["input-type"] = self.kind.as_str().into();
        with_help(json, self.help.as_deref())
    }
}

/// Input of several lines. Required by default.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/reference/components#textentry>
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TextArea {
    /// Name of the answer.
    pub name: String,
    /// Label of at most 20 characters.
    pub label: String,
    /// Whether the user has to fill it in.
    pub is_required: bool,
    /// Help text of at most 80 characters.
    pub help: Option<String>,
}

impl TextArea {
    /// Creates a required input.
    pub fn new(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self { name: name.into(), label: label.into(), is_required: true, help: None }
    }

    /// Lets the user leave the input empty.
    pub fn optional(mut self) -> Self {
        self.is_required = false;
        self
    }

    /// Sets the help text.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    pub(super) fn check(&self, checks: &Checks) -> Result<(), FlowJsonError> {
        check_input(checks, &self.name, &self.label, limits::TEXT_LABEL)?;
        checks.optional("help text", self.help.as_deref(), limits::HELP)
    }

    pub(super) fn to_json(&self) -> Value {
        with_help(input("TextArea", &self.name, &self.label, self.is_required), self.help.as_deref())
    }
}

/// Input of a date. Required by default. The answer is a text such as `2026-12-24`.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/reference/components#dp>
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DatePicker {
    /// Name of the answer.
    pub name: String,
    /// Label of at most 40 characters.
    pub label: String,
    /// Whether the user has to choose a date.
    pub is_required: bool,
    /// Help text of at most 80 characters.
    pub help: Option<String>,
    /// First date, as `YYYY-MM-DD`.
    pub first: Option<String>,
    /// Last date, as `YYYY-MM-DD`.
    pub last: Option<String>,
}

impl DatePicker {
    /// Creates a required input of any date.
    pub fn new(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self { name: name.into(), label: label.into(), is_required: true, help: None, first: None, last: None }
    }

    /// Lets the user leave the input empty.
    pub fn optional(mut self) -> Self {
        self.is_required = false;
        self
    }

    /// Sets the help text.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Sets the first and the last date, as `YYYY-MM-DD`.
    pub fn between(mut self, first: impl Into<String>, last: impl Into<String>) -> Self {
        (self.first, self.last) = (Some(first.into()), Some(last.into()));
        self
    }

    pub(super) fn check(&self, checks: &Checks) -> Result<(), FlowJsonError> {
        check_input(checks, &self.name, &self.label, limits::DATE_LABEL)?;
        checks.optional("help text", self.help.as_deref(), limits::HELP)?;
        for date in [&self.first, &self.last].into_iter().flatten() {
            let problem = format!("the date {date:?} must have the form YYYY-MM-DD");
            checks.require(is_date(date) || date.contains("${"), problem)?;
        }
        Ok(())
    }

    pub(super) fn to_json(&self) -> Value {
        let mut json = input("DatePicker", &self.name, &self.label, self.is_required);
        for (key, date) in [("min-date", &self.first), ("max-date", &self.last)] {
            if let Some(date) = date {
                json[key] = date.as_str().into();
            }
        }
        with_help(json, self.help.as_deref())
    }
}

/// Box to agree to something. Required by default, so that the flow goes on only if the user agrees. The answer is true or false.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/reference/components#opt>
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OptIn {
    /// Name of the answer.
    pub name: String,
    /// Label of at most 120 characters.
    pub label: String,
    /// Whether the user has to agree.
    pub is_required: bool,
}

impl OptIn {
    /// Creates a box that the user has to check.
    pub fn new(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self { name: name.into(), label: label.into(), is_required: true }
    }

    /// Lets the user leave the box empty.
    pub fn optional(mut self) -> Self {
        self.is_required = false;
        self
    }

    pub(super) fn check(&self, checks: &Checks) -> Result<(), FlowJsonError> {
        check_input(checks, &self.name, &self.label, limits::OPT_IN_LABEL)
    }

    pub(super) fn to_json(&self) -> Value {
        input("OptIn", &self.name, &self.label, self.is_required)
    }
}

/// Returns the members that all inputs have.
pub(super) fn input(kind: &str, name: &str, label: &str, is_required: bool) -> Value {
    json!({ "type": kind, "name": name, "label": label, "required": is_required })
}

/// Checks the name and the label of an input.
pub(super) fn check_input(checks: &Checks, name: &str, label: &str, limit: usize) -> Result<(), FlowJsonError> {
    let rule = "must have letters, digits and underscores, and start with no digit";
    checks.require(is_name(name), format!("the name {name:?} {rule}"))?;
    checks.text("label", label, limit)
}

fn with_help(mut json: Value, help: Option<&str>) -> Value {
    if let Some(help) = help {
        json["helper-text"] = help.into();
    }
    json
}

fn is_date(date: &str) -> bool {
    let is_digit_or_dash =
        |(at, byte): (usize, u8)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    date.len() == 10 && date.bytes().enumerate().all(is_digit_or_dash)
}
