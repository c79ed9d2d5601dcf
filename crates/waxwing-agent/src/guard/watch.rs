//! What is said while the run goes on passes the guards too.

use std::sync::Arc;

use async_trait::async_trait;

use super::GuardContext;
use super::guarded::Guards;
use crate::{AgentError, Conversation, Message, Reply, RunContext, StepKey, Turn};

/// The conversation as a guarded agent reaches it.
pub(super) struct Watch {
    conversation: Arc<dyn Conversation>,
    guards: Guards,
    ctx: GuardContext,
}

impl Watch {
    /// The same run, watched.
    pub(super) fn over(ctx: &RunContext, guards: Guards, around: GuardContext) -> RunContext {
        match ctx.conversation() {
            Some(conversation) => {
                let conversation = conversation.clone();
                ctx.watched(Arc::new(Self { conversation, guards, ctx: around }))
            }
            None => ctx.clone(),
        }
    }
}

#[async_trait]
impl Conversation for Watch {
    async fn send(&self, key: &StepKey, interim: Reply) -> Result<(), AgentError> {
        let interim = self.guards.output(interim, &self.ctx).await?;
        if interim.parts().is_empty() {
            return Ok(());
        }
        self.conversation.send(key, interim).await
    }

    async fn new_messages(&self) -> Result<Vec<Message>, AgentError> {
        let messages = self.conversation.new_messages().await?;
        if messages.is_empty() {
            return Ok(messages);
        }
        // A repeated run hears these messages at another time, so what is said to them is counted by itself.
        let scope = format!("guard {}", messages.last().map(|message| message.id.as_str()).unwrap_or_default());
        let mut turn = Turn { messages, ..Turn::default() };
        match self.guards.input(&mut turn, &self.ctx).await? {
            None => Ok(turn.messages),
            Some(refusal) => {
                if !refusal.parts().is_empty() {
                    self.ctx.run().scoped(&scope).say(refusal).await?;
                }
                Ok(Vec::new())
            }
        }
    }

    fn put_in_words(&self, message: &str, words: &str) {
        self.conversation.put_in_words(message, words);
    }
}
