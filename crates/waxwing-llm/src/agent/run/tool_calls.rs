//! The calls of one round: made side by side, or kept until the user has consented.

use futures_util::future::try_join_all;
use waxwing_agent::{AgentError, Question};

use super::Rounds;
use crate::agent::approval::{CallState, Kept, KeptCall, MAX_QUESTION, Pending, Ticket};
use crate::tool::{CallStep, ToolOutcome};
use crate::{ChatMessage, ToolCall, ToolResult};

/// What the model reads of a call that the user cannot be shown as a whole.
const TOO_LONG: &str = "Error: the user cannot be asked about this call: it is too long. Make it shorter.";

impl Rounds<'_> {
    /// Makes the calls. If some of them need consent, the others are made, and this is what the user is asked about the first that does.
    pub(super) async fn call_tools(&mut self, calls: &[ToolCall]) -> Result<Option<Question>, AgentError> {
        let agent = self.agent;
        let before = self.got.calls;
        self.got.calls += calls.len();
        let is_beyond = |nth: usize| before + nth >= agent.max_tool_calls;
        let question = |(nth, call)| if is_beyond(nth) { None } else { agent.toolbox.question(call) };
        let mut questions: Vec<_> = calls.iter().enumerate().map(question).collect();
        let open = agent.pending(self.ctx).filter(|_| questions.iter().any(Option::is_some));

        let this = &*self;
        let outcomes =
            try_join_all(calls.iter().enumerate().zip(&questions).map(|((nth, call), question)| async move {
                match question {
                    _ if is_beyond(nth) => Ok(Some(ToolOutcome::text(
                        "Error: no more calls of tools in this turn. Answer with what you have.",
                    ))),
                    None => this.call_tool(before + nth + 1, call).await.map(Some),
                    Some(question) if question.chars().count() > MAX_QUESTION => Ok(Some(ToolOutcome::text(TOO_LONG))),
                    Some(_) => Ok::<_, AgentError>(None),
                }
            }))
            .await?;

        self.got.round();
        let mut kept = Vec::new();
        for ((call, outcome), question) in calls.iter().zip(outcomes).zip(&mut questions) {
            let state = match (outcome, question.take()) {
                (Some(outcome), _) => {
                    self.got.give(outcome.reply()?, outcome.answers);
                    CallState::Settled(outcome.text)
                }
                (None, Some(question)) if open.is_none() => CallState::Waiting(question),
                (None, _) => CallState::Settled(
                    "Error: the user has not answered yet what was asked before, which is shown again now. Only one thing can be asked at a time."
                        .to_owned(),
                ),
            };
            kept.push(KeptCall { call: call.clone(), state });
        }
        if let Some(open) = open {
            self.got.give(agent.texts.question(&open).into(), false);
        } else if kept.iter().any(KeptCall::waits)
            && let Some(question) = self.wait(&kept).await?
        {
            return Ok(Some(question));
        }
        let results = kept.into_iter().map(KeptCall::into_result).collect();
        self.request.messages.push(ChatMessage::Tools(results));
        Ok(None)
    }

    /// Each call is a step of a name of its own, since steps that run side by side must not share one.
    async fn call_tool(&self, number: usize, call: &ToolCall) -> Result<ToolOutcome, AgentError> {
        let name = format!("{}: tool {number} {}", self.agent.name, call.name);
        let step = CallStep { name, messages: &self.messages, is_approved: false, ctx: self.ctx };
        self.agent.toolbox.call(call, step).await
    }

    /// Keeps what is needed to go on, and asks about the first call that waits. None if it is too much to be kept.
    async fn wait(&self, calls: &[KeptCall]) -> Result<Option<Question>, AgentError> {
        let rounds = &self.request.messages[self.before..];
        let ticket = self.ticket().await?;
        let pending = Pending::new(ticket, self.ctx.user_id(), rounds, calls.to_vec());
        pending.map(|pending| self.keep(pending)).transpose()
    }

    /// A step, so that a repeated run asks under the same id.
    pub(super) async fn ticket(&self) -> Result<Ticket, AgentError> {
        let timeout = self.agent.approval_timeout;
        self.ctx.step(format!("{}: approval", self.agent.name), async move { Ticket::new(timeout) }).await
    }

    pub(super) fn keep(&self, pending: Pending) -> Result<Question, AgentError> {
        let question = self.agent.texts.question(&pending);
        self.ctx.session().set(self.agent.approval_key(), Kept::Waiting(pending))?;
        Ok(question)
    }
}

impl KeptCall {
    fn into_result(self) -> ToolResult {
        let text = match self.state {
            CallState::Settled(text) => text,
            CallState::Waiting(_) => TOO_LONG.to_owned(),
        };
        ToolResult { call_id: self.call.id, name: self.call.name, text }
    }
}
