//! Agents in other languages: `[agents.NAME]` with `kind = "http"`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::values::{DurationValue, SecretValue};

/// Agent in any language, called over HTTP. See docs/http-agent.md.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HttpAgentSection {
    /// Kind of the agent.
    #[serde(rename = "kind")]
    _kind: HttpKind,
    /// Short description of the agent. The leader of a team uses it to choose a member.
    pub(crate) description: Option<String>,
    /// URL to which turns are posted.
    pub(crate) url: String,
    /// Secret with which both sides sign, such as `"${AGENT_SECRET}"`. At least 16 bytes.
    pub(crate) secret: SecretValue,
    /// Timeout of a call. 2 minutes if not set.
    pub(crate) timeout: Option<DurationValue>,
    /// Number of history entries in a call. 40 if not set.
    pub(crate) history: Option<u32>,
    /// Largest total size of the media in a call, in bytes. Media above the limit are sent without their bytes. Media of earlier messages
    /// take the rest. 10 MiB if not set.
    pub(crate) max_media_bytes: Option<u64>,
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

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum HttpKind {
    Http,
}
