//! Agents in other languages.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::values::{Secret, Time};

/// An agent in whatever language, which is asked over HTTP: see docs/http-agent.md.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HttpAgent {
    /// What kind of agent it is.
    #[serde(rename = "kind")]
    _kind: HttpKind,
    /// What it is for, in a sentence: the leader of a team goes by it.
    pub(crate) description: Option<String>,
    /// Where each turn is posted.
    pub(crate) url: String,
    /// The secret with which both sides sign, such as `"${AGENT_SECRET}"`.
    pub(crate) secret: Secret,
    /// How long an answer may take. 2 minutes if not set.
    pub(crate) timeout: Option<Time>,
    /// How many entries of the history it gets. 40 if not set.
    pub(crate) history: Option<u32>,
    /// How many bytes of media it gets with a turn; those beyond are described to it. 10 MiB if not set.
    pub(crate) max_media_bytes: Option<u64>,
    /// Access lists of this agent, by their names in `[access]`.
    #[serde(default)]
    pub(crate) access: Vec<String>,
    /// Limits of this agent, by their names in `[limits]`.
    #[serde(default)]
    pub(crate) limits: Vec<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum HttpKind {
    Http,
}
