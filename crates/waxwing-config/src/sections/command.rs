//! Custom commands: `[commands.NAME]`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// Custom command with a fixed answer. `[commands.hours]` answers a message that consists of `/hours`, in any case, without an agent.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct CommandSection {
    /// Answer to the command.
    pub(crate) reply: String,
    /// Description of the command for `/help`. The command is not listed there if not set.
    pub(crate) description: Option<String>,
    /// The command in another language, such as `[commands.hours.es]`.
    #[serde(flatten)]
    pub(crate) languages: BTreeMap<String, CommandTranslation>,
}

/// Custom command in another language.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommandTranslation {
    /// Answer to the command in this language.
    pub(crate) reply: Option<String>,
    /// Description of the command for `/help` in this language.
    pub(crate) description: Option<String>,
}
