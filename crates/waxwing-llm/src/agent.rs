//! The agent that a model makes.

mod approval;
mod builder;
mod canned_messages;
mod history;
mod model_chain;
mod prompt;
mod reply_draft;
mod run;
mod summary;
mod system_prompt;
mod transcription;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::tz::TimeZone;
use waxwing_agent::{Agent, AgentError, Reply, RunContext, Turn};

use crate::tool::Toolbox;
use crate::{ChatModel, ModelParameters, Prices, RunUsage, Transcriber};

use model_chain::Answer;

pub use builder::{InvalidAgent, LlmAgentBuilder};
pub use canned_messages::CannedMessages;
pub use history::HistoryLimit;
pub use model_chain::RetryPolicy;

/// An agent whose words are a language model's.
///
/// Each answer of a model and each call of a tool is a journaled step, so a run that is repeated after a crash makes no call again whose result was recorded.
///
/// | what happens | what comes of it |
/// |---|---|
/// | the model cannot be reached, is busy or slow, or its answer is garbage or empty | it is asked again within [`RetryPolicy`], then the fallback models are; if none answers, the run fails, as [retryable](AgentError::is_retryable) if another run may help |
/// | its provider does not take the request | the fallback models are asked; if none answers, the run fails for good |
/// | it will not answer that | its own words, or [`CannedMessages::refused`] |
/// | it asks for tools round after round | after the last round, or when the run has cost [too much](LlmAgentBuilder::max_cost), it has to answer without; if it does not, [`CannedMessages::limit_reached`] |
/// | a tool gave the user something | it is part of the reply; if it [answers](crate::ToolOutput::answers_user) and was given in the last round of tools, the model's words are left out |
/// | it has no words in the end, but had some when it asked for tools | those words |
/// | its answer is cut at the limit of tokens | what there is of it |
///
/// Two runs of one agent side by side within one [`RunContext`] would share their steps: give each a [scope](RunContext::scoped).
///
/// ```
/// use waxwing_llm::{LlmAgent, Provider};
///
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let model = Provider::openai(std::env::var("OPENAI_API_KEY")?).model("gpt-5-mini")?;
/// let agent = LlmAgent::builder("guide", model)
///     .instructions("You show people around Vigo. Be brief.")
///     .conversation_tools()
///     .max_turns(8)
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct LlmAgent {
    name: String,
    instructions: String,
    models: Vec<Arc<dyn ChatModel>>,
    parameters: ModelParameters,
    retry: RetryPolicy,
    history: Option<HistoryLimit>,
    summarizes: bool,
    time_zone: Option<TimeZone>,
    includes_user: bool,
    shows_reasoning: bool,
    max_media_bytes: u64,
    transcriber: Option<Arc<dyn Transcriber>>,
    remembers: bool,
    toolbox: Toolbox,
    max_turns: u32,
    max_tool_calls: usize,
    max_cost: Option<f64>,
    approval_timeout: Duration,
    prices: Prices,
    records_usage: bool,
    on_usage: Option<Arc<OnUsage>>,
    texts: CannedMessages,
}

type OnUsage = dyn Fn(&RunUsage, &RunContext) + Send + Sync;

impl LlmAgent {
    /// Begins an agent of this name with this model.
    pub fn builder(name: impl Into<String>, model: impl ChatModel + 'static) -> LlmAgentBuilder {
        LlmAgentBuilder::new(name.into(), Arc::new(model))
    }

    /// Where the session keeps what all runs of this agent took, if it was [asked to](LlmAgentBuilder::record_usage).
    pub fn usage_key(&self) -> String {
        format!("usage/{}", self.name)
    }

    /// Counts what an answer took.
    fn count(&self, Answer { model, response }: &Answer, ctx: &RunContext, usage: &mut RunUsage) {
        usage.count(model, response.usage, &self.prices);
        ctx.add_cost(self.prices.cost(model, &response.usage).unwrap_or_default());
    }

    fn report(&self, usage: &RunUsage, ctx: &RunContext) -> Result<(), AgentError> {
        if let Some(on_usage) = &self.on_usage {
            on_usage(usage, ctx);
        }
        if self.records_usage {
            let mut total: RunUsage = ctx.session().get(&self.usage_key()).unwrap_or_default();
            total += *usage;
            ctx.session().set(self.usage_key(), total)?;
        }
        Ok(())
    }
}

impl fmt::Debug for LlmAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let models: Vec<_> = self.models.iter().map(ChatModel::name).collect();
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
        let result = self.converse(&turn, ctx, &mut usage).await;
        // What a failed run took has to be paid as well.
        self.report(&usage, ctx)?;
        result
    }

    fn history_limit(&self) -> Option<usize> {
        if !self.summarizes {
            return self.history.map(HistoryLimit::entries);
        }
        Some(self.window())
    }

    fn awaits(&self, turn: &Turn, ctx: &RunContext) -> bool {
        self.is_awaited(turn, ctx)
    }
}
