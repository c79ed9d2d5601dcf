//! Builder of an agent.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use waxwing_agent::RunContext;

use super::approval::ApprovalSettings;
use super::channel_notes::with_channel_notes;
use super::context_budget::SizedModel;
use super::model_chain::ModelChain;
use super::run::RunLimits;
use super::system_prompt::SystemPrompt;
use super::usage::UsageReporter;
use super::{CannedMessages, HistoryLimit, LlmAgent, RetryPolicy};
use crate::tool::{Toolbox, conversation, is_tool_name, memory};
use crate::{ChatModel, ModelParameters, Prices, RunUsage, Tool, ToolSource, Transcriber};

/// Builder of an [`LlmAgent`]. Each setting has a default that suits a chat.
pub struct LlmAgentBuilder {
    agent: LlmAgent,
    time_zone: Option<String>,
    has_channel_notes: bool,
}

impl LlmAgentBuilder {
    pub(super) fn new(name: String, model: Arc<dyn ChatModel>) -> Self {
        let (parameters, retry) = (ModelParameters::default(), RetryPolicy::default());
        let agent = LlmAgent {
            name,
            models: ModelChain { models: vec![SizedModel::new(model)], parameters, retry },
            system_prompt: SystemPrompt::default(),
            history: HistoryLimit::default(),
            summarizes: false,
            max_media_bytes: 14 * 1024 * 1024,
            transcriber: None,
            shows_reasoning: false,
            toolbox: Toolbox {
                tools: Vec::new(),
                sources: Vec::new(),
                timeout: Duration::from_mins(1),
                is_skipped: false,
            },
            limits: RunLimits { max_turns: 8, max_tool_calls: 32, max_cost: None },
            approvals: ApprovalSettings::default(),
            usage: UsageReporter::default(),
            canned_messages: CannedMessages::default(),
        };
        Self { agent, time_zone: None, has_channel_notes: false }
    }

    /// Sets the instructions: the role and the task of the agent. They are the start of the system prompt. Default: none.
    pub fn instructions(mut self, instructions: impl Into<String>) -> Self {
        self.agent.system_prompt.instructions = instructions.into();
        self
    }

    /// Adds a short paragraph before the instructions: how WhatsApp shows answers, what the tags in the prompt mean, and that text inside tags
    /// is data. The paragraph names its version. Default: off; `waxwing.toml` turns it on.
    pub fn channel_notes(mut self) -> Self {
        self.has_channel_notes = true;
        self
    }

    /// Sets the sampling and output settings of the models. Default: those of the providers.
    pub fn parameters(mut self, parameters: ModelParameters) -> Self {
        self.agent.models.parameters = parameters;
        self
    }

    /// Adds a fallback model. It is asked if all models before it fail.
    pub fn fallback(mut self, model: impl ChatModel + 'static) -> Self {
        self.agent.models.models.push(SizedModel::new(Arc::new(model)));
        self
    }

