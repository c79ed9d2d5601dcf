//! Tool calls of one response: made concurrently, or stored until the user approves them.

use futures_util::future::try_join_all;
use serde_json::Value;
use waxwing_agent::{AgentError, Question, ToolExchange, ToolRound};

use super::AgentLoop;
use crate::agent::approval::{ApprovalTicket, CallStatus, MAX_QUESTION, PendingApproval, PendingCall, StoredApproval};
use crate::tool::{CallStep, ToolOutcome};
use crate::{ChatMessage, ToolCall, ToolResult};

const LIMIT_REACHED: &str =
    "Error: the limit of tool calls in this turn is reached. Answer with the information that you have.";

const REPEATED: &str = "Error: this call was already made twice with the same arguments in this turn, so it was not made again. Answer with the results that you \
     have, or call the tool with other arguments.";

/// Number of identical calls that are made in a run.
const MAX_IDENTICAL: usize = 2;

const TOO_LONG: &str =
    "Error: the call is too long to show to the user for approval. Call the tool again with shorter arguments.";

const ALREADY_ASKED: &str = "Error: another call is still waiting for the user's approval. The user now sees that question again. Only one approval can be \
     open at a time. Wait for the user's answer.";

/// Treatment of a requested call.
enum CallPlan {
    /// The run has made the maximum number of calls.
    Refuse,
    /// The run has made the same call twice.
    Repeated,
    Make,
    /// The call needs approval, but the question is too long to show.
    TooLong,
    /// The call needs approval. The text is the question.
    Ask(String),
}

impl CallPlan {
    fn needs_approval(&self) -> bool {
        matches!(self, Self::TooLong | Self::Ask(_))
    }
}

