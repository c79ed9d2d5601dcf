//! How a team is put together.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use waxwing_agent::Agent;

use super::coordinate::Delegate;
use super::member::Member;
use super::{Mode, Team};
use crate::{InvalidAgent, LlmAgentBuilder};

/// How long a member may take that works for the leader, if not set.
const MEMBER_TIMEOUT: Duration = Duration::from_mins(2);

/// Puts a [`Team`] together.
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
        Self { leader, mode, members: Vec::new(), default: None, is_shown: false, timeout: MEMBER_TIMEOUT }
    }

    /// Adds a member. The description tells the leader what it is good for.
    pub fn member(mut self, description: impl Into<String>, agent: impl Agent + 'static) -> Self {
        self.members.push((description.into(), Arc::new(agent)));
        self
    }

    /// Names the member that answers where the leader of a [`route`](Team::route) picks nobody, or whom it has picked fails.
    pub fn default_member(mut self, name: impl Into<String>) -> Self {
        self.default = Some(name.into());
        self
    }

    /// Shows the user who said what: replies of members are headed by their names, and those that are made for the leader are shown as well, below the
    /// leader's.
    pub fn show_members(mut self) -> Self {
        self.is_shown = true;
        self
    }

    /// Sets how long a member may take that works for the leader; two minutes if not set, and never more than half of what the run has left. Who answers the user
    /// directly has the time of the run.
    pub fn member_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The team.
    ///
    /// # Errors
    ///
    /// Where the leader cannot be [built](LlmAgentBuilder::build), there is no member, two have the same name, or none has that of the default member. The names of
    /// members that are [tools](Team::coordinate) have to differ in letters and digits, and from those of the leader's other tools.
    pub fn build(self) -> Result<Team, InvalidAgent> {
        let member =
            |(description, agent)| Member { agent, description, is_shown: self.is_shown, timeout: self.timeout };
        let members: Vec<_> = self.members.into_iter().map(member).map(Arc::new).collect();
        if members.is_empty() {
            return Err(InvalidAgent::new("a team has members"));
        }
        let place = |name: &str| members.iter().position(|member| member.name() == name);
        if let Some((_, member)) = members.iter().enumerate().find(|(nth, member)| place(member.name()) != Some(*nth)) {
            return Err(InvalidAgent::new(format!("there are two members called {:?}", member.name())));
        }
        let unknown = |name: &str| InvalidAgent::new(format!("the default member, {name:?}, is not in the team"));
        let default = self.default.map(|name| place(&name).ok_or_else(|| unknown(&name))).transpose()?;
        let leader = match self.mode {
            Mode::Coordinate => {
                members.iter().fold(self.leader, |leader, member| leader.tool(Delegate::to(member.clone())))
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
