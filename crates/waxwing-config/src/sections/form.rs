//! Forms: `[forms.NAME]`.

use schemars::JsonSchema;
use serde::Deserialize;
use waxwing_flow::{Form, FormField};

/// Form: a WhatsApp Flow that models send as a button.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FormSection {
    /// Id of the flow at Meta.
    pub(crate) flow_id: Option<String>,
    /// Name of the flow at Meta, in place of `flow_id`.
    pub(crate) flow_name: Option<String>,
    /// Content of the form, and when to send it. The model reads it.
    pub(crate) description: String,
    /// Label of the button, at most 30 characters and without emoji. `Open` if not set.
    pub(crate) button: Option<String>,
    /// First screen of the flow. The screen that the flow begins with if not set.
    pub(crate) screen: Option<String>,
    /// Whether the endpoint of the flow chooses the first screen.
    #[serde(default)]
    pub(crate) endpoint: bool,
    /// Sends the flow although it is not published, for tests.
    #[serde(default)]
    pub(crate) draft: bool,
    /// Title of the form, for `waxwing config form NAME`, which prints the JSON of the flow.
    pub(crate) title: Option<String>,
    /// Text above the first field.
    pub(crate) intro: Option<String>,
    /// Label of the button that sends the form, at most 35 characters. `Send` if not set.
    pub(crate) submit: Option<String>,
    /// Label of the button that leads to the next page, at most 35 characters. `Continue` if not set.
    pub(crate) next: Option<String>,
    /// Fields of the form, for `waxwing config form NAME`. The model reads their labels.
    #[serde(default)]
    pub(crate) fields: Vec<FormField>,
}

impl FormSection {
    /// Returns the description of the form, if the section has fields.
    pub(crate) fn form(&self, name: &str) -> Option<Form> {
        if self.fields.is_empty() {
            return None;
        }
        let mut form = Form::new(self.title.as_deref().unwrap_or(name));
        form.intro.clone_from(&self.intro);
        form = self.submit.iter().fold(form, Form::submit);
        form = self.next.iter().fold(form, Form::next);
        form.fields.clone_from(&self.fields);
        Some(form)
    }

    /// Returns what the model reads about the form: the description, and the labels of the fields.
    pub(crate) fn description(&self) -> String {
        let labels: Vec<_> = self.fields.iter().map(|field| field.label.trim_end_matches(['.', '?', ':'])).collect();
        let fields = if labels.is_empty() { String::new() } else { format!(" Fields: {}.", labels.join("; ")) };
        format!("{}{fields}", self.description)
    }
}
