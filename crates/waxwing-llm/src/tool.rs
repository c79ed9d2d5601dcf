//! Interface to the tools that a model can call.

pub mod conversation;

mod approval;
mod approval_question;
mod function;
pub(crate) mod memory;
mod outcome;
mod output;
mod state_changes;
mod toolbox;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use waxwing_agent::{AgentError, IdempotencyKey, RunContext, UserMessage};

use crate::ToolSpec;

pub use approval::RequireApproval;
pub use function::{FnTool, tool};
pub use output::ToolOutput;

#[cfg(feature = "mcp")]
pub(crate) use approval_question::ApprovalQuestion;
pub(crate) use outcome::ToolOutcome;
pub(crate) use toolbox::{CallStep, Toolbox, is_tool_name, short_tool_name, time_left};
#[cfg(feature = "mcp")]
pub(crate) use toolbox::{MAX_TOOL_NAME, plain_tool_name};

/// A tool that a model can call.
///
/// Most tools are async functions: see [`tool`](crate::tool()). Implement the trait for a tool whose description is not known at compile
/// time.
///
/// A call is a journaled step. When a run is repeated after a crash, calls with a recorded result are not made again. An unfinished call is
/// made again with the same [idempotency key](ToolContext::idempotency_key), unless the tool [runs at most once](Tool::is_at_most_once).
/// Changes that a call makes to the session state and to the memory are recorded with its result, so calls that run concurrently should
/// change different keys.
///
/// An error does not end the run: the model reads the error message, and the user may get the model to repeat it. A panic and a timeout
/// become errors too.
///
/// ```
/// use async_trait::async_trait;
/// use serde_json::{Value, json};
/// use waxwing_agent::{Agent as _, AgentError, Reply, RunContext};
/// use waxwing_llm::{ChatResponse, LlmAgent, ScriptedModel, Tool, ToolCall, ToolContext, ToolOutput, ToolSpec};
///
/// struct Lookup {
///     spec: ToolSpec,
///     table: Value,
/// }
///
/// #[async_trait]
/// impl Tool for Lookup {
///     fn spec(&self) -> &ToolSpec {
///         &self.spec
///     }
///
///     async fn call(&self, arguments: Value, _ctx: &ToolContext) -> Result<ToolOutput, AgentError> {
///         let key = arguments["key"].as_str().unwrap_or_default();
///         self.table.get(key).map(|value| value.to_string().into()).ok_or_else(|| AgentError::new("unknown key"))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), AgentError> {
/// let schema = json!({ "type": "object", "properties": { "key": { "type": "string" } }, "required": ["key"] });
/// let lookup = Lookup { spec: ToolSpec::new("lookup", "Returns the price of a dish.", schema), table: json!({ "soup": 5 }) };
/// let model = ScriptedModel::new([
///     ChatResponse::tool_calls([ToolCall::new("1", "lookup", json!({ "key": "soup" }))]),
///     ChatResponse::text("Five euros."),
/// ]);
/// let agent = LlmAgent::builder("waiter", model).tool(lookup).build()?;
/// let reply = agent.run("How much is the soup?".into(), &RunContext::in_memory("34600000000")).await?;
/// assert_eq!(reply, Reply::markdown("Five euros."));
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait Tool: Send + Sync {
    /// Returns the description for the model.
    fn spec(&self) -> &ToolSpec;

    /// Returns true if a call must not be made again when its outcome is unknown, for example after a crash. The model is told that the
    /// outcome is unknown. Costs one more database write per call. False by default.
    fn is_at_most_once(&self) -> bool {
        false
    }

    /// Returns true if the tool records journal steps itself, as an agent does. The call is then not recorded as a step: a repeated run
    /// makes the call again, and the tool finds its recorded steps. False by default.
    fn records_own_steps(&self) -> bool {
        false
    }

    /// Returns the timeout of a call. `None` for the timeout of the agent.
    fn timeout(&self) -> Option<Duration> {
        None
    }

    /// Returns the question, in Markdown, that the user must approve before a call with these arguments. `None`, the default, if the call
    /// needs no approval.
    ///
    /// The user answers in a later turn. An approved call is made at most once, in the run of that turn. `arguments` is an object that may
    /// not match the schema. Return `None` for arguments that do not match: the call then fails without a question.
    fn approval_prompt(&self, arguments: &Value) -> Option<String> {
        let _ = arguments;
        None
    }

    /// Returns why the tool cannot be used, such as an approval question that does not match the arguments. `None` by default.
    /// [`LlmAgentBuilder::build`](crate::LlmAgentBuilder::build) returns the problem as its error.
    fn problem(&self) -> Option<String> {
        None
    }

    /// Runs the tool. `arguments` is an object that may not match the schema.
    ///
    /// # Errors
    ///
    /// Returns an error if the tool fails. The model reads the message of the error's [source](AgentError::source), or of the error if it
    /// has no source.
    async fn call(&self, arguments: Value, ctx: &ToolContext) -> Result<ToolOutput, AgentError>;
}

