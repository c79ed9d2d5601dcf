//! How an agent is put together.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use waxwing_agent::RunContext;

use super::{CannedMessages, HistoryLimit, LlmAgent, RetryPolicy};
use crate::tool::{Toolbox, conversation, is_tool_name, memory};
use crate::{ChatModel, ModelParameters, Prices, RunUsage, Tool, ToolSource, Transcriber};

/// Puts an [`LlmAgent`] together. What is not set has a default that suits a chat.
pub struct LlmAgentBuilder {
    agent: LlmAgent,
    time_zone: Option<String>,
}

impl LlmAgentBuilder {
    pub(super) fn new(name: String, model: Arc<dyn ChatModel>) -> Self {
        let agent = LlmAgent {
            name,
            instructions: String::new(),
            models: vec![model],
            parameters: ModelParameters::default(),
            retry: RetryPolicy::default(),
            history: None,
            summarizes: false,
            time_zone: None,
            includes_user: false,
            shows_reasoning: false,
            max_media_bytes: 14 * 1024 * 1024,
            transcriber: None,
            remembers: false,
            toolbox: Toolbox { tools: Vec::new(), sources: Vec::new(), timeout: Duration::from_mins(1) },
            max_turns: 8,
            max_tool_calls: 32,
            max_cost: None,
            approval_timeout: Duration::from_mins(15),
            prices: Prices::default(),
            records_usage: false,
            on_usage: None,
            texts: CannedMessages::default(),
        };
        Self { agent, time_zone: None }
    }

    /// Sets who the model is and what it is to do.
    pub fn instructions(mut self, instructions: impl Into<String>) -> Self {
        self.agent.instructions = instructions.into();
        self
    }

    /// Sets how answers are made.
    pub fn parameters(mut self, parameters: ModelParameters) -> Self {
        self.agent.parameters = parameters;
        self
    }

    /// Adds a model that is asked where those before it give no answer.
    pub fn fallback(mut self, model: impl ChatModel + 'static) -> Self {
        self.agent.models.push(Arc::new(model));
        self
    }

