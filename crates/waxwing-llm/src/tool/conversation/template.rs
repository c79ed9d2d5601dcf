//! Tool `send_template`.

use schemars::JsonSchema;
use serde::Deserialize;
use waxwing_agent::{AgentError, Reply, Template};

use super::validate::required;
use crate::{Tool, tool};

/// Maximum length of a value, in characters.
const MAX_VALUE: usize = 500;

/// An approved message template, as the tool `send_template` describes it to the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovedTemplate {
    name: String,
    language: String,
    description: String,
    values: Vec<String>,
}

impl ApprovedTemplate {
    /// Creates a template without values. `name` and `language`, such as `en_US`, are those that the channel approved.
    pub fn new(name: impl Into<String>, language: impl Into<String>) -> Self {
        Self { name: name.into(), language: language.into(), description: String::new(), values: Vec::new() }
    }

    /// Tells the model what the template says and when to send it.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Adds a value and tells the model what to put into it, such as `number of the order`. The order is that of the placeholders in the
    /// template.
    pub fn value(mut self, description: impl Into<String>) -> Self {
        self.values.push(description.into());
        self
    }

    /// Returns the line about this template in the description of the tool.
    fn line(&self) -> String {
        let Self { name, description, values, .. } = self;
        let values = if values.is_empty() { "none".to_owned() } else { values.join("; ") };
        format!("- {name}: {description} Values: {values}.")
    }

    fn fill(&self, values: Vec<String>) -> Result<Template, AgentError> {
        if values.len() != self.values.len() {
            let (expected, given) = (self.values.len(), values.len());
            return Err(AgentError::new(format!("template {:?} needs {expected} values, not {given}", self.name)));
        }
        for value in &values {
            required("a value", value, MAX_VALUE)?;
            // Meta rejects these in a value.
            if value.contains(['\n', '\t']) || value.contains("     ") {
                return Err(AgentError::new("a value must not contain line breaks, tabs or five consecutive spaces"));
            }
        }
        let mut template = Template::new(self.name.clone(), self.language.clone());
        template.values = values;
        Ok(template)
    }
}

#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// Name of the template.
    template: String,
    /// Values of the template in the listed order; each on one line and at most 500 characters long.
    #[serde(default)]
    values: Vec<String>,
}

/// Creates the tool `send_template`: one of these approved message templates.
///
/// Templates are the only messages that the channel delivers outside of the customer service window. The model gives one value of at most
/// 500 characters per placeholder.
///
/// ```
/// use waxwing_agent::{Agent as _, AgentError, Reply, RunContext, Template};
/// use waxwing_llm::conversation::{self, ApprovedTemplate};
/// use waxwing_llm::{ChatResponse, LlmAgent, ScriptedModel, ToolCall};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), AgentError> {
/// let shipped = ApprovedTemplate::new("order_shipped", "en_US")
///     .description("Tells the user that an order is on its way.")
///     .value("number of the order");
/// let call = ToolCall::new("1", "send_template", serde_json::json!({ "template": "order_shipped", "values": ["17"] }));
/// let model = ScriptedModel::new([ChatResponse::tool_calls([call]), ChatResponse::text("Sent.")]);
/// let agent = LlmAgent::builder("shop", model).tool(conversation::send_template([shipped])).build()?;
/// let reply = agent.run("Where is my order?".into(), &RunContext::in_memory("34600000000")).await?;
/// assert_eq!(reply, Reply::from(Template::new("order_shipped", "en_US").with_value("17")));
/// # Ok(())
/// # }
/// ```
pub fn send_template(templates: impl IntoIterator<Item = ApprovedTemplate>) -> impl Tool {
    let templates: Vec<_> = templates.into_iter().collect();
    let lines: Vec<_> = templates.iter().map(ApprovedTemplate::line).collect();
    let description = format!("Sends the user one of these approved message templates:\n{}", lines.join("\n"));
    tool("send_template", description, move |Arguments { template, values }, _| {
        let known = templates.iter().find(|known| known.name == template);
        let unknown = || AgentError::new(format!("unknown template {template:?}"));
        let filled = known.ok_or_else(unknown).and_then(|known| known.fill(values));
        async move { filled.map(Reply::from) }
    })
}
