//! `[mcp.NAME]`

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::values::{Secret, Time};

/// A server of the Model Context Protocol, whose tools agents may use: with `tools = ["mcp:NAME"]`. The names of its tools begin with `NAME_` for the model. Give
/// it a `command` or a `url`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct McpServer {
    /// The program and its arguments, such as `["npx", "-y", "@modelcontextprotocol/server-filesystem", "/srv/menus"]`. It is started with the server and speaks over
    /// its standard input and output.
    pub(crate) command: Option<Vec<String>>,
    /// Variables of the program's environment, which has no others but those that any program needs.
    #[serde(default)]
    pub(crate) env: BTreeMap<String, Secret>,
    /// The directory in which the program runs, seen from where this file is. That of this program if not set.
    pub(crate) directory: Option<String>,
    /// Where a server is that is reached over streamable HTTP.
    pub(crate) url: Option<String>,
    /// Headers of each request, such as `{ Authorization = "Bearer ${TOKEN}" }`.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, Secret>,
    /// These of its tools alone, by the names that the server gives them.
    pub(crate) only: Option<Vec<String>>,
    /// All of its tools but these, by the names that the server gives them.
    #[serde(default)]
    pub(crate) except: Vec<String>,
    /// The tools that are called only after the user has consented, by the names that the server gives them, each with what the user is asked: such as
    /// `{ delete_file = "Shall I delete it?" }`.
    #[serde(default)]
    pub(crate) require_approval: BTreeMap<String, String>,
    /// How long a call may take. A minute if not set.
    pub(crate) timeout: Option<Time>,
}
