//! What a model can do beside talking.

mod kept;
mod state;
mod toolbox;
mod typed;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;
use serde_json::Value;
use waxwing_agent::{AgentError, IdempotencyKey, Media, RunContext};

use crate::ToolSpec;

pub use typed::{FnTool, tool};

pub(crate) use kept::Outcome;
pub(crate) use toolbox::{Toolbox, is_tool_name};

/// Something that a model may ask for: to look something up, or to have it done.
///
/// A call is a journaled step: a run that is repeated after a crash finds the results of the calls that ended. One that did not end is made again, with the
/// same [key](ToolContext::idempotency_key), unless the tool is to be called [once](Tool::is_once). What a call changed in the session's state is recorded with its
/// result; calls that go side by side should change different keys.
///
/// An error does not end the run: the model gets to read it, as it gets to read a result, and so does whoever can make it repeat what it read. A panic
/// and a call that takes too long become errors as well.
#[async_trait]
pub trait Tool: Send + Sync {
    /// What the model is told of it.
    fn spec(&self) -> &ToolSpec;

    /// True if a call must not be made again when nobody knows how it ended: it costs one more write. The model is told.
    fn is_once(&self) -> bool {
        false
    }

    /// How long a call may take, if not as long as the agent allows.
    fn timeout(&self) -> Option<Duration> {
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

    fn is_once(&self) -> bool {
        (**self).is_once()
    }

    fn timeout(&self) -> Option<Duration> {
        (**self).timeout()
    }

    async fn call(&self, arguments: Value, ctx: &ToolContext) -> Result<ToolOutput, AgentError> {
        (**self).call(arguments, ctx).await
    }
}

/// What a call of a tool has around it: the run, and a key of its own. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ToolContext {
    run: RunContext,
    key: IdempotencyKey,
}

impl ToolContext {
    /// A context for a call outside of an agent: for tests of tools.
    pub fn new(run: RunContext, key: IdempotencyKey) -> Self {
        Self { run, key }
    }

    /// The run that the call belongs to: whose it is, and its session.
    pub fn run(&self) -> &RunContext {
        &self.run
    }

    /// Names the call, the same when it is made again after a crash: to hand on to whoever can recognise a repeat.
    pub fn idempotency_key(&self) -> &IdempotencyKey {
        &self.key
    }
}

/// What came of a call.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct ToolOutput {
    /// What the model gets to read.
    pub text: String,
    /// What the user gets, with the reply.
    pub media: Vec<Media>,
}

impl ToolOutput {
    /// Something for the model to read.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), media: Vec::new() }
    }

    /// Something for the model to read, as JSON.
    ///
    /// # Errors
    ///
    /// Where the value cannot be written as JSON.
    pub fn json(value: &impl Serialize) -> Result<Self, AgentError> {
        Ok(Self::text(serde_json::to_string(value)?))
    }

    /// Adds a picture, a sound, a video or a file for the user.
    pub fn with_media(mut self, media: Media) -> Self {
        self.media.push(media);
        self
    }
}

/// Shows no words.
impl fmt::Debug for ToolOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolOutput").field("media", &self.media).finish_non_exhaustive()
    }
}

impl From<&str> for ToolOutput {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for ToolOutput {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<Media> for ToolOutput {
    fn from(media: Media) -> Self {
        Self::default().with_media(media)
    }
}
