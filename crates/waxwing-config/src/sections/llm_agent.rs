//! Agents with a language model: `[agents.NAME]`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use waxwing_llm::{CannedMessages, ModelParameters};

use crate::values::DurationValue;

/// Agent with a language model.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "they are switches in a file")]
pub(crate) struct LlmAgentSection {
    /// Kind of the agent. An agent with a language model (`llm`) if not set.
    #[serde(rename = "kind")]
    _kind: Option<LlmKind>,
    /// Short description of the agent. The leader of a team uses it to choose a member.
    pub(crate) description: Option<String>,
    /// Name of the model in `[models]`.
    pub(crate) model: String,
    /// Names of fallback models in `[models]`. If a model fails, the next one is called. A model that fails in five conversations is left out
    /// at once, for all agents that use it with the same key, until a request of one conversation succeeds.
    #[serde(default)]
    pub(crate) fallbacks: Vec<String>,
    /// Instructions for the model: the role and the task of the agent.
    pub(crate) instructions: Option<String>,
    /// File with the instructions, relative to the directory of this file.
    pub(crate) instructions_file: Option<String>,
    /// Parameters of the model, such as `{ temperature = 0.2, max_tokens = 800 }`. The provider chooses parameters that are not set.
    #[serde(default)]
    pub(crate) parameters: ModelParameters,
    /// Limit of the history that the model gets: `{ turns = 20 }` or `{ tokens = 4000 }`. 20 turns if not set. The history grows to one and a
    /// half times the limit, and is then cut to the limit, so that the provider's prompt cache is lost rarely.
    pub(crate) history: Option<HistorySection>,
    /// Summarizes messages that no longer fit into the history. The model gets the summary with later turns.
    #[serde(default)]
    pub(crate) summarize: bool,
    /// Gives the model tools to remember facts about the user across sessions, and to forget them.
    #[serde(default)]
    pub(crate) memory: bool,
    /// Name of the model in `[models]` that transcribes voice notes, such as a model with `model = "whisper-1"`. It is used if no model of
    /// the agent accepts audio.
    pub(crate) transcriber: Option<String>,
    /// Time zone of the date and time that the model gets, such as `Europe/Madrid` or `UTC`. The model gets neither if not set.
    pub(crate) include_time: Option<String>,
    /// Adds a short paragraph to the system prompt: how WhatsApp shows answers, what the tags in the prompt mean, and that text inside tags is
    /// data. `true` if not set.
    pub(crate) channel_notes: Option<bool>,
    /// Gives the model the user's name and phone number, and the id of the message. The model's provider receives them.
    #[serde(default)]
    pub(crate) include_user: bool,
    /// Shows the user the reasoning of the model above the answer, if the provider returns it.
    #[serde(default)]
    pub(crate) show_reasoning: bool,
    /// Largest total size of the media of one turn that the model gets, in bytes. Media above the limit are described as text. Media of
    /// earlier messages take half of the rest. 14 MiB if not set.
    pub(crate) max_media_bytes: Option<u64>,
    /// Retries of failed model calls.
    pub(crate) retry: Option<RetrySection>,
    /// Tools of the model: `conversation` for all tools of the conversation (choices, links, locations, contact cards, files, reactions),
    /// or the name of one of them; `hand_off_to_human` to hand the conversation over to an operator; `remind_user` to send a message later;
    /// `mcp:NAME` for the tools of a server in `[mcp]`.
    #[serde(default)]
    pub(crate) tools: Vec<String>,
    /// Names of templates in `[templates]`. The model sends them with the tool `send_template`.
    #[serde(default)]
    pub(crate) templates: Vec<String>,
    /// Names of forms in `[forms]`. The model sends them with the tool `send_form`, and the answer arrives with a later message.
    #[serde(default)]
    pub(crate) forms: Vec<String>,
    /// WebP files of stickers, by the name that the model reads, such as `{ thanks = "stickers/thanks.webp" }`: at most 100 KiB, or 500 KiB
    /// if animated. The model sends them with the tool `send_sticker`.
    #[serde(default)]
    pub(crate) stickers: BTreeMap<String, String>,
    /// Tools that need the approval of the user, with the question to the user, such as `{ send_document = "Shall I send {filename}?" }`.
    /// `{name}` stands for an argument. Other arguments are listed below the question.
    #[serde(default)]
    pub(crate) require_approval: BTreeMap<String, String>,
    /// Time after which a pending approval expires. 15 minutes if not set.
    pub(crate) approval_timeout: Option<DurationValue>,
    /// Counts reactions to the message with the question as answers: 👍 and ✅ approve, 👎 and ❌ deny. It needs `reactions = "run"` in
    /// `[engine]`.
    #[serde(default)]
    pub(crate) approval_reactions: bool,
    /// Longest duration of a handoff with `hand_off_to_human`. The handoff lasts until an operator or the user resumes the agent if not
    /// set.
    pub(crate) handoff_duration: Option<DurationValue>,
    /// Timeout of a tool call. 1 minute if not set.
    pub(crate) tool_timeout: Option<DurationValue>,
    /// Largest number of model calls with tool requests in a run. Then the model must answer. 8 if not set.
    pub(crate) max_turns: Option<u32>,
    /// Largest number of tool calls in a run. 32 if not set.
    pub(crate) max_tool_calls: Option<u32>,
    /// Largest cost of a run, by the prices in `[models]`, for all agents that work in it. Then the model must answer.
    #[schemars(range(min = 0))]
    pub(crate) max_cost: Option<f64>,
    /// Texts for users if the model gives none.
    #[serde(default)]
    pub(crate) messages: CannedMessages,
    /// Handling of messages of this agent outside the customer service window. The setting of the number if neither this nor `window_template` is set.
    pub(crate) outside_window: Option<Vec<String>>,
    /// Template that asks the user to write, as NAME/LANGUAGE.
    pub(crate) window_template: Option<String>,
    /// Access lists of this agent, by their names in `[access]`.
    #[serde(default)]
    pub(crate) access: Vec<String>,
    /// Limits of this agent, by their names in `[limits]`.
    #[serde(default)]
    pub(crate) limits: Vec<String>,
}

impl LlmAgentSection {
    /// Returns the policy outside the service window, and the template that asks the user to write.
    pub(crate) fn outside_window(&self) -> (Option<&[String]>, Option<&str>) {
        (self.outside_window.as_deref(), self.window_template.as_deref())
    }
}

impl LlmAgentSection {
    /// Returns the names of all models of the agent.
    pub(crate) fn models(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.model).chain(&self.fallbacks).chain(&self.transcriber).map(String::as_str)
    }
}

/// Limit of the history that a model gets.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HistorySection {
    /// Number of turns, the latest first.
    pub(crate) turns: Option<u32>,
    /// Number of tokens. The latest turns that fit are used.
    pub(crate) tokens: Option<u32>,
}

/// Retries of failed model calls. The backoff doubles from attempt to attempt.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetrySection {
    /// Largest number of attempts for each model, including the first. 3 if not set.
    #[schemars(range(min = 1))]
    pub(crate) max_attempts: Option<u32>,
    /// Longest backoff before the second attempt. `500ms` if not set.
    pub(crate) initial_backoff: Option<DurationValue>,
    /// Longest backoff before any attempt. `20s` if not set.
    pub(crate) max_backoff: Option<DurationValue>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum LlmKind {
    Llm,
}
