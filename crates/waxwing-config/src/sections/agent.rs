//! `[agents.NAME]`

use schemars::JsonSchema;
use serde::Deserialize;
use waxwing_llm::Parameters;

use crate::values::Time;

/// Somebody who answers. Sessions belong to the agent's name: under a new name it begins afresh.
#[derive(Debug, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Agent {
    Language(Box<LanguageAgent>),
    Echo(EchoAgent),
    Demo(DemoAgent),
}

impl Agent {
    /// The names of the models that it uses.
    pub(crate) fn models(&self) -> impl Iterator<Item = &str> {
        let it = match self {
            Self::Language(it) => Some(it),
            Self::Echo(_) | Self::Demo(_) => None,
        };
        it.into_iter().flat_map(|it| std::iter::once(&it.model).chain(&it.fallbacks)).map(String::as_str)
    }
}

/// An agent whose words are a language model's.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LanguageAgent {
    /// What kind of agent it is. An agent with a language model if not set.
    #[serde(rename = "kind")]
    _kind: Option<LanguageKind>,
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
    pub(crate) parameters: Parameters,
    /// How much of what was said before the model gets to read: `{ turns = 20 }` or `{ tokens = 4000 }`. 20 turns if not set.
    pub(crate) history: Option<History>,
    /// Tells the model the date and the time in this zone, such as `Europe/Madrid` or `UTC`.
    pub(crate) tell_time: Option<String>,
    /// Tells the model the user's name and number, and the id of the message. They go to the model's provider.
    #[serde(default)]
    pub(crate) tell_user: bool,
    /// Shows the user what the model thought, above its answer, where the model tells.
    #[serde(default)]
    pub(crate) show_reasoning: bool,
    /// How many bytes of media of one turn the model gets; those beyond are described to it. 14 MiB if not set.
    pub(crate) max_media_bytes: Option<u64>,
    /// How often a model is asked again, and after which time.
    pub(crate) retry: Option<Retry>,
    /// What users read where the model has no words.
    pub(crate) texts: Option<Texts>,
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

/// How often a model is asked again, and after which time: the wait doubles from try to try.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Retry {
    /// How often each model is asked, the first time included. 3 times if not set.
    #[schemars(range(min = 1))]
    pub(crate) attempts: Option<u32>,
    /// The longest wait before the second try. `500ms` if not set.
    pub(crate) first_wait: Option<Time>,
    /// The longest wait before any try. `20s` if not set.
    pub(crate) longest_wait: Option<Time>,
}

/// What users read where the model has no words.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Texts {
    /// The model will not answer that.
    pub(crate) refused: Option<String>,
    /// It did not come to an end within the rounds that it may take.
    pub(crate) unfinished: Option<String>,
}

/// An agent that repeats what it hears: for tests and load.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EchoAgent {
    /// What kind of agent it is.
    #[serde(rename = "kind")]
    _kind: EchoKind,
}

/// An agent that shows what the channel can do.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DemoAgent {
    /// What kind of agent it is.
    #[serde(rename = "kind")]
    _kind: DemoKind,
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
