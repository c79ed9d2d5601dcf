//! Sequence of guardrails around one agent.

use std::sync::Arc;

use super::Guardrail;
use super::context::GuardrailContext;
use super::decision::GuardrailDecision;
use super::flag::GuardrailFlag;
use crate::context::RunContext;
use crate::error::AgentError;
use crate::reply::Reply;
use crate::turn::Turn;

/// The guardrails of an agent, the outermost first. Cloning a chain is cheap.
#[derive(Clone, Default)]
pub(super) struct GuardrailChain {
    guardrails: Vec<Arc<dyn Guardrail>>,
    on_flag: Option<Arc<OnFlag>>,
}

type OnFlag = dyn Fn(&GuardrailFlag, &RunContext) + Send + Sync;

impl GuardrailChain {
    /// Adds a guardrail inside of the present ones.
    pub(super) fn push(&mut self, guardrail: Arc<dyn Guardrail>) {
        self.guardrails.push(guardrail);
    }

    pub(super) fn set_on_flag(&mut self, hook: Arc<OnFlag>) {
        self.on_flag = Some(hook);
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.guardrails.iter().map(|guardrail| guardrail.name())
    }

    /// Checks a turn. Returns the reply to the user if the turn does not pass or has no message left.
    pub(super) async fn input(&self, turn: &mut Turn, ctx: &GuardrailContext) -> Result<Option<Reply>, AgentError> {
        for guardrail in &self.guardrails {
            let decision = guardrail.input(turn, ctx).await?;
            if let Some(refusal) = self.refusal(decision, &**guardrail, true, ctx) {
                return Ok(Some(refusal));
            }
        }
        Ok(turn.messages.is_empty().then(Reply::none))
    }

    /// Checks a reply, and returns the reply that the user gets.
    pub(super) async fn output(&self, mut reply: Reply, ctx: &GuardrailContext) -> Result<Reply, AgentError> {
        for guardrail in self.guardrails.iter().rev() {
            let decision = guardrail.output(&mut reply, ctx).await?;
            if let Some(refusal) = self.refusal(decision, &**guardrail, false, ctx) {
                reply = refusal;
            }
        }
        Ok(reply)
    }

    pub(super) async fn run_ended(&self, ctx: &GuardrailContext) -> Result<(), AgentError> {
        for guardrail in &self.guardrails {
            guardrail.run_ended(ctx).await?;
        }
        Ok(())
    }

    /// Returns the refusal of a decision. Raises the flag of a decision.
    fn refusal(
        &self,
        decision: GuardrailDecision,
        guardrail: &dyn Guardrail,
        is_input: bool,
        ctx: &GuardrailContext,
    ) -> Option<Reply> {
        match decision {
            GuardrailDecision::Pass => None,
            GuardrailDecision::Refuse(reply) => Some(reply),
            GuardrailDecision::Flag(reason) => {
                let (agent, guardrail) = (ctx.agent().to_owned(), guardrail.name().to_owned());
                let flag = GuardrailFlag { agent, guardrail, reason, is_input };
                tracing::info!(
                    agent = flag.agent,
                    guardrail = flag.guardrail,
                    reason = flag.reason,
                    is_input,
                    "guardrail raised a flag"
                );
                if let Some(hook) = &self.on_flag {
                    hook(&flag, ctx.run());
                }
                None
            }
        }
    }
}
