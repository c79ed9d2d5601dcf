//! A model that says what a test wants it to say.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::{ChatModel, ChatRequest, ChatResponse, Modalities, ModelError, ModelErrorKind};

/// A model with a script: each call takes the next line of it. Clones share the script and what was asked.
///
/// When the script is at its end, calls are [rejected](ModelErrorKind::Rejected).
///
/// ```
/// use waxwing_agent::{Agent, AgentError, Reply, RunContext, Turn};
/// use waxwing_llm::{LlmAgent, ScriptedModel};
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let model = ScriptedModel::new(["Hello, Ana."]);
/// let agent = LlmAgent::builder("guide", model).build()?;
/// let reply = agent.run(Turn::from("hi"), &RunContext::in_memory("34600000000")).await?;
/// assert_eq!(reply, Reply::markdown("Hello, Ana."));
/// # Ok::<(), AgentError>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct ScriptedModel {
    name: String,
    modalities: Modalities,
    stage: Arc<Mutex<Stage>>,
}

#[derive(Default)]
struct Stage {
    script: VecDeque<Result<ChatResponse, ModelError>>,
    requests: Vec<ChatRequest>,
}

impl ScriptedModel {
    /// A model called `scripted` that says these lines.
    pub fn new(script: impl IntoIterator<Item = impl Into<ScriptedReply>>) -> Self {
        let script = script.into_iter().map(|line| line.into().0).collect();
        let stage = Stage { script, requests: Vec::new() };
        Self { name: "scripted".into(), modalities: Modalities::text(), stage: Arc::new(Mutex::new(stage)) }
    }

    /// Calls it otherwise.
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Declares which media it takes.
    pub fn with_modalities(mut self, modalities: Modalities) -> Self {
        self.modalities = modalities;
        self
    }

    /// What it was asked so far.
    pub fn requests(&self) -> Vec<ChatRequest> {
        self.stage().requests.clone()
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for ScriptedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedModel").field("name", &self.name).finish_non_exhaustive()
    }
}

#[async_trait]
impl ChatModel for ScriptedModel {
    fn name(&self) -> &str {
        &self.name
    }

    fn modalities(&self) -> Modalities {
        self.modalities
    }

    async fn chat(&self, request: &ChatRequest) -> Result<ChatResponse, ModelError> {
        let mut stage = self.stage();
        stage.requests.push(request.clone());
        let at_the_end = || Err(ModelError::new(ModelErrorKind::Rejected).with_code("end_of_script"));
        stage.script.pop_front().unwrap_or_else(at_the_end)
    }
}

/// A line of a script: an answer, or a failure.
#[derive(Debug)]
pub struct ScriptedReply(Result<ChatResponse, ModelError>);

impl From<&str> for ScriptedReply {
    fn from(text: &str) -> Self {
        Self(Ok(ChatResponse::text(text)))
    }
}

impl From<ChatResponse> for ScriptedReply {
    fn from(response: ChatResponse) -> Self {
        Self(Ok(response))
    }
}

impl From<ModelError> for ScriptedReply {
    fn from(error: ModelError) -> Self {
        Self(Err(error))
    }
}

impl From<Result<ChatResponse, ModelError>> for ScriptedReply {
    fn from(result: Result<ChatResponse, ModelError>) -> Self {
        Self(result)
    }
}
