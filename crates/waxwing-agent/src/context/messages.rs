//! Messages during a run.

use std::sync::{Arc, PoisonError};

use super::RunContext;
use crate::conversation::Conversation;
use crate::error::AgentError;
use crate::reply::Reply;
use crate::step::StepKey;
use crate::template::{Template, TemplateMismatch};
use crate::tool_round::ToolRound;
use crate::user_message::UserMessage;

impl RunContext {
    /// Sends an interim message: a message before the run ends, such as "One moment, I am looking it up". A repeated run does not send the
    /// message again.
    ///
    /// Interim messages belong between two steps. A repeated run identifies an interim message by the number of interim messages before it,
    /// and does not run the code of a recorded step again. To send an interim message within a step, as tools do, use a
    /// [scope](Self::scoped) for the step.
    ///
    /// # Errors
    ///
    /// Returns an error if the message cannot be stored, or if the run does not hold its conversation any more. The error
    /// [`is_window_closed`](AgentError::is_window_closed) if the channel would refuse the message, and it is not to be parked. Returns an error with a
    /// [`template_mismatch`](AgentError::template_mismatch) if the channel would refuse a template of the message: nothing is sent, and the
    /// agent can send the message with other values. A message that was not sent is not counted.
    pub async fn send_interim(&self, interim: impl Into<Reply> + Send) -> Result<(), AgentError> {
        let Some(conversation) = self.audible_conversation() else { return Ok(()) };
        let nth = {
            let mut counts = self.run.message_counts.interim.lock().unwrap_or_else(PoisonError::into_inner);
            let count = counts.entry(self.scope.clone()).or_default();
            *count += 1;
            *count - 1
        };
        let sent = conversation.send(&StepKey::new(&*self.scope, nth), interim.into()).await;
        if sent.is_err() {
            let mut counts = self.run.message_counts.interim.lock().unwrap_or_else(PoisonError::into_inner);
            // A later message of the scope has a number already, and keeps it.
            if let Some(count) = counts.get_mut(&self.scope).filter(|count| **count == nth + 1) {
                *count = nth;
            }
        }
        sent
    }

    /// Checks that the channel would accept a template, without sending it. An agent that is not sure of its values calls the method before it
    /// returns the template as part of its reply: a template of a reply that does not fit is not sent, and a later turn reports it as
    /// [undelivered](crate::Turn::undelivered). A channel that cannot check templates accepts all.
    ///
    /// # Errors
    ///
    /// The reasons for which the channel would refuse the template.
    ///
    /// ```
    /// use waxwing_agent::{AgentError, Reply, RunContext, Template};
    ///
    /// async fn order_ready(ctx: &RunContext, values: Vec<String>) -> Result<Reply, AgentError> {
    ///     let template = Template::new("order_ready", "en").with_values(values);
    ///     match ctx.check_template(&template).await {
    ///         Ok(()) => Ok(template.into()),
    ///         Err(mismatch) if mismatch.problems.iter().any(|problem| problem.kind == "unusable") => Ok("Your order is ready.".into()),
    ///         Err(mismatch) => Err(mismatch.into()),
    ///     }
    /// }
    /// # let ctx = RunContext::in_memory("34600000000");
    /// # let reply = tokio::runtime::Runtime::new().unwrap().block_on(order_ready(&ctx, vec!["17".into()])).unwrap();
    /// # assert_eq!(reply.parts().len(), 1);
    /// ```
    pub async fn check_template(&self, template: &Template) -> Result<(), TemplateMismatch> {
        match self.conversation() {
            Some(conversation) => conversation.check_template(template).await,
            None => Ok(()),
        }
    }

    /// Returns the messages that the user has sent since the run began. Each message is returned once, and the caller answers it as part of
    /// this turn.
    ///
    /// The result is always empty unless the engine is set to steer running agents (`while_running = "steer"`). Call the method between
    /// steps.
    ///
    /// # Errors
    ///
    /// Returns an error if the run does not hold its conversation any more.
    pub async fn new_messages(&self) -> Result<Vec<UserMessage>, AgentError> {
        match self.audible_conversation() {
            Some(conversation) => conversation.new_messages().await,
            None => Ok(Vec::new()),
        }
    }

    /// Records the transcript of media of the turn, such as a voice note. Later turns have the transcript in the history. `message` is the
    /// [id](UserMessage::id) of the message with the media.
    pub fn record_transcript(&self, message: &str, transcript: &str) {
        if let Some(conversation) = self.conversation() {
            conversation.record_transcript(message, transcript);
        }
    }

    /// Records calls of tools with their results. Later turns have them in the history, with results of a limited size.
    pub fn record_tool_round(&self, round: ToolRound) {
        if let Some(conversation) = self.audible_conversation() {
            conversation.record_tool_round(round);
        }
    }

    fn audible_conversation(&self) -> Option<&Arc<dyn Conversation>> {
        self.conversation().filter(|_| !self.is_muted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::MemoryJournal;
    use crate::session::Session;
    use async_trait::async_trait;
    use std::sync::Mutex;

    #[derive(Default)]
    struct SentMessages(Mutex<Vec<(StepKey, Reply)>>);

    #[async_trait]
    impl Conversation for SentMessages {
        async fn send(&self, key: &StepKey, interim: Reply) -> Result<(), AgentError> {
            self.0.lock().unwrap().push((key.clone(), interim));
            Ok(())
        }

        async fn new_messages(&self) -> Result<Vec<UserMessage>, AgentError> {
            Ok(vec![UserMessage::text("and?")])
        }
    }

    #[tokio::test]
    async fn a_muted_agent_neither_sends_nor_receives_messages() {
        let sent = Arc::new(SentMessages::default());
        let ctx = RunContext::builder("1", Session::new("1")).conversation(sent.clone()).build();
        for (ctx, count) in [(ctx.muted().scoped("a"), 0), (ctx, 1)] {
            ctx.send_interim("hi").await.unwrap();
            assert_eq!(ctx.new_messages().await.unwrap().len(), count);
            assert_eq!(sent.0.lock().unwrap().len(), count);
        }
    }

    #[tokio::test]
    async fn scopes_have_steps_and_interim_messages_of_their_own() {
        let (journal, sent) = (Arc::new(MemoryJournal::default()), Arc::new(SentMessages::default()));
        let run = || {
            let builder = RunContext::builder("1", Session::new("1")).journal(journal.clone());
            builder.conversation(sent.clone()).build()
        };
        let first = run();
        let scopes = [first.clone(), first.scoped("a"), first.scoped("b"), first.scoped("a").scoped("b")];
        for (nth, ctx) in scopes.iter().enumerate() {
            ctx.step("n", async { Ok::<_, AgentError>(nth) }).await.unwrap();
            ctx.send_interim(nth.to_string()).await.unwrap();
        }
        first.scoped("a").send_interim("again").await.unwrap();
        let sent_messages = std::mem::take(&mut *sent.0.lock().unwrap());
        let keys: Vec<_> = sent_messages.iter().map(|(key, _)| (key.name.as_str(), key.nth)).collect();
        assert_eq!(keys, [("", 0), ("a", 0), ("b", 0), ("a/b", 0), ("a", 1)]);
        // The repeated run takes the steps in another order, and each scope finds its own result.
        let again = run();
        for (ctx, expected) in [(again.scoped("b"), 2), (again.clone(), 0), (again.scoped("a"), 1)] {
            assert_eq!(ctx.step("n", async { Ok::<_, AgentError>(9) }).await.unwrap(), expected);
        }
    }
}
