//! Context of a guardrail.

use crate::context::RunContext;
use crate::turn::Turn;
use crate::user_message::UserMessage;

/// The context of a guardrail: the run, and the agent that it guards. Cloning a context is cheap.
#[derive(Debug, Clone)]
pub struct GuardrailContext {
    run: RunContext,
    agent: String,
    cost_before: f64,
}

impl GuardrailContext {
    pub(super) fn new(run: &RunContext, agent: &str) -> Self {
        Self { run: run.clone(), agent: agent.to_owned(), cost_before: run.cost() }
    }

    /// Returns the context of the run.
    pub fn run(&self) -> &RunContext {
        &self.run
    }

    /// Returns the name of the guarded agent.
    pub fn agent(&self) -> &str {
        &self.agent
    }

    /// Returns the cost of the guarded agent in this run so far. The cost of agents that work in the run at the same time is included.
    pub fn cost(&self) -> f64 {
        self.run.cost() - self.cost_before
    }

    /// Returns the key under which a guardrail with this name keeps its data in the memory. Guardrails of other agents in the same
    /// conversation get other keys.
    pub fn memory_key(&self, name: &str) -> String {
        format!("guardrail/{}/{name}", self.agent)
    }

    /// Returns the id of the sender of a message. In a group, the sender is not always the user of the run.
    pub fn sender<'a>(&'a self, message: &'a UserMessage) -> &'a str {
        match message.sender.id.as_str() {
            "" => self.run.user_id(),
            id => id,
        }
    }

    /// Removes the messages of some senders from a turn, and returns the ids of these senders. `is_kept` is called once for each sender,
    /// with the number of the sender's messages.
    pub(super) fn remove_senders(&self, turn: &mut Turn, mut is_kept: impl FnMut(&str, usize) -> bool) -> Vec<String> {
        let mut senders: Vec<(String, usize)> = Vec::new();
        for message in &turn.messages {
            let id = self.sender(message);
            match senders.iter_mut().find(|(sender, _)| sender == id) {
                Some((_, messages)) => *messages += 1,
                None => senders.push((id.to_owned(), 1)),
            }
        }
        senders.retain(|(sender, messages)| !is_kept(sender, *messages));
        let removed: Vec<_> = senders.into_iter().map(|(sender, _)| sender).collect();
        turn.messages.retain(|message| !removed.iter().any(|sender| sender == self.sender(message)));
        removed
    }
}

#[cfg(test)]
impl GuardrailContext {
    /// Returns the context of the same run for another agent.
    pub(super) fn of_agent(&self, agent: &str) -> Self {
        Self { agent: agent.to_owned(), ..self.clone() }
    }
}