    /// Sets how often a model is asked again, and after which time.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.agent.retry = retry;
        self
    }

    /// Sets how much of what was said before the model gets to read. If not set, the last 20 turns, or as much of them as the engine gives.
    pub fn history(mut self, history: HistoryLimit) -> Self {
        self.agent.history = Some(history);
        self
    }

    /// Has the model put in short what does not fit into the [history](Self::history) any more; the session keeps it, and the model gets to know it in later
    /// turns. The history may grow to one and a half of its size before that, so only some of the turns pay for it. If it fails, nothing is lost: the next turn tries
    /// again.
    pub fn summarize(mut self) -> Self {
        self.agent.summarizes = true;
        self
    }

    /// Tells the model the date and the time, in this zone of the IANA database, such as `Europe/Madrid` or `UTC`.
    pub fn include_time(mut self, time_zone: impl Into<String>) -> Self {
        self.time_zone = Some(time_zone.into());
        self
    }

    /// Tells the model the user's name and number, and the id of the message. They go to the model's provider.
    pub fn include_user(mut self) -> Self {
        self.agent.includes_user = true;
        self
    }

    /// Shows the user what the model thought, above its answer, where the model tells.
    pub fn show_reasoning(mut self) -> Self {
        self.agent.shows_reasoning = true;
        self
    }

    /// Sets how many bytes of media of one turn are given to the model; those beyond are described. 14 MiB if not set: Gemini takes 20 MB a request, in which
    /// media are a third larger.
    pub fn max_media_bytes(mut self, bytes: u64) -> Self {
        self.agent.max_media_bytes = bytes;
        self
    }

    /// Has voice notes and other sounds put into words where no model of the agent [takes them](ChatModel::modalities). The words are kept in the history. If it
    /// fails, the model is told.
    pub fn transcriber(mut self, transcriber: impl Transcriber + 'static) -> Self {
        self.agent.transcriber = Some(Arc::new(transcriber));
        self
    }

    /// Shows the model what the agent's [memory](RunContext::memory) holds of the user, which outlives sessions, and lets it remember and forget, by the tools
    /// `remember` and `forget`.
    pub fn memory(mut self) -> Self {
        self.agent.remembers = true;
        self.tools(memory::all())
    }

    /// Adds a tool.
    pub fn tool(mut self, tool: impl Tool + 'static) -> Self {
        self.agent.toolbox.tools.push(Arc::new(tool));
        self
    }

    /// Adds tools.
    pub fn tools(mut self, tools: impl IntoIterator<Item = Arc<dyn Tool>>) -> Self {
        self.agent.toolbox.tools.extend(tools);
        self
    }

    /// Adds the tools of a source, whatever they are at a time. A tool whose name is taken, or none, is left out.
    pub fn tools_from(mut self, source: impl ToolSource + 'static) -> Self {
        self.agent.toolbox.sources.push(Arc::new(source));
        self
    }

    /// Adds the tools by which the model does more than talk: answers to tap, links, places, cards, files, reactions. Each of them, and the hand-over
    /// to a person, can also be added by itself: see [`conversation`].
    pub fn conversation_tools(self) -> Self {
        self.tools(conversation::all())
    }

    /// Sets how long a call of a tool may take, where the tool does not say; a minute if not set.
    pub fn tool_timeout(mut self, timeout: Duration) -> Self {
        self.agent.toolbox.timeout = timeout;
        self
    }

    /// Sets how often in a run the model may ask for tools before it has to answer; 8 times if not set.
    pub fn max_turns(mut self, rounds: u32) -> Self {
        self.agent.max_turns = rounds;
        self
    }

    /// Sets how many calls of tools a run may make, 32 if not set. The model is told when there are no more.
    pub fn max_tool_calls(mut self, calls: usize) -> Self {
        self.agent.max_tool_calls = calls;
        self
    }

    /// Sets for how long a call [waits for the user's consent](Tool::approval_prompt); 15 minutes if not set.
    pub fn approval_timeout(mut self, timeout: Duration) -> Self {
        self.agent.approval_timeout = timeout;
        self
    }

    /// Sets what a run may cost, in the currency of the [prices](Self::prices), all agents that work in it together. When it has cost so much, the model gets no
    /// more tools and has to answer with what it has. No limit if not set.
    pub fn max_cost(mut self, cost: f64) -> Self {
        self.agent.max_cost = Some(cost);
        self
    }

    /// Sets what models cost, so that [`RunUsage::cost`] can be told.
    pub fn prices(mut self, prices: Prices) -> Self {
        self.agent.prices = prices;
        self
    }

    /// Calls `hook` at the end of each run with what it took, also when it failed.
    pub fn on_usage(mut self, hook: impl Fn(&RunUsage, &RunContext) + Send + Sync + 'static) -> Self {
        self.agent.on_usage = Some(Arc::new(hook));
        self
    }

    /// Keeps the sum of what all runs took in the session's state, under [`LlmAgent::usage_key`].
    pub fn record_usage(mut self) -> Self {
        self.agent.records_usage = true;
        self
    }

    /// Sets what users read where the model has no words.
    pub fn canned_messages(mut self, messages: CannedMessages) -> Self {
        self.agent.texts = messages;
        self
    }

    /// The agent.
    ///
    /// # Errors
    ///
    /// Where the time zone is not known, or the name of a tool is taken or would not be understood by every provider.
    pub fn build(mut self) -> Result<LlmAgent, InvalidAgent> {
        if let Some(name) = self.time_zone {
            let time_zone =
                TimeZone::get(&name).map_err(|_| InvalidAgent(format!("there is no time zone {name:?}")))?;
            self.agent.time_zone = Some(time_zone);
        }
        let mut names: Vec<_> = self.agent.toolbox.specs().into_iter().map(|spec| spec.name).collect();
        if let Some(name) = names.iter().find(|name| !is_tool_name(name)) {
            return Err(InvalidAgent(format!("{name:?} is no name for a tool: 1 to 64 of A-Z, a-z, 0-9, _ and -")));
        }
        names.sort_unstable();
        if let Some(name) = names.windows(2).find_map(|pair| (pair[0] == pair[1]).then_some(&pair[0])) {
            return Err(InvalidAgent(format!("there are two tools called {name:?}")));
        }
        Ok(self.agent)
    }
}

impl fmt::Debug for LlmAgentBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LlmAgentBuilder").field(&self.agent).finish()
    }
}

/// A setting of an [`LlmAgent`] that cannot be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidAgent(String);

impl InvalidAgent {
    pub(crate) fn new(problem: impl Into<String>) -> Self {
        Self(problem.into())
    }
}

impl fmt::Display for InvalidAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidAgent {}
