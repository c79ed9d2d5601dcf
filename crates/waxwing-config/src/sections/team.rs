//! Teams of agents: `[teams.NAME]`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::llm_agent::LlmAgentSection;
use crate::values::DurationValue;

/// Agents that answer as one agent, led by a language model. All keys that are not about the members configure the leader.
#[derive(Debug, JsonSchema)]
pub(crate) struct TeamSection {
    #[serde(flatten)]
    pub(crate) members: MembersSection,
    #[serde(flatten)]
    pub(crate) leader: Box<LlmAgentSection>,
}

/// Members of a team, and their cooperation.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct MembersSection {
    /// Mode of the team. `route`: the leader passes each turn to one member, who answers. `coordinate`: the leader gives tasks to members,
    /// several at a time, and writes the reply. `broadcast`: all members answer, and the leader merges the answers.
    pub(crate) mode: TeamMode,
    /// Names of the agents and teams in this team. The leader chooses members by their `description`.
    pub(crate) members: Vec<String>,
    /// Member that answers if the leader of a team with `mode = "route"` chooses no member, or if the chosen member fails.
    pub(crate) default: Option<String>,
    /// Shows the user which member wrote which part of the answer.
    #[serde(default)]
    pub(crate) show_members: bool,
    /// Timeout of a member that works for the leader. 2 minutes if not set.
    pub(crate) member_timeout: Option<DurationValue>,
}

impl MembersSection {
    /// Keys about the members. The other keys of a team are about the leader.
    pub(crate) const KEYS: [&str; 5] = ["mode", "members", "default", "show_members", "member_timeout"];
}

/// Mode of a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TeamMode {
    Route,
    Coordinate,
    Broadcast,
}
