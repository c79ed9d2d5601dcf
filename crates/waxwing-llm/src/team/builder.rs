//! Builder of a team.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use waxwing_agent::Agent;

use super::coordinate::MemberTool;
use super::member::Member;
use super::{Mode, Team};
use crate::{InvalidAgent, LlmAgentBuilder};

const DEFAULT_MEMBER_TIMEOUT: Duration = Duration::from_mins(2);

/// Builder of a [`Team`].
pub struct TeamBuilder {
    leader: LlmAgentBuilder,
    mode: Mode,
    members: Vec<(String, Arc<dyn Agent>)>,
    default: Option<String>,
    is_shown: bool,
    timeout: Duration,
}

impl TeamBuilder {
    pub(super) fn new(leader: LlmAgentBuilder, mode: Mode) -> Self {
        Self { leader, mode, members: Vec::new(), default: None, is_shown: false, timeout: DEFAULT_MEMBER_TIMEOUT }
    }

    /// Adds a member. The leader chooses members by `description`, which states what the member can do.
    pub fn member(mut self, description: impl Into<String>, agent: impl Agent + 'static) -> Self {
        self.members.push((description.into(), Arc::new(agent)));
        self
    }

    /// Sets the member that answers if the leader of a [`route`](Team::route) team picks no member, or if the picked member fails.
    pub fn default_member(mut self, name: impl Into<String>) -> Self {
        self.default = Some(name.into());
        self
    }

    /// Shows the user the members. Replies of members start with the member's name, and the texts of members that answer the leader are
    /// sent as well, below the leader's text.
    pub fn show_members(mut self) -> Self {
        self.is_shown = true;
        self
    }

    /// Sets the timeout of members that answer the leader. They never get more than half of the time that the run has left. A member that
    /// answers the user has the time of the run. Default: two minutes.
    pub fn member_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Builds the team.
    ///
    /// # Errors
    ///
    /// Returns an error if the leader [cannot be built](LlmAgentBuilder::build), if there is no member, if two members have the same name,
    /// or if the default member is not in the team. In a [`coordinate`](Team::coordinate) team, the names of members must also differ in
    /// ASCII letters and digits, and from the names of the leader's other tools.
    pub fn build(self) -> Result<Team, InvalidAgent> {
        let member =
            |(description, agent)| Member { agent, description, is_shown: self.is_shown, timeout: self.timeout };
        let members: Vec<_> = self.members.into_iter().map(member).map(Arc::new).collect();
        if members.is_empty() {
            return Err(InvalidAgent::new("the team has no members; add at least one"));
        }
        let position = |name: &str| members.iter().position(|member| member.name() == name);
        let duplicate = members.iter().enumerate().find(|(index, member)| position(member.name()) != Some(*index));
        if let Some((_, member)) = duplicate {
            let name = member.name();
            return Err(InvalidAgent::new(format!(
                "duplicate member name {name:?}; each member needs a name of its own"
            )));
        }
        let unknown = |name: &str| InvalidAgent::new(format!("the default member {name:?} is not in the team"));
        let default = self.default.map(|name| position(&name).ok_or_else(|| unknown(&name))).transpose()?;
        let leader = match self.mode {
            Mode::Coordinate => {
                members.iter().fold(self.leader, |leader, member| leader.tool(MemberTool::new(member.clone())))
            }
            Mode::Route | Mode::Broadcast => self.leader,
        };
        Ok(Team { leader: leader.build()?, members, mode: self.mode, default })
    }
}

impl fmt::Debug for TeamBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TeamBuilder").field("leader", &self.leader).field("mode", &self.mode).finish_non_exhaustive()
    }
}
