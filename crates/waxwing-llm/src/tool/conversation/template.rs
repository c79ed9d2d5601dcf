//! Tool `send_template`.

use schemars::JsonSchema;
use serde::Deserialize;
use waxwing_agent::{AgentError, Media, Reply, Template, TemplateButton};

use super::validate::required;
use crate::{Tool, ToolContext, tool};

/// Maximum length of a value, in characters.
const MAX_VALUE: usize = 500;

/// An approved message template, as the tool `send_template` describes it to the model.
#[derive(Debug, Clone, PartialEq)]
pub struct ApprovedTemplate {
    /// Name that the model uses.
    alias: String,
    name: String,
    language: String,
    description: String,
    header: Option<Media>,
    values: Vec<(Slot, String)>,
}

/// Place of a value in a template.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Slot {
    Header,
    Body,
    Named(String),
    Url(u8),
    Code(u8),
    Payload(u8),
}

impl ApprovedTemplate {
    /// Creates a template without values. `name` and `language`, such as `en_US`, are those that the channel approved.
    pub fn new(name: impl Into<String>, language: impl Into<String>) -> Self {
        let (name, language, description) = (name.into(), language.into(), String::new());
        Self { alias: name.clone(), name, language, description, header: None, values: Vec::new() }
    }

    /// Sets the name that the model uses, for example to tell the languages of a template apart. Default: the name of the template.
    pub fn alias(mut self, alias: impl Into<String>) -> Self {
        self.alias = alias.into();
        self
    }

    /// Tells the model what the template says and when to send it.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Sets the image, video or document that the header of each message shows.
    pub fn header(mut self, media: Media) -> Self {
        self.header = Some(media);
        self
    }

    /// Adds the text of the header and tells the model what to put into it.
    pub fn header_text(self, description: impl Into<String>) -> Self {
        self.slot(Slot::Header, description)
    }

    /// Adds a value and tells the model what to put into it, such as `number of the order`. The order is that of the placeholders in the
    /// template.
    pub fn value(self, description: impl Into<String>) -> Self {
        self.slot(Slot::Body, description)
    }

    /// Adds the value of a placeholder that has a name.
    pub fn named_value(self, name: impl Into<String>, description: impl Into<String>) -> Self {
        self.slot(Slot::Named(name.into()), description)
    }

    /// Adds the text that completes the URL of the button at a position, counted from 0.
    pub fn button_url(self, index: u8, description: impl Into<String>) -> Self {
        self.slot(Slot::Url(index), description)
    }

    /// Adds the code that the button at a position copies.
    pub fn button_code(self, index: u8, description: impl Into<String>) -> Self {
        self.slot(Slot::Code(index), description)
    }

    /// Adds the id that a tap on the quick reply at a position returns.
    pub fn button_payload(self, index: u8, description: impl Into<String>) -> Self {
        self.slot(Slot::Payload(index), description)
    }

    fn slot(mut self, slot: Slot, description: impl Into<String>) -> Self {
        self.values.push((slot, description.into()));
        self
    }

    /// Returns the line about this template in the description of the tool.
    fn line(&self) -> String {
        let Self { alias, description, values, .. } = self;
        let values: Vec<_> = values.iter().map(|(_, description)| description.as_str()).collect();
        let values = if values.is_empty() { "none".to_owned() } else { values.join("; ") };
        format!("- {alias}: {description} Values: {values}.")
    }

    fn fill(&self, values: Vec<String>) -> Result<Template, AgentError> {
        if values.len() != self.values.len() {
            let (expected, given) = (self.values.len(), values.len());
            return Err(AgentError::new(format!("template {:?} needs {expected} values, not {given}", self.alias)));
        }
        let mut template = Template::new(self.name.clone(), self.language.clone());
        if let Some(media) = &self.header {
            template = template.with_header(media.clone());
        }
        for ((slot, _), value) in self.values.iter().zip(values) {
            required("a value", &value, MAX_VALUE)?;
            // Meta rejects these in a value.
            if value.contains(['\n', '\r', '\t']) || value.contains("     ") {
                return Err(AgentError::new("a value must not contain line breaks, tabs or five consecutive spaces"));
            }
            template = match slot {
                Slot::Header => template.with_header(value),
                Slot::Body => template.with_value(value),
                Slot::Named(name) => template.with_named_value(name, value),
                Slot::Url(index) => template.with_button(*index, TemplateButton::Url(value)),
                Slot::Code(index) => template.with_button(*index, TemplateButton::Code(value)),
                Slot::Payload(index) => template.with_button(*index, TemplateButton::Payload(value)),
            };
        }
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
/// 500 characters per placeholder. A template that the channel would refuse is not sent: the model reads what is wrong and can correct it.
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
    let names: Vec<_> = templates.iter().map(|template| template.alias.clone()).collect();
    let tool = tool("send_template", description, move |Arguments { template, values }, ctx: ToolContext| {
        let known = templates.iter().find(|known| known.alias == template);
        let unknown = || AgentError::new(format!("unknown template {template:?}"));
        let filled = known.ok_or_else(unknown).and_then(|known| known.fill(values));
        async move {
            let template = filled?;
            ctx.run().check_template(&template).await?;
            Ok(Reply::from(template))
        }
    });
    tool.with_choices("template", names)
}
