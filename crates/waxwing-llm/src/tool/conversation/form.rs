//! Tool `send_form`.

use schemars::JsonSchema;
use serde::Deserialize;
use waxwing_agent::{AgentError, FormRequest, Reply};

use super::validate::{MAX_TEXT, required};
use crate::{Tool, tool};

/// A form of the channel, as the tool `send_form` describes it to the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedForm {
    name: String,
    description: String,
    request: FormRequest,
}

impl OfferedForm {
    /// Creates a form under a name that the model reads, and under which the answer arrives. `request` has the form, its first screen and
    /// the label of the button.
    pub fn new(name: impl Into<String>, request: FormRequest) -> Self {
        let name = name.into();
        Self { request: request.with_name(&name), name, description: String::new() }
    }

    /// Tells the model what the form asks for and when to send it.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Returns the line about this form in the description of the tool.
    fn line(&self) -> String {
        format!("- {}: {}", self.name, self.description)
    }
}

#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// Name of the form.
    form: String,
    /// Text above the button that opens the form; at most 1,000 characters long.
    text: String,
}

/// Creates the tool `send_form`: a button that opens one of these forms. The answer arrives with a later message of the user.
///
/// ```
/// use waxwing_agent::{Agent as _, AgentError, FormRequest, Reply, RunContext};
/// use waxwing_llm::conversation::{self, OfferedForm};
/// use waxwing_llm::{ChatResponse, LlmAgent, ScriptedModel, ToolCall};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), AgentError> {
/// let request = FormRequest::flow_id("1234567890").with_label("Book a table");
/// let booking = OfferedForm::new("booking", request.clone()).description("Asks for the day and the number of guests.");
/// let call = ToolCall::new("1", "send_form", serde_json::json!({ "form": "booking", "text": "When will you come?" }));
/// let model = ScriptedModel::new([ChatResponse::tool_calls([call]), ChatResponse::text("Sent.")]);
/// let agent = LlmAgent::builder("host", model).tool(conversation::send_form([booking])).build()?;
/// let reply = agent.run("A table, please.".into(), &RunContext::in_memory("34600000000")).await?;
/// assert_eq!(reply, Reply::from(request.with_name("booking").with_text("When will you come?")));
/// # Ok(())
/// # }
/// ```
pub fn send_form(forms: impl IntoIterator<Item = OfferedForm>) -> impl Tool {
    let forms: Vec<_> = forms.into_iter().collect();
    let lines: Vec<_> = forms.iter().map(OfferedForm::line).collect();
    let names = forms.iter().map(|form| form.name.clone()).collect();
    let description = format!(
        "Sends the user a button that opens one of these forms. The answer arrives with a later message:\n{}",
        lines.join("\n")
    );
    let tool = tool("send_form", description, move |Arguments { form, text }, _| {
        let known = forms.iter().find(|known| known.name == form);
        let unknown = || AgentError::new(format!("unknown form {form:?}"));
        let sent = known.ok_or_else(unknown).and_then(|known| {
            required("text", &text, MAX_TEXT)?;
            Ok(known.request.clone().with_text(text))
        });
        async move { sent.map(Reply::from) }
    });
    tool.with_choices("form", names)
}
