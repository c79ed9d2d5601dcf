//! How a run goes on once the user has answered whether a call may be made.

use waxwing_agent::{AgentError, Question};

use super::Rounds;
use crate::agent::approval::{CallState, Kept, Pending};
use crate::agent::prompt;
use crate::tool::CallStep;

/// What the model reads of a call that was not approved.
const DENIED: &str = "The user did not approve this call. It was not made.";

impl Rounds<'_> {
    /// Settles the call that waited, and goes on: with the question about the next one that waits, or with the model.
    pub(super) async fn resume(&mut self, pending: Pending, approved: bool) -> Result<Option<Question>, AgentError> {
        let (pending, _) = self.settle(pending, approved).await?;
        if pending.waits() {
            return self.ask_next(pending).await.map(Some);
        }
        self.request.messages.extend(pending.into_messages());
        self.go_on().await
    }

    /// Sees to it that a run which has made an approved call comes to an end: the state is committed with a reply alone, and without the commit the same answer
    /// of the user would count again.
    pub(super) fn ended(
        &mut self,
        result: Result<Option<Question>, AgentError>,
    ) -> Result<Option<Question>, AgentError> {
        match (result, self.approved.take()) {
            (Err(error), Some(note)) => {
                tracing::warn!(%error, "a call was approved and made, but the model did not come to say so");
                if self.agent.pending(self.ctx).is_none() {
                    self.ctx.session().set(self.agent.approval_key(), Kept::Settled(note))?;
                }
                if !self.got.has_answer() {
                    self.got.text.clone_from(&self.agent.texts.approval_result_unknown);
                }
                Ok(None)
            }
            (result, _) => result,
        }
    }

    /// Settles a call that waited since an earlier turn in the middle of another run. Gives what the model reads of it.
    pub(super) async fn settle_in_passing(&mut self, pending: Pending, approved: bool) -> Result<String, AgentError> {
        let (pending, note) = self.settle(pending, approved).await?;
        if pending.waits() {
            let question = self.ask_next(pending).await?;
            self.got.give(question.into(), false);
        }
        Ok(note)
    }

    async fn ask_next(&self, mut pending: Pending) -> Result<Question, AgentError> {
        pending.ask(self.ticket().await?);
        self.keep(pending)
    }

    /// Makes the call that was asked about, or does not. An answer counts once: what waited is not in the state any more.
    async fn settle(&mut self, mut pending: Pending, approved: bool) -> Result<(Pending, String), AgentError> {
        self.agent.use_up(&pending, self.ctx)?;
        let name = format!("{}: approved {}", self.agent.name, pending.id());
        let Some(waiting) = pending.call() else { return Ok((pending, String::new())) };
        let text = if approved {
            let step = CallStep { name, messages: &self.messages, is_approved: true, ctx: self.ctx };
            let outcome = self.agent.toolbox.call(&waiting.call, step).await?;
            self.got.give(outcome.reply()?, outcome.answers);
            outcome.text
        } else {
            DENIED.to_owned()
        };
        let note = format!(
            "[The tool {} was to be called after the user's consent. What came of it: {}]",
            prompt::quoted(&waiting.call.name),
            prompt::quoted(&text)
        );
        waiting.state = CallState::Settled(text);
        if approved {
            self.approved = Some(note.clone());
        }
        Ok((pending, note))
    }
}
