//! Messages that the channel has approved.

use schemars::JsonSchema;
use serde::Deserialize;
use waxwing_agent::{AgentError, Reply, Template};

use super::required;
use crate::{Tool, tool};

/// The longest value, in characters.
const MAX_VALUE: usize = 500;

/// A message that the channel has approved, as the model gets to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovedTemplate {
    name: String,
    language: String,
    description: String,
    values: Vec<String>,
}

impl ApprovedTemplate {
    /// The template of this name in this language, such as `en_US`. The description tells the model what it says and when to send it.
    pub fn new(name: impl Into<String>, language: impl Into<String>, description: impl Into<String>) -> Self {
        Self { name: name.into(), language: language.into(), description: description.into(), values: Vec::new() }
    }

    /// Tells the model what to put into the next place of its words, such as "the number of the order".
    pub fn value(mut self, description: impl Into<String>) -> Self {
        self.values.push(description.into());
        self
    }

    fn line(&self) -> String {
        let Self { name, description, values, .. } = self;
        let values = if values.is_empty() { "none".to_owned() } else { values.join("; ") };
        format!("- {name}: {description} Values: {values}.")
    }

    fn filled(&self, values: Vec<String>) -> Result<Template, AgentError> {
        if values.len() != self.values.len() {
            let (count, given) = (self.values.len(), values.len());
            return Err(AgentError::new(format!("{} has {count} values, not {given}", self.name)));
        }
        for value in &values {
            required("a value", value, MAX_VALUE)?;
            // Meta takes neither in a value.
            if value.contains(['\n', '\t']) || value.contains("     ") {
                return Err(AgentError::new("a value must not have line breaks, tabs or five spaces in a row"));
            }
        }
        Ok(values.into_iter().fold(Template::new(&self.name, &self.language), Template::with_value))
    }
}

#[derive(Deserialize, JsonSchema)]
struct Filled {
    /// The name of the message.
    template: String,
    /// What is put into it, in the order in which its values are listed; each on one line, 500 characters at most.
    #[serde(default)]
    values: Vec<String>,
}

/// `send_template`: one of these messages.
pub fn send_template(templates: impl IntoIterator<Item = ApprovedTemplate>) -> impl Tool {
    let templates: Vec<_> = templates.into_iter().collect();
    let lines: Vec<_> = templates.iter().map(ApprovedTemplate::line).collect();
    let description = format!("Sends the user one of the messages that are written already:\n{}", lines.join("\n"));
    tool("send_template", description, move |Filled { template, values }, _| {
        let known = templates.iter().find(|known| known.name == template);
        let unknown = || AgentError::new(format!("there is no message called {template:?}"));
        let filled = known.ok_or_else(unknown).and_then(|known| known.filled(values));
        async move { filled.map(Reply::from) }
    })
}
