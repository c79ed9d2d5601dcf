//! Test double for a language model.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::{ChatModel, ChatRequest, ChatResponse, Modalities, ModelError, ModelErrorKind};

/// A model for tests that returns scripted responses, one per request, and records the requests.
///
/// Clones share the script and the recorded requests. After the last response, requests fail with [`ModelErrorKind::Rejected`] and the code
/// `end_of_script`.
///
/// ```
/// use waxwing_agent::{Agent as _, Reply, RunContext};
/// use waxwing_llm::{LlmAgent, ModelError, ModelErrorKind, ScriptedModel};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), waxwing_agent::AgentError> {
/// // The first request fails and is retried.
/// let model = ScriptedModel::new([
///     ModelError::new(ModelErrorKind::Timeout).into(),
///     waxwing_llm::ScriptedReply::from("Hello!"),
/// ]);
/// let agent = LlmAgent::builder("guide", model.clone()).build()?;
/// let reply = agent.run("Hi".into(), &RunContext::in_memory("34600000000")).await?;
/// assert_eq!((reply, model.requests().len()), (Reply::markdown("Hello!"), 2));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ScriptedModel {
    name: String,
    modalities: Modalities,
    context: Option<u64>,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    script: VecDeque<Result<ChatResponse, ModelError>>,
    requests: Vec<ChatRequest>,
}

impl ScriptedModel {
    /// Creates a text-only model with the name `scripted` and this script.
    pub fn new(script: impl IntoIterator<Item = impl Into<ScriptedReply>>) -> Self {
        let script = script.into_iter().map(|reply| reply.into().0).collect();
        let shared = Shared { script, requests: Vec::new() };
        Self {
            name: "scripted".into(),
            modalities: Modalities::text(),
            context: None,
            shared: Arc::new(Mutex::new(shared)),
        }
    }

    /// Sets the name. Default: `scripted`.
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the media kinds that the model accepts. Default: text only.
    pub fn with_modalities(mut self, modalities: Modalities) -> Self {
        self.modalities = modalities;
        self
    }

    /// Sets the context in tokens. Default: unknown.
    pub fn with_context(mut self, tokens: u64) -> Self {
        self.context = Some(tokens);
        self
    }

    /// Returns the requests so far, oldest first.
    pub fn requests(&self) -> Vec<ChatRequest> {
        self.shared().requests.clone()
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
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

    fn context(&self) -> Option<u64> {
        self.context
    }

    async fn chat(&self, request: &ChatRequest) -> Result<ChatResponse, ModelError> {
        let mut shared = self.shared();
        shared.requests.push(request.clone());
        let end_of_script = || Err(ModelError::new(ModelErrorKind::Rejected).with_code("end_of_script"));
        shared.script.pop_front().unwrap_or_else(end_of_script)
    }
}

/// An entry in the script of a [`ScriptedModel`]: a response or an error.
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
