//! Agent that is backed by language models.

mod approval;
mod builder;
mod canned_messages;
mod channel_notes;
mod context_budget;
mod cut_answer;
mod discarded;
mod earlier_media;
mod history;
mod history_messages;
mod model_chain;
mod model_circuit;
mod prompt;
mod reasoning;
mod reduction;
mod refused_picture;
mod repetition;
mod reply_draft;
mod request_size;
mod retry;
mod run;
mod summary;
mod system_prompt;
mod transcription;
mod usage;
mod written_calls;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use sha2::{Digest as _, Sha256};
use waxwing_agent::{Agent, AgentError, Backend, Reply, RunContext, RunEvent, Turn};

use crate::digest_key::digest_key;
use crate::tool::Toolbox;
use crate::{ChatModel, RunUsage, Transcriber};

use approval::{AnswerRules, ApprovalSettings, ApprovalStore};
use model_chain::{ModelAttempt, ModelChain};
use run::RunLimits;
use system_prompt::SystemPrompt;
use usage::UsageReporter;

pub use builder::{InvalidAgent, LlmAgentBuilder};
pub use canned_messages::CannedMessages;
pub use history::HistoryLimit;
pub use retry::RetryPolicy;

/// An agent that is backed by a language model, with tools and fallback models.
///
/// Each model response and each tool call is a journaled step. A run that is repeated after a crash does not repeat requests and calls with
/// recorded results.
///
/// | event | result |
/// |---|---|
/// | the model times out, is unreachable, rate limited or fails, or its response is unreadable | the request is retried by the [`RetryPolicy`], then the fallback models are asked; if all fail, the run fails with a [retryable](AgentError::is_retryable) error if a retry may help |
/// | the model failed in several conversations | it is not asked until a request of one conversation succeeds; if that is true of all models, the run fails with an [outage](AgentError::is_outage) |
/// | the provider rejects the request | the fallback models are asked; if all fail, the run fails with an error that is not retryable |
/// | the request exceeds the context of a model | the oldest turns of the history are left out, then tool results, then media, and the model is asked again |
/// | the provider refuses a picture | the model is asked without the pictures of the newest message that has some, then without all pictures |
/// | a response is empty | the next model is asked, or the same model once more; if that response is empty too, the user gets [`CannedMessages::no_answer`] |
/// | the model or its provider refuses to answer | no tool is called; the user gets the complete sentences of the model's text, or [`CannedMessages::refused`] |
/// | the run reaches [`max_turns`](LlmAgentBuilder::max_turns) or [`max_cost`](LlmAgentBuilder::max_cost) | the model must answer without tools; if it does not, the user gets [`CannedMessages::limit_reached`] |
/// | a tool returns reply parts | the parts are added to the reply; if they [answer the user](crate::ToolOutput::answers_user) in the last tool round, the model's final text is dropped |
/// | the final response has no text, but an earlier one with tool calls had | the user gets the earlier text |
/// | the text of a response contains a tool call | the call is made if the tool needs no approval, and if neither the user nor a tool wrote the call; otherwise the model is asked once more |
/// | the response reaches the token limit | the model continues it once; then the user gets its complete sentences |
/// | the model repeats itself | identical reply parts and paragraphs are sent once; the third identical tool call in a run is not made |
///
/// Agents that run concurrently in one [`RunContext`] need a [scope](RunContext::scoped) each, because steps are identified by name.
///
/// ```
/// use waxwing_agent::{Agent as _, AgentError, Reply, RunContext};
/// use waxwing_llm::{ChatResponse, HistoryLimit, LlmAgent, ScriptedModel, ToolCall, tool};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), AgentError> {
/// let model = ScriptedModel::new([
///     ChatResponse::tool_calls([ToolCall::new("1", "opening_hours", serde_json::json!({}))]),
///     ChatResponse::text("We are open until five."),
/// ]);
/// let opening_hours = tool("opening_hours", "Returns today's opening hours.", |_: serde_json::Value, _ctx| async {
///     Ok::<_, AgentError>("9:00 to 17:00")
/// });
/// let agent = LlmAgent::builder("shop", model)
///     .instructions("You answer questions about a small shop. Be brief.")
///     .include_time("Europe/Madrid")
///     .history(HistoryLimit::Turns(10))
///     .tool(opening_hours)
///     .build()?;
///
/// let reply = agent.run("Are you open?".into(), &RunContext::in_memory("34600000000")).await?;
/// assert_eq!(reply, Reply::markdown("We are open until five."));
/// # Ok(())
/// # }
/// ```
pub struct LlmAgent {
    name: String,
    models: ModelChain,
    system_prompt: SystemPrompt,
    history: HistoryLimit,
    summarizes: bool,
    max_media_bytes: u64,
    transcriber: Option<Arc<dyn Transcriber>>,
    shows_reasoning: bool,
    toolbox: Toolbox,
    limits: RunLimits,
    approvals: ApprovalSettings,
    usage: UsageReporter,
    canned_messages: CannedMessages,
}

impl LlmAgent {
    /// Creates a builder for an agent with this name and this model.
    pub fn builder(name: impl Into<String>, model: impl ChatModel + 'static) -> LlmAgentBuilder {
        LlmAgentBuilder::new(name.into(), Arc::new(model))
    }

    /// Returns the key of the session state under which the agent keeps the total [`RunUsage`] of the session, if
    /// [`record_usage`](LlmAgentBuilder::record_usage) is on.
    pub fn usage_key(&self) -> String {
        format!("usage/{}", self.name)
    }

    /// Returns a key that is the same for all requests of a session. It is a hash, because the id of a session may be a phone number.
    fn cache_key(&self, ctx: &RunContext) -> String {
        digest_key(Sha256::new().chain_update(&self.name).chain_update([0]).chain_update(ctx.session_id()))
    }

    fn approvals<'a>(&self, ctx: &'a RunContext) -> ApprovalStore<'a> {
        ApprovalStore::new(&self.name, ctx)
    }

    /// Returns a function that reports requests to models to the observer of the run.
    fn reporter<'a>(&'a self, ctx: &'a RunContext) -> impl Fn(ModelAttempt<'_>) + 'a {
        |attempt| ctx.report(|| RunEvent::ModelCalled(self.usage.report_of(&self.name, attempt)))
    }

    fn answer_rules(&self) -> AnswerRules<'_> {
        AnswerRules { labels: &self.canned_messages, reactions: self.approvals.reactions }
    }

    fn report_usage(&self, usage: &RunUsage, ctx: &RunContext) -> Result<(), AgentError> {
        self.usage.report(&self.usage_key(), usage, ctx)
    }
}

impl fmt::Debug for LlmAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let models: Vec<_> = self.models.names().collect();
        f.debug_struct("LlmAgent").field("name", &self.name).field("models", &models).finish_non_exhaustive()
    }
}

#[async_trait]
impl Agent for LlmAgent {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(&self, turn: Turn, ctx: &RunContext) -> Result<Reply, AgentError> {
        let mut usage = RunUsage::default();
        let result = run::run(self, &turn, ctx, &mut usage).await;
        // A failed run costs money, too.
        self.report_usage(&usage, ctx)?;
        result
    }

    fn history_limit(&self) -> Option<usize> {
        Some(self.history_window())
    }

    fn backends(&self) -> Vec<Backend> {
        self.models.backends()
    }

    fn awaits(&self, turn: &Turn, ctx: &RunContext) -> bool {
        approval::is_awaited(turn, &self.approvals(ctx), self.answer_rules())
    }
}