    /// Sets how often and when a failed model request is retried. The policy applies to the transcriber, too.
    /// Default: [`RetryPolicy::default`].
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.agent.models.retry = policy;
        self
    }

    /// Sets how much of the conversation history the model reads. Default: the latest 20 turns.
    ///
    /// The history grows to one and a half times the limit, and is then cut to the limit. Until then each request begins with the bytes of the
    /// request before it, so the provider reads these from its cache.
    pub fn history(mut self, limit: HistoryLimit) -> Self {
        self.agent.history = limit;
        self
    }

    /// Summarizes turns that no longer fit into the [history](Self::history). The session keeps the summary, and the model reads it in
    /// later turns.
    ///
    /// The history may grow to one and a half times its limit before the oldest turns are summarized, so only some turns need the
    /// additional model request. If a summary fails, no turn is lost: the next turn tries again.
    pub fn summarize(mut self) -> Self {
        self.agent.summarizes = true;
        self
    }

    /// Adds to each message of the user the date and time at which it was sent, in this time zone of the IANA database, such as `Europe/Madrid` or `UTC`.
    pub fn include_time(mut self, time_zone: impl Into<String>) -> Self {
        self.time_zone = Some(time_zone.into());
        self
    }

    /// Adds the name and the id of the user, which is the phone number or a business-scoped id, before the first message, and its id to each
    /// message. The model's provider receives them.
    pub fn include_user(mut self) -> Self {
        self.agent.system_prompt.format.shows_ids = true;
        self
    }

    /// Shows the reasoning of the model to the user, above the answer, if the provider returns it.
    pub fn show_reasoning(mut self) -> Self {
        self.agent.shows_reasoning = true;
        self
    }

    /// Sets how many bytes of media of one turn are sent to the model. Files beyond the limit are described. Files of earlier messages, and the
    /// texts of earlier documents, take half of the rest. Default: 14 MiB, because Gemini accepts requests of 20 MB, and Base64 makes media a
    /// third larger.
    pub fn max_media_bytes(mut self, bytes: u64) -> Self {
        self.agent.max_media_bytes = bytes;
        self
    }

    /// Transcribes voice notes and other recordings of up to 25 MiB, unless a model of the agent [accepts audio](ChatModel::modalities).
    /// The history keeps the transcripts. If a transcription fails, the model reads the reason.
    pub fn transcriber(mut self, transcriber: impl Transcriber + 'static) -> Self {
        self.agent.transcriber = Some(Arc::new(transcriber));
        self
    }

    /// Adds the facts in the agent's [memory](RunContext::memory) before the first message, and the tools `remember` and `forget`. The memory
    /// outlives sessions.
    pub fn memory(mut self) -> Self {
        self.agent.system_prompt.includes_memory = true;
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

    /// Describes the tools to the model, but calls none of them, except the members of a team. The model reads that the call was not made. For a
    /// rehearsal of a conversation.
    pub fn skip_tools(mut self) -> Self {
        self.agent.toolbox.is_skipped = true;
        self
    }

    /// Adds the tools of a source, which may change while the program runs. A tool whose name is invalid or taken is left out.
    pub fn tools_from(mut self, source: impl ToolSource + 'static) -> Self {
        self.agent.toolbox.sources.push(Arc::new(source));
        self
    }

    /// Adds the tools of [`conversation::all`]: choices, links, locations, contacts, documents, reactions.
    pub fn conversation_tools(self) -> Self {
        self.tools(conversation::all())
    }

    /// Sets the timeout of calls of tools that set none themselves. Default: one minute.
    pub fn tool_timeout(mut self, timeout: Duration) -> Self {
        self.agent.toolbox.timeout = timeout;
        self
    }

    /// Sets how often the model may call tools in a run before it must answer. One turn of this limit is a model response and the tool
    /// calls that it requests. Default: 8.
    pub fn max_turns(mut self, turns: u32) -> Self {
        self.agent.limits.max_turns = turns;
        self
    }

    /// Sets how many tool calls a run may make. Further calls are refused, and the model is told so. Default: 32.
    pub fn max_tool_calls(mut self, calls: usize) -> Self {
        self.agent.limits.max_tool_calls = calls;
        self
    }

    /// Sets how long a tool call [waits for the user's approval](Tool::approval_prompt). Default: 15 minutes.
    pub fn approval_timeout(mut self, timeout: Duration) -> Self {
        self.agent.approvals.timeout = timeout;
        self
    }

    /// Counts reactions of the user who was asked as answers to an approval: 👍 and ✅ to the message with the question approve, 👎 and ❌ deny.
    /// The removal of a reaction changes nothing. The engine has to run the agent on reactions (`EngineSettings::reactions`). Default: off,
    /// because people react to messages without much thought.
    pub fn approval_reactions(mut self) -> Self {
        self.agent.approvals.reactions = true;
        self
    }

    /// Sets the maximum cost of a run, in the currency of the [prices](Self::prices). The cost of all agents in the run counts. At the
    /// limit, the model must answer without tools. No limit by default.
    pub fn max_cost(mut self, cost: f64) -> Self {
        self.agent.limits.max_cost = Some(cost);
        self
    }

    /// Sets the prices of the models, for [`RunUsage::cost`] and [`max_cost`](Self::max_cost). Default: none, so a run has no cost.
    pub fn prices(mut self, prices: Prices) -> Self {
        self.agent.usage.prices = prices;
        self
    }

    /// Sets a hook that is called with the usage of each run at its end, also if the run fails.
    pub fn on_usage(mut self, hook: impl Fn(&RunUsage, &RunContext) + Send + Sync + 'static) -> Self {
        self.agent.usage.hook = Some(Arc::new(hook));
        self
    }

    /// Records the total usage of all runs in the session state, under [`LlmAgent::usage_key`].
    pub fn record_usage(mut self) -> Self {
        self.agent.usage.is_recorded = true;
        self
    }

    /// Sets the fixed messages that the agent sends without asking the model. Default: [`CannedMessages::default`].
    pub fn canned_messages(mut self, messages: CannedMessages) -> Self {
        self.agent.canned_messages = messages;
        self
    }

    /// Builds the agent.
    ///
    /// # Errors
    ///
    /// Returns an error if the time zone is unknown, if a tool name is invalid or occurs twice, or if a tool has a
    /// [problem](Tool::problem).
    pub fn build(mut self) -> Result<LlmAgent, InvalidAgent> {
        if self.has_channel_notes {
            let instructions = &mut self.agent.system_prompt.instructions;
            *instructions = with_channel_notes(instructions);
        }
        if let Some(name) = self.time_zone {
            let unknown = || format!("unknown time zone {name:?}; use a name such as \"Europe/Madrid\"");
            let time_zone = TimeZone::get(&name).map_err(|_| InvalidAgent::new(unknown()))?;
            self.agent.system_prompt.format.time_zone = Some(time_zone);
        }
        let mut names: Vec<_> = self.agent.toolbox.specs().into_iter().map(|spec| spec.name).collect();
        if let Some(name) = names.iter().find(|name| !is_tool_name(name)) {
            return Err(InvalidAgent::new(format!(
                "invalid tool name {name:?}; use 1 to 64 of the characters A-Z, a-z, 0-9, _ and -"
            )));
        }
        if let Some(problem) = self.agent.toolbox.tools.iter().find_map(|tool| {
            let name = &tool.spec().name;
            tool.problem().map(|problem| format!("tool {name:?}: {problem}"))
        }) {
            return Err(InvalidAgent::new(problem));
        }
        names.sort_unstable();
        if let Some(name) = names.windows(2).find_map(|pair| (pair[0] == pair[1]).then_some(&pair[0])) {
            return Err(InvalidAgent::new(format!("duplicate tool name {name:?}; each tool needs a name of its own")));
        }
        Ok(self.agent)
    }
}

impl fmt::Debug for LlmAgentBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LlmAgentBuilder").field(&self.agent).finish()
    }
}

/// An invalid setting of an [`LlmAgent`] or a [`Team`](crate::Team). The message names the setting.
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
