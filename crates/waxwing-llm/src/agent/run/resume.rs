//! Continuation of a run after the user has approved or denied a tool call.

use waxwing_agent::{AgentError, Question};

use super::AgentLoop;
use crate::agent::approval::{self, CallStatus, Decision, PendingApproval, StoredApproval};
use crate::tool::CallStep;

/// Result of a denied call for the model.
const DENIED: &str = "The user denied this call. The call was not made.";

/// Maximum length of a result in a note, in bytes. The model reads the whole result in the message that continues the run.
const MAX_RESULT: usize = 1024;

impl AgentLoop<'_> {
    /// Applies the decision, and continues with the question about the next call that awaits approval, or with the model.
    pub(super) async fn resume(&mut self, decision: Decision) -> Result<Option<Question>, AgentError> {
        let (pending, _) = self.decide(decision).await?;
        if pending.has_open_calls() {
            return self.ask_next(pending).await.map(Some);
        }
        let messages: Vec<_> = pending.into_messages().collect();
        self.record_last_round(&messages);
        self.request.messages.extend(messages);
        self.show_pictures();
        self.proceed().await
    }

    /// Applies a decision in the middle of another run. Returns the note for the model.
    pub(super) async fn apply_decision(&mut self, decision: Decision) -> Result<String, AgentError> {
        let (pending, note) = self.decide(decision).await?;
        if pending.has_open_calls() {
            let question = self.ask_next(pending).await?;
            self.draft.add_tool_reply(question.into(), false);
        }
        Ok(note)
    }

    /// Turns a failure into a reply if the run has made an approved call.
    ///
    /// The session state is committed only with a reply. Without the commit, the same answer of the user would count again.
    pub(super) fn finish(
        &mut self,
        result: Result<Option<Question>, AgentError>,
    ) -> Result<Option<Question>, AgentError> {
        match (result, self.approved_call.take()) {
            (Err(error), Some(note)) => {
                tracing::warn!(%error, "run failed after an approved tool call");
                let store = self.agent.approvals(self.ctx);
                if store.pending().is_none() {
                    store.save(StoredApproval::Completed(note))?;
                }
                if !self.draft.has_answer() {
                    self.draft.text.clone_from(&self.agent.canned_messages.approval_result_unknown);
                }
                Ok(None)
            }
            (result, _) => result,
        }
    }

    async fn ask_next(&self, mut pending: PendingApproval) -> Result<Question, AgentError> {
        pending.ask_next(self.approval_ticket().await?);
        self.store_approval(pending)
    }

    /// Makes the call that the question was about, or denies it. The decision counts once, because the approval is marked as answered
    /// first.
    async fn decide(&mut self, decision: Decision) -> Result<(PendingApproval, String), AgentError> {
        let Decision { mut pending, is_approved } = decision;
        self.agent.approvals(self.ctx).mark_answered(&pending)?;
        let name = format!("{}: approved {}", self.agent.name, pending.id());
        let Some(open) = pending.call() else { return Ok((pending, String::new())) };
        let tool = open.call.name.as_str();
        let (text, note) = if is_approved {
            let (agent, messages) = (self.agent.name.as_str(), &self.messages);
            let step = CallStep { name, agent, messages, is_approved, ctx: self.ctx };
            let mut outcome = self.agent.toolbox.call(&open.call, step).await?;
            let reply = outcome.take_reply()?;
            self.add_pictures(&open.call.name, &outcome, &reply).await;
            self.draft.add_tool_reply(reply, outcome.answers_user);
            let result = &outcome.text[..outcome.text.floor_char_boundary(MAX_RESULT)];
            let note = approval::note("approved", "The user approved the call of this tool, and it was made.");
            let note = String::from(note.attr("tool", tool).text(result));
            self.approved_call = Some(note.clone());
            (outcome.text, note)
        } else {
            let note = approval::note("denied", "The user denied the call of this tool. The call was not made.");
            (DENIED.to_owned(), note.attr("tool", tool).into())
        };
        open.status = CallStatus::Done(text);
        Ok((pending, note))
    }
}
