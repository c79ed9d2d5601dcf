//! GuardrailChain: what looks at a turn before an agent gets it, and at the agent's words before the user does.

mod access_list;
mod guarded_agent;
mod guarded_conversation;
mod length_limit;
mod limits;
mod usage_limit;

use async_trait::async_trait;

use crate::{AgentError, Reply, RunContext, Turn, UserMessage};

pub use access_list::AccessList;
pub use guarded_agent::{GuardedAgent, GuardrailFlag};
pub use length_limit::LengthLimit;
pub use limits::{CostLimit, RateLimit};

/// A rule that what is said has to pass, in either direction. [`GuardedAgent`] puts guardrails around an agent.
///
/// A guard that counts keeps its counters in [`RunContext::memory`], under a key that begins with [`GuardrailContext::key`]: they are committed with the turn, and
/// outlive the session and the process. A run that is repeated begins with the counters as they were.
#[async_trait]
pub trait Guardrail: Send + Sync {
    /// What it is called where it raises a flag.
    fn name(&self) -> &str;

    /// Looks at what the user said, and may change it. What comes in while the run goes on is looked at too, by itself.
    ///
    /// # Errors
    ///
    /// Those end the run: see [`AgentError`].
    async fn input(&self, turn: &mut Turn, ctx: &GuardrailContext) -> Result<GuardrailDecision, AgentError> {
        let _ = (turn, ctx);
        Ok(GuardrailDecision::Pass)
    }

    /// Looks at what the agent says, before the run ends or at its end, and may change it.
    ///
    /// # Errors
    ///
    /// Those end the run: see [`AgentError`].
    async fn output(&self, reply: &mut Reply, ctx: &GuardrailContext) -> Result<GuardrailDecision, AgentError> {
        let _ = (reply, ctx);
        Ok(GuardrailDecision::Pass)
    }

    /// Is told, once, that the agent has come to an end, or that it was called off: what it [cost](GuardrailContext::cost) is known now.
    ///
    /// # Errors
    ///
    /// Those end the run: see [`AgentError`].
    async fn run_ended(&self, ctx: &GuardrailContext) -> Result<(), AgentError> {
        let _ = ctx;
        Ok(())
    }
}

/// What a guard makes of what is said.
#[derive(Debug, Clone, PartialEq)]
pub enum GuardrailDecision {
    /// It may go on.
    Pass,
    /// It may go on, and somebody should know. The reason is logged, so it should not repeat what was said.
    GuardrailFlag(String),
    /// It stops here, and the user reads this instead; nothing if it is empty. A refused turn never reaches the agent.
    Refuse(Reply),
}

impl GuardrailDecision {
    /// Refuses, and the user reads why.
    pub fn refuse(reason: impl Into<Reply>) -> Self {
        Self::Refuse(reason.into())
    }

    /// Refuses without a word.
    pub fn silence() -> Self {
        Self::Refuse(Reply::none())
    }
}

/// What a guard has around it: the run, and the agent that it guardrails. Cheap to clone.
#[derive(Debug, Clone)]
pub struct GuardrailContext {
    run: RunContext,
    agent: String,
    cost_before: f64,
}

impl GuardrailContext {
    fn new(run: &RunContext, agent: &str) -> Self {
        Self { run: run.clone(), agent: agent.to_owned(), cost_before: run.cost() }
    }

    /// The run.
    pub fn run(&self) -> &RunContext {
        &self.run
    }

    /// The name of the guarded agent.
    pub fn agent(&self) -> &str {
        &self.agent
    }

    /// What the guarded agent has cost in this run so far, and what runs beside it.
    pub fn cost(&self) -> f64 {
        self.run.cost() - self.cost_before
    }

    /// A key for what a guard keeps, apart from what the guardrails of other agents in the same conversation keep.
    pub fn key(&self, name: &str) -> String {
        format!("guardrail/{}/{name}", self.agent)
    }

    /// What the sender of a message is known by: in a group not always who the run is about.
    pub fn sender<'a>(&'a self, message: &'a UserMessage) -> &'a str {
        match message.sender.id.as_str() {
            "" => self.run.user_id(),
            id => id,
        }
    }

    /// Takes the messages of some senders out of a turn and returns their ids, each once. `is_kept` is asked once for each sender, with the number of their
    /// messages.
    fn take_out(&self, turn: &mut Turn, mut is_kept: impl FnMut(&str, usize) -> bool) -> Vec<String> {
        let mut senders: Vec<(String, usize)> = Vec::new();
        for message in &turn.messages {
            let id = self.sender(message);
            match senders.iter_mut().find(|(sender, _)| sender == id) {
                Some((_, messages)) => *messages += 1,
                None => senders.push((id.to_owned(), 1)),
            }
        }
        senders.retain(|(sender, messages)| !is_kept(sender, *messages));
        let out: Vec<_> = senders.into_iter().map(|(sender, _)| sender).collect();
        turn.messages.retain(|message| !out.iter().any(|sender| sender == self.sender(message)));
        out
    }
}
