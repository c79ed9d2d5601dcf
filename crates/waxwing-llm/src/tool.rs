//! What a model can do beside talking.

pub mod conversation;

mod approval;
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

pub(crate) use outcome::ToolOutcome;
pub(crate) use toolbox::{CallStep, Toolbox, is_tool_name, left};

/// Something that a model may ask for: to look something up, or to have it done.
///
/// A call is a journaled step: a run that is repeated after a crash finds the results of the calls that ended. One that did not end is made again, with the
/// same [key](ToolContext::idempotency_key), unless the tool is to be called [once](Tool::is_at_most_once). What a call changed in the session's state
/// and in the memory is recorded with its result; calls that go side by side should change different keys.
///
/// An error does not end the run: the model gets to read it, as it gets to read a result, and so does whoever can make it repeat what it read. A panic
/// and a call that takes too long become errors as well.
#[async_trait]
pub trait Tool: Send + Sync {
    /// What the model is told of it.
    fn spec(&self) -> &ToolSpec;

    /// True if a call must not be made again when nobody knows how it ended: it costs one more write. The model is told.
    fn is_at_most_once(&self) -> bool {
        false
    }

    /// True if a call takes steps of its own where it has to, as an agent does. Then the call is no step itself: a repeated run makes it again, and it finds
    /// what it has recorded.
    fn records_own_steps(&self) -> bool {
        false
    }

    /// How long a call may take, if not as long as the agent allows.
    fn timeout(&self) -> Option<Duration> {
        None
    }

    /// What the user is asked before such a call is made, in Markdown; none if the call needs no consent. The answer comes in a later turn, so a call that
    /// is approved is made in another run than the one that asked for it, as if it were to be made [once](Self::is_at_most_once). `arguments` is an object that need
    /// not follow the schema: where it does not, there is nothing to ask, and the call itself will fail.
    fn approval_prompt(&self, arguments: &Value) -> Option<String> {
        let _ = arguments;
        None
    }

    /// Does it. `arguments` is what the model wrote: it need not follow the schema.
    ///
    /// # Errors
    ///
    /// Where it could not be done. The model reads the error's words: those of its [source](AgentError::source) if it has one.
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

    async fn call(&self, arguments: Value, ctx: &ToolContext) -> Result<ToolOutput, AgentError> {
        (**self).call(arguments, ctx).await
    }
}

/// Where tools come from that come and go: a server that can be down, and that can learn.
///
/// [Given](crate::LlmAgentBuilder::tools_from) to an agent, it is asked at the beginning of each run, and again at each call.
pub trait ToolSource: Send + Sync {
    /// The tools that there are now.
    fn tools(&self) -> Vec<Arc<dyn Tool>>;
}

/// What a call of a tool has around it: the run, what the user said, and a key of its own. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ToolContext {
    run: RunContext,
    messages: Arc<[UserMessage]>,
    key: IdempotencyKey,
}

impl ToolContext {
    /// A context for a call outside of an agent: for tests of tools. The user has said nothing.
    pub fn new(run: RunContext, key: IdempotencyKey) -> Self {
        Self { run, messages: Arc::default(), key }
    }

    /// Sets what the user said in this turn.
    pub fn with_messages(mut self, messages: impl Into<Arc<[UserMessage]>>) -> Self {
        self.messages = messages.into();
        self
    }

    /// The run that the call belongs to: whose it is, its session, its memory.
    pub fn run(&self) -> &RunContext {
        &self.run
    }

    /// What the user said in this turn, media included, oldest message first.
    pub fn messages(&self) -> &[UserMessage] {
        &self.messages
    }

    /// Names the call, the same when it is made again after a crash: to hand on to whoever can recognise a repeat.
    pub fn idempotency_key(&self) -> &IdempotencyKey {
        &self.key
    }
}
