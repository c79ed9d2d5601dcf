//! Tools made from async functions.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use waxwing_agent::AgentError;

use super::approval_question::ApprovalQuestion;
use super::{Tool, ToolContext, ToolOutput};
use crate::ToolSpec;
use crate::schema::schema_of;

/// Creates a tool from an async function.
///
/// The JSON schema for the model is derived from the argument type `A`; the doc comments of its fields become descriptions. The function is
/// called only with arguments that match the schema. Otherwise the model reads what is wrong.
///
/// ```
/// use schemars::JsonSchema;
/// use serde::Deserialize;
/// use waxwing_agent::{AgentError, RunContext};
/// use waxwing_llm::{Tool as _, ToolContext, schemars, tool};
///
/// #[derive(Deserialize, JsonSchema)]
/// struct City {
///     /// Name of the city, in English.
///     city: String,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), AgentError> {
/// let weather = tool("weather", "Returns the current weather of a city.", |City { city }, _ctx: ToolContext| async move {
///     Ok(format!("Rain in {city}."))
/// });
///
/// let run = RunContext::in_memory("34600000000");
/// let ctx = ToolContext::new(run.clone(), run.idempotency_key("weather"));
/// assert_eq!(weather.call(serde_json::json!({ "city": "Vigo" }), &ctx).await?.text, "Rain in Vigo.");
/// assert!(weather.call(serde_json::json!({ "town": "Vigo" }), &ctx).await.is_err());
/// # Ok(())
/// # }
/// ```
pub fn tool<A, F, Fut, O>(name: impl Into<String>, description: impl Into<String>, run: F) -> FnTool<A, F>
where
    A: JsonSchema + DeserializeOwned,
    F: Fn(A, ToolContext) -> Fut + Send + Sync,
    Fut: Future<Output = Result<O, AgentError>> + Send,
    O: Into<ToolOutput>,
{
    let mut parameters = schema_of::<A>();
    // A type without fields has no `properties`, which some providers require.
    if let Some(object) = parameters.as_object_mut() {
        object.entry("type").or_insert_with(|| json!("object"));
        object.entry("properties").or_insert_with(|| json!({}));
    }
    let spec = ToolSpec::new(name, description, parameters);
    FnTool {
        spec,
        is_at_most_once: false,
        timeout: None,
        approval_prompt: None,
        problem: None,
        run,
        arguments: PhantomData,
    }
}

/// A tool made from an async function: see [`tool`].
pub struct FnTool<A, F> {
    spec: ToolSpec,
    is_at_most_once: bool,
    timeout: Option<Duration>,
    approval_prompt: Option<Box<ApprovalPrompt<A>>>,
    /// Why the approval question does not match the arguments.
    problem: Option<String>,
    run: F,
    arguments: PhantomData<fn(A)>,
}

/// Returns the approval question for the arguments, given as JSON and as a value.
type ApprovalPrompt<A> = dyn Fn(&Value, &A) -> String + Send + Sync;

impl<A, F> FnTool<A, F> {
    /// Limits a text argument to these values in the schema for the model. The function still checks the argument.
    pub(super) fn with_choices(mut self, argument: &str, choices: Vec<String>) -> Self {
        if let Some(argument) = self.spec.parameters.pointer_mut(&format!("/properties/{argument}")) {
            argument["enum"] = choices.into();
        }
        self
    }

    /// Makes calls at most once: a call whose outcome is unknown is not made again. See [`Tool::is_at_most_once`].
    pub fn at_most_once(mut self) -> Self {
        self.is_at_most_once = true;
        self
    }

    /// Sets the timeout of a call. The timeout of the agent applies if none is set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Asks the user for approval before each call. `question` is Markdown in which `{name}` stands for an argument; the other arguments are
    /// listed below it. See [`RequireApproval`](crate::RequireApproval).
    pub fn require_approval(mut self, question: impl AsRef<str>) -> Self {
        let question = ApprovalQuestion::new(question.as_ref());
        self.problem = question.problem(&self.spec.parameters);
        self.approval_prompt = Some(Box::new(move |json, _| question.render(json)));
        self
    }

    /// Asks the user for approval before each call. `question` returns Markdown that should name every argument that matters to the user.
    pub fn require_approval_with(mut self, question: impl Fn(&A) -> String + Send + Sync + 'static) -> Self {
        self.problem = None;
        self.approval_prompt = Some(Box::new(move |_, arguments| question(arguments)));
        self
    }
}

impl<A, F> fmt::Debug for FnTool<A, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FnTool")
            .field("name", &self.spec.name)
            .field("is_at_most_once", &self.is_at_most_once)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl<A, F, Fut, O> Tool for FnTool<A, F>
where
    A: DeserializeOwned,
    F: Fn(A, ToolContext) -> Fut + Send + Sync,
    Fut: Future<Output = Result<O, AgentError>> + Send,
    O: Into<ToolOutput>,
{
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn is_at_most_once(&self) -> bool {
        self.is_at_most_once
    }

    fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    fn approval_prompt(&self, arguments: &Value) -> Option<String> {
        let prompt = self.approval_prompt.as_ref()?;
        let parsed = serde_json::from_value(arguments.clone()).ok()?;
        Some(prompt(arguments, &parsed))
    }

    fn problem(&self) -> Option<String> {
        self.problem.clone()
    }

    async fn call(&self, arguments: Value, ctx: &ToolContext) -> Result<ToolOutput, AgentError> {
        // The future is created before the first await, so `A` does not have to be `Send`.
        let call = serde_json::from_value(arguments)
            .map(|arguments| (self.run)(arguments, ctx.clone()))
            .map_err(|error| AgentError::new(format!("the arguments do not match the schema: {error}")))?;
        call.await.map(Into::into)
    }
}