impl AgentLoop<'_> {
    /// Makes the calls that need no approval. Returns the question about the first call that needs approval, if there is one.
    pub(super) async fn call_tools(&mut self, calls: &[ToolCall]) -> Result<Option<Question>, AgentError> {
        let first = self.draft.tool_calls;
        self.draft.tool_calls += calls.len();
        let plans: Vec<_> = calls.iter().enumerate().map(|(index, call)| self.plan(first + index, call)).collect();
        let plans: Vec<_> = calls.iter().zip(plans).map(|(call, plan)| self.unless_repeated(call, plan)).collect();
        let open = self.agent.approvals(self.ctx).pending().filter(|_| plans.iter().any(CallPlan::needs_approval));

        let this = &*self;
        let outcomes = calls.iter().zip(&plans).enumerate();
        let outcomes = outcomes.map(|(index, (call, plan))| this.execute(first + index + 1, call, plan));
        let outcomes = try_join_all(outcomes).await?;

        self.draft.start_tool_round();
        let mut made = Vec::new();
        for ((call, plan), outcome) in calls.iter().zip(plans).zip(outcomes) {
            let status = match (outcome, plan) {
                (Some(mut outcome), _) => {
                    let reply = outcome.take_reply()?;
                    self.add_pictures(&call.name, &outcome, &reply).await;
                    self.draft.add_tool_reply(reply, outcome.answers_user);
                    CallStatus::Done(outcome.text)
                }
                (None, CallPlan::Ask(question)) if open.is_none() => CallStatus::AwaitingApproval(question),
                (None, _) => CallStatus::Done(ALREADY_ASKED.to_owned()),
            };
            made.push(PendingCall { call: call.clone(), status });
        }
        if let Some(open) = open {
            self.draft.add_tool_reply(open.question(&self.agent.canned_messages).into(), false);
        } else if made.iter().any(PendingCall::awaits_approval)
            && let Some(question) = self.ask_for_approval(&made).await?
        {
            return Ok(Some(question));
        }
        let results = made.into_iter().map(result).collect();
        self.request.messages.push(ChatMessage::Tools(results));
        self.record_last_round(&self.request.messages);
        self.show_pictures();
        Ok(None)
    }

    /// Records the last calls in these messages for later turns. A member of a team records none.
    pub(super) fn record_last_round(&self, messages: &[ChatMessage]) {
        let [.., ChatMessage::Assistant { tool_calls, .. }, ChatMessage::Tools(results)] = messages else { return };
        let exchanges = tool_calls
            .iter()
            .zip(results)
            .map(|(call, result)| ToolExchange::new(&call.name, call.arguments.clone(), &result.text));
        self.ctx.record_tool_round(ToolRound::new(exchanges));
    }

    /// Decides about a call. `index` counts the calls of the run from 0.
    fn plan(&self, index: usize, call: &ToolCall) -> CallPlan {
        if index >= self.agent.limits.max_tool_calls {
            return CallPlan::Refuse;
        }
        match self.agent.toolbox.approval_prompt(call) {
            None => CallPlan::Make,
            Some(question) if question.chars().count() > MAX_QUESTION => CallPlan::TooLong,
            Some(question) => CallPlan::Ask(question),
        }
    }

    /// Replaces the plan of a call that was already made twice with the same arguments.
    fn unless_repeated(&mut self, call: &ToolCall, plan: CallPlan) -> CallPlan {
        let is_same = |made: &&(String, Value)| made.0 == call.name && made.1 == call.arguments;
        if self.calls.iter().filter(is_same).count() >= MAX_IDENTICAL {
            return CallPlan::Repeated;
        }
        self.calls.push((call.name.clone(), call.arguments.clone()));
        plan
    }

    /// Makes a call if its plan says so. Returns `None` for a call that must be approved. `number` counts the calls of the run from 1.
    async fn execute(
        &self,
        number: usize,
        call: &ToolCall,
        plan: &CallPlan,
    ) -> Result<Option<ToolOutcome>, AgentError> {
        match plan {
            CallPlan::Refuse => Ok(Some(ToolOutcome::text(LIMIT_REACHED))),
            CallPlan::Repeated => Ok(Some(ToolOutcome::text(REPEATED))),
            CallPlan::TooLong => Ok(Some(ToolOutcome::text(TOO_LONG))),
            CallPlan::Ask(_) => Ok(None),
            CallPlan::Make => {
                // The number makes the name unique, because steps that run concurrently must have different names.
                let name = format!("{}: tool {number} {}", self.agent.name, call.name);
                let agent = self.agent.name.as_str();
                let step = CallStep { name, agent, messages: &self.messages, is_approved: false, ctx: self.ctx };
                self.agent.toolbox.call(call, step).await.map(Some)
            }
        }
    }

    /// Stores the calls, and returns the question about the first one that awaits approval. Returns `None` if the data are too large to
    /// store.
    async fn ask_for_approval(&self, calls: &[PendingCall]) -> Result<Option<Question>, AgentError> {
        let messages = &self.request.messages[self.initial_messages..];
        let ticket = self.approval_ticket().await?;
        let pending = PendingApproval::new(ticket, self.ctx.user_id(), messages, calls.to_vec());
        pending.map(|pending| self.store_approval(pending)).transpose()
    }

    /// Creates a ticket as a journaled step, so that a repeated run asks with the same id.
    pub(super) async fn approval_ticket(&self) -> Result<ApprovalTicket, AgentError> {
        let (timeout, run_id) = (self.agent.approvals.timeout, self.ctx.run_id());
        self.ctx.step(format!("{}: approval", self.agent.name), async { ApprovalTicket::new(timeout, run_id) }).await
    }

    /// Stores a pending approval, and returns its question.
    pub(super) fn store_approval(&self, pending: PendingApproval) -> Result<Question, AgentError> {
        let question = pending.question(&self.agent.canned_messages);
        self.agent.approvals(self.ctx).save(StoredApproval::Pending(pending))?;
        Ok(question)
    }
}

/// Returns the result for the model. A call that still awaits approval could not be stored.
fn result(PendingCall { call, status }: PendingCall) -> ToolResult {
    match status {
        CallStatus::Done(text) => ToolResult::new(&call, text),
        CallStatus::AwaitingApproval(_) => ToolResult::new(&call, TOO_LONG),
    }
}
