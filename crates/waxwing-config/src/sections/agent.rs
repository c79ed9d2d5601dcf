//! `[agents.NAME]`

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use waxwing_llm::{CannedMessages, ModelParameters};

use super::{HttpAgent, Router};
use crate::values::Time;

/// Somebody who answers. Sessions belong to the agent's name: under a new name it begins afresh.
#[derive(Debug, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Agent {
    Language(Box<LanguageAgent>),
    Http(HttpAgent),
    Router(Router),
    Echo(EchoAgent),
    Demo(DemoAgent),
}

impl Agent {
    /// The language model's part, if it has one.
    pub(crate) fn language(&self) -> Option<&LanguageAgent> {
        match self {
            Self::Language(it) => Some(it),
            Self::Http(_) | Self::Router(_) | Self::Echo(_) | Self::Demo(_) => None,
        }
    }

    /// What it is for.
    pub(crate) fn description(&self) -> Option<&str> {
        match self {
            Self::Language(it) => it.description.as_deref(),
            Self::Http(it) => it.description.as_deref(),
            Self::Router(it) => it.description.as_deref(),
            Self::Echo(it) => it.description.as_deref(),
            Self::Demo(it) => it.description.as_deref(),
        }
    }

    /// The names of those to whom it gives turns.
    pub(crate) fn gives_turns_to(&self) -> impl Iterator<Item = &str> {
        let names: Vec<&str> = match self {
            Self::Router(it) => it.rules.iter().map(|rule| &*rule.to).chain([&*it.default]).collect(),
            Self::Language(_) | Self::Http(_) | Self::Echo(_) | Self::Demo(_) => Vec::new(),
        };
        names.into_iter()
    }

    /// The names of its access lists.
    pub(crate) fn access(&self) -> &[String] {
        match self {
            Self::Language(it) => &it.access,
            Self::Http(it) => &it.access,
            Self::Router(it) => &it.access,
            Self::Echo(_) | Self::Demo(_) => &[],
        }
    }

    /// The names of its limits.
    pub(crate) fn limits(&self) -> &[String] {
        match self {
            Self::Language(it) => &it.limits,
            Self::Http(it) => &it.limits,
            Self::Router(it) => &it.limits,
            Self::Echo(_) | Self::Demo(_) => &[],
        }
    }
}

impl LanguageAgent {
    /// The names of the models that it uses.
    pub(crate) fn models(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.model).chain(&self.fallbacks).chain(&self.transcriber).map(String::as_str)
    }
}

