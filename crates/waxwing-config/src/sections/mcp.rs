//! Servers of the Model Context Protocol: `[mcp.NAME]`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::values::{ArgumentValue, DurationValue, SecretValue};

/// Server of the Model Context Protocol. Agents use its tools with `tools = ["mcp:NAME"]`. The model sees the tools with the prefix
/// `NAME_`. Set either `command` or `url`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct McpServerSection {
    /// Program and arguments, such as `["npx", "-y", "@modelcontextprotocol/server-filesystem", "/srv/menus"]`. Waxwing starts the program
    /// and uses its standard input and output.
    pub(crate) command: Option<Vec<String>>,
    /// Environment variables of the program. The program gets only these variables and a few that every program needs, such as `PATH`.
    #[serde(default)]
    pub(crate) env: BTreeMap<String, SecretValue>,
    /// Working directory of the program, relative to the directory of this file. The working directory of Waxwing if not set.
    pub(crate) directory: Option<String>,
    /// URL of a server with streamable HTTP.
    pub(crate) url: Option<String>,
    /// Headers of each request, such as `{ Authorization = "Bearer ${TOKEN}" }`.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, SecretValue>,
    /// Names of the only tools to use, as the server names them.
    pub(crate) only: Option<Vec<String>>,
    /// Names of tools to leave out, as the server names them.
    #[serde(default)]
    pub(crate) except: Vec<String>,
    /// Tools that need the approval of the user, as the server names them, with the question to the user, such as `{ refund = "Refund {amount}
    /// € for order {order}?" }`. `{name}` stands for an argument. Other arguments are listed below the question.
    #[serde(default)]
    pub(crate) require_approval: BTreeMap<String, String>,
    /// Tells the server for which user a tool is called: each call has `waxwing/user` in its `_meta`. A server with `url` needs `user_secret`,
    /// too.
    #[serde(default)]
    pub(crate) tell_user: bool,
    /// Secret that a server with `url` and `tell_user` shares with Waxwing, at least 32 bytes. Each call has the header `Waxwing-User-Token`
    /// with a JSON Web Token about the user (`HS256`, valid for one minute).
    pub(crate) user_secret: Option<SecretValue>,
    /// Arguments that Waxwing sets in each call of a tool that has them, such as `{ phone = "${user.phone}" }`. The model neither sees nor
    /// sets them. A text can contain `${user.id}`, `${user.name}`, `${user.username}`, `${user.phone}`, `${user.bsuid}` and
    /// `${business.number}`, the phone number that the user writes to. If a fact is not known, the tool is not called.
    #[serde(default)]
    pub(crate) arguments: BTreeMap<String, ArgumentValue>,
    /// Timeout of a tool call. 1 minute if not set.
    pub(crate) timeout: Option<DurationValue>,
}