#[async_trait]
impl<T: Tool + ?Sized> Tool for Arc<T> {
    fn spec(&self) -> &ToolSpec {
        (**self).spec()
    }

    fn is_at_most_once(&self) -> bool {
        (**self).is_at_most_once()
    }

    fn records_own_steps(&self) -> bool {
        (**self).records_own_steps()
    }

    fn timeout(&self) -> Option<Duration> {
        (**self).timeout()
    }

    fn approval_prompt(&self, arguments: &Value) -> Option<String> {
        (**self).approval_prompt(arguments)
    }

    fn problem(&self) -> Option<String> {
        (**self).problem()
    }

    async fn call(&self, arguments: Value, ctx: &ToolContext) -> Result<ToolOutput, AgentError> {
        (**self).call(arguments, ctx).await
    }
}

/// A source of tools that change while the program runs, such as an MCP server.
///
/// An agent with a source ([`LlmAgentBuilder::tools_from`](crate::LlmAgentBuilder::tools_from)) asks for the tools at the start of each run
/// and at each call.
///
/// ```
/// use std::sync::Arc;
/// use waxwing_agent::AgentError;
/// use waxwing_llm::{Tool, ToolSource, tool};
///
/// struct OpeningHours;
///
/// impl ToolSource for OpeningHours {
///     fn tools(&self) -> Vec<Arc<dyn Tool>> {
///         let hours = tool("opening_hours", "Returns today's opening hours.", |_: serde_json::Value, _ctx| async {
///             Ok::<_, AgentError>("9:00 to 17:00")
///         });
///         vec![Arc::new(hours)]
///     }
/// }
///
/// assert_eq!(OpeningHours.tools()[0].spec().name, "opening_hours");
/// ```
pub trait ToolSource: Send + Sync {
    /// Returns the tools that are available now.
    fn tools(&self) -> Vec<Arc<dyn Tool>>;

    /// Returns the name of the source, for the model. `None` by default.
    fn name(&self) -> Option<&str> {
        None
    }

    /// Returns how to use the tools, for the model. The text is not trusted: it stands in a tag of the system prompt. `None` by default.
    fn instructions(&self) -> Option<String> {
        None
    }
}

/// Context of a tool call: the run, the messages of the user, and the idempotency key. Cheap to clone.
///
/// ```
/// use waxwing_agent::{RunContext, UserMessage};
/// use waxwing_llm::ToolContext;
///
/// let run = RunContext::in_memory("34600000000");
/// let key = run.idempotency_key("book_table");
/// let ctx = ToolContext::new(run, key).with_messages([UserMessage::text("A table for two, please.")]);
/// assert_eq!((ctx.run().user_id(), ctx.messages().len()), ("34600000000", 1));
/// ```
#[derive(Debug, Clone)]
pub struct ToolContext {
    run: RunContext,
    messages: Arc<[UserMessage]>,
    key: IdempotencyKey,
}

impl ToolContext {
    /// Creates a context without messages, for tests of tools. An agent creates the context of its calls itself.
    pub fn new(run: RunContext, key: IdempotencyKey) -> Self {
        Self { run, messages: Arc::default(), key }
    }

    /// Sets the messages of the user in this turn, oldest first.
    pub fn with_messages(mut self, messages: impl Into<Arc<[UserMessage]>>) -> Self {
        self.messages = messages.into();
        self
    }

    /// Returns the context of the run: the user, the session, the memory.
    pub fn run(&self) -> &RunContext {
        &self.run
    }

    /// Returns the messages of the user in this turn, including media, oldest first.
    pub fn messages(&self) -> &[UserMessage] {
        &self.messages
    }

    /// Returns the idempotency key of the call. A call that is made again after a crash has the same key, so a service that supports keys
    /// can recognize the repetition.
    pub fn idempotency_key(&self) -> &IdempotencyKey {
        &self.key
    }
}