/// An agent whose words are a language model's.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "they are switches in a file")]
pub(crate) struct LanguageAgent {
    /// What kind of agent it is. An agent with a language model if not set.
    #[serde(rename = "kind")]
    _kind: Option<LanguageKind>,
    /// What it is for, in a sentence: the leader of a team goes by it.
    pub(crate) description: Option<String>,
    /// The model that answers: the name of one in `[models]`.
    pub(crate) model: String,
    /// Models that are asked, one after the other, where those before them give no answer.
    #[serde(default)]
    pub(crate) fallbacks: Vec<String>,
    /// Who the agent is and what it is to do.
    pub(crate) instructions: Option<String>,
    /// A file with the instructions, seen from where this file is.
    pub(crate) instructions_file: Option<String>,
    /// How answers are made, such as `{ temperature = 0.2, max_tokens = 800 }`. What is not set is left to the provider.
    #[serde(default)]
    pub(crate) parameters: ModelParameters,
    /// How much of what was said before the model gets to read: `{ turns = 20 }` or `{ tokens = 4000 }`. 20 turns if not set.
    pub(crate) history: Option<History>,
    /// Has the model put in short what does not fit into the history any more; later turns get to know it.
    #[serde(default)]
    pub(crate) summarize: bool,
    /// Lets the model remember facts about the user, and forget them, beyond sessions.
    #[serde(default)]
    pub(crate) memory: bool,
    /// The model that puts voice notes into words where no model of the agent hears: the name of one in `[models]`, such as one with `model = "whisper-1"`.
    pub(crate) transcriber: Option<String>,
    /// Tells the model the date and the time in this zone, such as `Europe/Madrid` or `UTC`.
    pub(crate) include_time: Option<String>,
    /// Tells the model the user's name and number, and the id of the message. They go to the model's provider.
    #[serde(default)]
    pub(crate) include_user: bool,
    /// Shows the user what the model thought, above its answer, where the model tells.
    #[serde(default)]
    pub(crate) show_reasoning: bool,
    /// How many bytes of media of one turn the model gets; those beyond are described to it. 14 MiB if not set.
    pub(crate) max_media_bytes: Option<u64>,
    /// How often a model is asked again, and after which time.
    pub(crate) retry: Option<Retry>,
    /// What the model can do beside talking: `conversation` for all tools of the chat (answers to tap, links, places, cards, files, reactions), or the name of
    /// one of them; `hand_off_to_human` to call a person in; `mcp:NAME` for the tools of a server in `[mcp]`.
    #[serde(default)]
    pub(crate) tools: Vec<String>,
    /// Messages that Meta has approved, by their names, which the model may send: it gets the tool `send_template`.
    #[serde(default)]
    pub(crate) templates: BTreeMap<String, Template>,
    /// The tools that are called only after the user has consented, each with what the user is asked: such as `{ send_document = "Shall I send it?" }`.
    #[serde(default)]
    pub(crate) require_approval: BTreeMap<String, String>,
    /// How long an approval is waited for. 15 minutes if not set.
    pub(crate) approval_timeout: Option<Time>,
    /// For how long `hand_off_to_human` leaves the conversation to people. Until somebody says so if not set.
    pub(crate) handoff_duration: Option<Time>,
    /// How long a call of a tool may take. A minute if not set.
    pub(crate) tool_timeout: Option<Time>,
    /// How often in a run the model may ask for tools before it has to answer. 8 times if not set.
    pub(crate) max_turns: Option<u32>,
    /// How many calls of tools a run may make. 32 if not set.
    pub(crate) max_tool_calls: Option<u32>,
    /// What a run may cost, by the prices in `[models]`, all agents that work in it together. Then the model has to answer with what it has.
    #[schemars(range(min = 0))]
    pub(crate) max_cost: Option<f64>,
    /// What users read where the model has no words.
    #[serde(default)]
    pub(crate) messages: CannedMessages,
    /// Access lists of this agent, by their names in `[access]`.
    #[serde(default)]
    pub(crate) access: Vec<String>,
    /// Limits of this agent, by their names in `[limits]`.
    #[serde(default)]
    pub(crate) limits: Vec<String>,
}

/// How much of what was said before a model gets to read.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct History {
    /// So many of the last turns.
    pub(crate) turns: Option<u32>,
    /// As many of the last turns as fit into so many tokens.
    pub(crate) tokens: Option<u32>,
}

/// A message that Meta has approved.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Template {
    /// The code of its language, such as `en_US`.
    pub(crate) language: String,
    /// What it says, and when to send it: the model goes by it.
    pub(crate) description: String,
    /// What is put into its places, in order, such as `["the number of the order"]`: the model goes by it.
    #[serde(default)]
    pub(crate) values: Vec<String>,
}

/// How often a model is asked again, and after which time: the wait doubles from try to try.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Retry {
    /// How often each model is asked, the first time included. 3 times if not set.
    #[schemars(range(min = 1))]
    pub(crate) max_attempts: Option<u32>,
    /// The longest wait before the second try. `500ms` if not set.
    pub(crate) initial_backoff: Option<Time>,
    /// The longest wait before any try. `20s` if not set.
    pub(crate) max_backoff: Option<Time>,
}

/// An agent that repeats what it hears: for tests and load.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EchoAgent {
    /// What kind of agent it is.
    #[serde(rename = "kind")]
    _kind: EchoKind,
    /// What it is for, in a sentence: the leader of a team goes by it.
    pub(crate) description: Option<String>,
}

/// An agent that shows what the channel can do.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DemoAgent {
    /// What kind of agent it is.
    #[serde(rename = "kind")]
    _kind: DemoKind,
    /// What it is for, in a sentence: the leader of a team goes by it.
    pub(crate) description: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum LanguageKind {
    Llm,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum EchoKind {
    Echo,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum DemoKind {
    Demo,
}
