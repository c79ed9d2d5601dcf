//! Several agents that answer as one, led by a model.

mod broadcast;
mod builder;
mod coordinate;
mod member;
mod route;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use waxwing_agent::{Agent, AgentError, Reply, RunContext, Turn};

use crate::{LlmAgent, LlmAgentBuilder};

pub use builder::TeamBuilder;

use member::Member;

/// An agent made of agents, its members, and of a model that leads them. A member may be any agent, a team too.
///
/// | how it works | the leader | the members |
/// |---|---|---|
/// | [`route`](Self::route) | picks a member for each turn | the one that is picked answers the user |
/// | [`coordinate`](Self::coordinate) | hands out tasks, several at a time, reads the answers, and writes the reply | work for the leader |
/// | [`broadcast`](Self::broadcast) | merges the answers of all into one reply | all answer each turn, side by side |
///
/// The leader is an [`LlmAgent`] that is still to be built: its name is the team's, and its settings hold for the team. Of these,
/// [`max_turns`](LlmAgentBuilder::max_turns), [`max_tool_calls`](LlmAgentBuilder::max_tool_calls) and [`max_cost`](LlmAgentBuilder::max_cost) limit how often, how
/// much and at what cost tasks are handed out; then the leader has to answer with what it has.
///
/// There is one session, the team's: all members see its history, that is what the user and the team said to each other, and share its state and its memory.
/// A turn that a member [awaits](Agent::awaits), such as an approval of what it is about to do, goes straight to that member, which answers it.
///
/// What members that work for the leader say before they end goes nowhere, nor do their words reach the user but through the leader. Their media, questions,
/// links, places and cards do reach the user, and so does a hand-over to a person.
///
/// | what happens | what comes of it |
/// |---|---|
/// | the leader of a `route` picks nobody | the [default member](TeamBuilder::default_member) answers, or the first |
/// | the member that it has picked fails | the default member answers, if there is one; if not, the run fails as the member did |
/// | a member of another team fails, panics, or takes [too long](TeamBuilder::member_timeout) | the leader is told |
/// | all members of a `broadcast` fail | the run fails, as [retryable](AgentError::is_retryable) if another try may help one of them |
///
/// Every member works in a [scope](RunContext::scoped) of its own. A run that is repeated after a crash runs the members again; what they have recorded as steps,
/// as [`LlmAgent`] does with each answer and each call, is not done again.
///
/// ```
/// use waxwing_agent::{Agent as _, Echo, Reply, RunContext};
/// use waxwing_llm::{ChatResponse, LlmAgent, ScriptedModel, Team, ToolCall};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let leader = ScriptedModel::new([
///     ChatResponse::tool_calls([ToolCall::new("1", "parrot", serde_json::json!({ "task": "Say hi." }))]),
///     ChatResponse::text("It said hi."),
/// ]);
/// let parrot = LlmAgent::builder("parrot", ScriptedModel::new(["hi"])).build()?;
/// let team = Team::coordinate(LlmAgent::builder("zoo", leader).max_turns(3))
///     .member("Repeats what it is told.", parrot)
///     .build()?;
/// let reply = team.run("Does it speak?".into(), &RunContext::in_memory("34600000000")).await.map_err(|e| e.to_string())?;
/// assert_eq!(reply, Reply::markdown("It said hi."));
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
/// ```
pub struct Team {
    leader: LlmAgent,
    members: Vec<Arc<Member>>,
    mode: Mode,
    default: Option<usize>,
}

/// How a team works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Route,
    Coordinate,
    Broadcast,
}

impl Team {
    /// Begins a team whose leader picks a member for each turn.
    pub fn route(leader: LlmAgentBuilder) -> TeamBuilder {
        TeamBuilder::new(leader, Mode::Route)
    }

    /// Begins a team whose leader hands out tasks and writes the reply. Each member is a tool of the leader's, beside those that it has.
    pub fn coordinate(leader: LlmAgentBuilder) -> TeamBuilder {
        TeamBuilder::new(leader, Mode::Coordinate)
    }

    /// Begins a team whose members all answer each turn, and whose leader merges the answers.
    pub fn broadcast(leader: LlmAgentBuilder) -> TeamBuilder {
        TeamBuilder::new(leader, Mode::Broadcast)
    }

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
            return member.answer(turn, ctx).await;
        }
        match self.mode {
            Mode::Route => self.run_route(turn, ctx).await,
            Mode::Broadcast if !self.leader.awaits(&turn, ctx) => self.run_broadcast(turn, ctx).await,
            Mode::Coordinate | Mode::Broadcast => self.leader.run(turn, ctx).await,
        }
    }

    fn history_limit(&self) -> Option<usize> {
        self.members
            .iter()
            .map(|member| member.agent.history_limit())
            .chain([self.leader.history_limit()])
            .max()
            .flatten()
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
