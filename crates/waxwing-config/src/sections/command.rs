//! `[commands.NAME]`

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// A word of your own that is answered with a fixed text, without an agent: `[commands.hours]` is for `/hours`, alone in a message and in any case.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Command {
    /// What it is answered with.
    pub(crate) reply: String,
    /// What `/help` says of it. It is not listed there if not set.
    pub(crate) description: Option<String>,
    /// The same in another language, such as `[commands.hours.es]`.
    #[serde(flatten)]
    pub(crate) languages: BTreeMap<String, Translation>,
}

/// What a command says in another language.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Translation {
    /// What it is answered with in this language.
    pub(crate) reply: Option<String>,
    /// What `/help` says of it in this language.
    pub(crate) description: Option<String>,
}
