//! Teams of agents that are led by a model.

mod broadcast;
mod builder;
mod coordinate;
mod member;
mod route;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use waxwing_agent::{Agent, AgentError, Backend, Reply, RunContext, Turn};

use crate::{LlmAgent, LlmAgentBuilder};

pub use builder::TeamBuilder;

use member::Member;

/// An agent that consists of member agents and a leader. A member can be any agent, including a team.
///
/// | mode | the leader | the members |
/// |---|---|---|
/// | [`route`](Self::route) | picks a member for each turn | the picked member answers the user |
/// | [`coordinate`](Self::coordinate) | delegates tasks, several at a time, reads the answers, and writes the reply | answer the leader |
/// | [`broadcast`](Self::broadcast) | merges the answers into one reply | all answer each turn, concurrently |
///
/// The leader is an [`LlmAgentBuilder`]. Its name is the name of the team, and its settings apply to the team:
/// [`max_turns`](LlmAgentBuilder::max_turns), [`max_tool_calls`](LlmAgentBuilder::max_tool_calls) and
/// [`max_cost`](LlmAgentBuilder::max_cost) limit how many tasks are delegated. At a limit, the leader must answer with the answers that it
/// has.
///
/// The members share the session of the team: the history, which holds the messages of the user and the replies of the team, the state, and
/// the memory. A turn that a member [awaits](Agent::awaits), such as an approval, goes to that member, and the member answers the user.
///
/// Interim messages of members that answer the leader are dropped. Their text goes to the leader. Their other reply parts, such as media
/// and questions, are sent to the user with the reply, and so is a human handoff.
///
/// | event | result |
/// |---|---|
/// | `route`: the leader picks no member | the [default member](TeamBuilder::default_member) answers, or the first member if there is no default |
/// | `route`: the picked member fails | the default member answers; without a default, the run fails with the member's error |
/// | `coordinate`, `broadcast`: a member fails, panics or exceeds its [timeout](TeamBuilder::member_timeout) | the leader is told that the member failed |
/// | `broadcast`: all members fail | the run fails, with a [retryable](AgentError::is_retryable) error if one of the errors is retryable |
///
/// Each member runs in a [scope](RunContext::scoped) of its own. A repeated run starts the members again, and they find the steps that they
/// recorded.
///
/// ```
/// use waxwing_agent::{Agent as _, Reply, RunContext};
/// use waxwing_llm::{ChatResponse, LlmAgent, ScriptedModel, Team, ToolCall};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), waxwing_agent::AgentError> {
/// let leader = ScriptedModel::new([
///     ChatResponse::tool_calls([ToolCall::new("1", "weather", serde_json::json!({ "task": "Weather in Vigo today?" }))]),
///     ChatResponse::text("Take an umbrella."),
/// ]);
/// let weather = LlmAgent::builder("weather", ScriptedModel::new(["Rain."])).build()?;
/// let team = Team::coordinate(LlmAgent::builder("guides", leader).max_turns(3))
///     .member("Knows the weather of all cities.", weather)
///     .build()?;
/// let reply = team.run("What should I bring?".into(), &RunContext::in_memory("34600000000")).await?;
/// assert_eq!(reply, Reply::markdown("Take an umbrella."));
/// # Ok(())
/// # }
/// ```
pub struct Team {
    leader: LlmAgent,
    members: Vec<Arc<Member>>,
    mode: Mode,
    /// Index of the default member.
    default: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Route,
    Coordinate,
    Broadcast,
}

impl Team {
    /// Creates a builder for a team whose leader picks a member for each turn.
    pub fn route(leader: LlmAgentBuilder) -> TeamBuilder {
        TeamBuilder::new(leader, Mode::Route)
    }

    /// Creates a builder for a team whose leader delegates tasks and writes the reply. Each member becomes a tool of the leader, in
    /// addition to its other tools.
    pub fn coordinate(leader: LlmAgentBuilder) -> TeamBuilder {
        TeamBuilder::new(leader, Mode::Coordinate)
    }

    /// Creates a builder for a team whose members all answer each turn, and whose leader merges the answers.
    pub fn broadcast(leader: LlmAgentBuilder) -> TeamBuilder {
        TeamBuilder::new(leader, Mode::Broadcast)
    }

    /// Returns the member that awaits this turn.
    fn awaiting(&self, turn: &Turn, ctx: &RunContext) -> Option<&Member> {
        self.members.iter().map(|member| &**member).find(|member| member.agent.awaits(turn, ctx))
    }
}

#[async_trait]
impl Agent for Team {
    fn name(&self) -> &str {
        self.leader.name()
    }

    async fn run(&self, turn: Turn, ctx: &RunContext) -> Result<Reply, AgentError> {
        if let Some(member) = self.awaiting(&turn, ctx) {
            return member.answer_user(turn, ctx).await;
        }
        match self.mode {
            Mode::Route => self.run_route(turn, ctx).await,
            Mode::Broadcast if !self.leader.awaits(&turn, ctx) => self.run_broadcast(turn, ctx).await,
            Mode::Coordinate | Mode::Broadcast => self.leader.run(turn, ctx).await,
        }
    }

    fn history_limit(&self) -> Option<usize> {
        let members = self.members.iter().map(|member| member.agent.history_limit());
        members.chain([self.leader.history_limit()]).max().flatten()
    }

    fn backends(&self) -> Vec<Backend> {
        let members = self.members.iter().map(|member| member.agent.backends());
        Backend::of_any(members.chain([self.leader.backends()]))
    }

    fn awaits(&self, turn: &Turn, ctx: &RunContext) -> bool {
        self.awaiting(turn, ctx).is_some() || self.leader.awaits(turn, ctx)
    }
}

impl fmt::Debug for Team {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members: Vec<_> = self.members.iter().map(|member| member.name()).collect();
        f.debug_struct("Team")
            .field("name", &self.name())
            .field("mode", &self.mode)
            .field("members", &members)
            .finish_non_exhaustive()
    }
}
