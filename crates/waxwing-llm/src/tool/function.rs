//! Tools made of functions.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use waxwing_agent::AgentError;

use super::approval::with_arguments;
use super::{Tool, ToolContext, ToolOutput};
use crate::ToolSpec;
use crate::schema::schema_of;

/// Makes a tool of an async function. The schema that the model sees comes from the type of the arguments, the doc comments of its fields included; arguments that
/// do not fit it go back to the model with the reason.
///
/// ```
/// use schemars::JsonSchema;
/// use serde::Deserialize;
/// use waxwing_llm::{ToolContext, tool};
/// # use waxwing_llm::schemars;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct City {
///     /// The name of the city, in English.
///     city: String,
/// }
///
/// let weather = tool("weather", "The weather of a city, now.", |City { city }, _ctx: ToolContext| async move {
///     Ok(format!("Rain in {city}."))
/// });
/// ```
pub fn tool<A, F, Fut, O>(name: impl Into<String>, description: impl Into<String>, run: F) -> FnTool<A, F>
where
    A: JsonSchema + DeserializeOwned,
    F: Fn(A, ToolContext) -> Fut + Send + Sync,
    Fut: Future<Output = Result<O, AgentError>> + Send,
    O: Into<ToolOutput>,
{
    let mut parameters = schema_of::<A>();
    // A type without fields has no properties, and some providers insist on them.
    if let Some(object) = parameters.as_object_mut() {
        object.entry("type").or_insert_with(|| json!("object"));
        object.entry("properties").or_insert_with(|| json!({}));
    }
    let spec = ToolSpec { name: name.into(), description: description.into(), parameters };
    FnTool { spec, once: false, timeout: None, question: None, run, arguments: PhantomData }
}

/// A tool made of a function: see [`tool`].
pub struct FnTool<A, F> {
    spec: ToolSpec,
    once: bool,
    timeout: Option<Duration>,
    question: Option<Box<Consent<A>>>,
    run: F,
    arguments: PhantomData<fn(A)>,
}

/// What the user is asked before a call.
type Consent<A> = dyn Fn(&Value, &A) -> String + Send + Sync;

impl<A, F> FnTool<A, F> {
    /// Declares that a call must not be made again when nobody knows how it ended.
    pub fn at_most_once(mut self) -> Self {
        self.once = true;
        self
    }

    /// Sets how long a call may take.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Asks the user for consent before each call, with this question, in Markdown. The arguments are shown below it.
    pub fn require_approval(mut self, question: impl Into<String>) -> Self {
        let question = question.into();
        self.question = Some(Box::new(move |shown, _| with_arguments(&question, shown)));
        self
    }

    /// Asks the user for consent before each call, in Markdown. The question should say all that matters of the arguments.
    pub fn require_approval_with(mut self, question: impl Fn(&A) -> String + Send + Sync + 'static) -> Self {
        self.question = Some(Box::new(move |_, arguments| question(arguments)));
        self
    }
}

impl<A, F> fmt::Debug for FnTool<A, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FnTool").field("name", &self.spec.name).field("once", &self.once).finish_non_exhaustive()
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
        self.once
    }

    fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    fn approval_prompt(&self, arguments: &Value) -> Option<String> {
        let question = self.question.as_ref()?;
        let typed = serde_json::from_value(arguments.clone()).ok()?;
        Some(question(arguments, &typed))
    }

    async fn call(&self, arguments: Value, ctx: &ToolContext) -> Result<ToolOutput, AgentError> {
        // The future is made before the first await, so that arguments need not be `Send`.
        let call = serde_json::from_value(arguments)
            .map(|arguments| (self.run)(arguments, ctx.clone()))
            .map_err(|error| AgentError::new(format!("the arguments do not fit the schema: {error}")))?;
        call.await.map(Into::into)
    }
}
