//! `[teams.NAME]`

use schemars::JsonSchema;
use serde::Deserialize;

use super::LanguageAgent;
use crate::values::Time;

/// Several agents that answer as one, led by a language model. Everything else that a team may say is about the leader, which is an agent with a language
/// model.
#[derive(Debug, JsonSchema)]
pub(crate) struct Team {
    #[serde(flatten)]
    pub(crate) members: Members,
    #[serde(flatten)]
    pub(crate) leader: Box<LanguageAgent>,
}

/// Who is in a team, and how it works.
#[derive(Debug, Deserialize, JsonSchema)]
#[expect(clippy::struct_field_names, reason = "its fields are called as they are in the file")]
pub(crate) struct Members {
    /// How it works. `route`: the leader picks a member for each turn, who answers. `coordinate`: the leader hands out tasks, several at a time, and writes the reply.
    /// `broadcast`: all answer, and the leader merges the answers.
    pub(crate) mode: Mode,
    /// The agents and teams that are in it, by their names. The leader goes by what each says in `description`.
    pub(crate) members: Vec<String>,
    /// The member who answers where the leader of a `route` picks nobody, or whom it has picked fails.
    pub(crate) default: Option<String>,
    /// Shows the user who said what.
    #[serde(default)]
    pub(crate) show_members: bool,
    /// How long a member may take that works for the leader. 2 minutes if not set.
    pub(crate) member_timeout: Option<Time>,
}

impl Members {
    /// The keys that are about the members, not about the leader.
    pub(crate) const KEYS: [&str; 5] = ["mode", "members", "default", "show_members", "member_timeout"];
}

/// How a team works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Mode {
    Route,
    Coordinate,
    Broadcast,
}
