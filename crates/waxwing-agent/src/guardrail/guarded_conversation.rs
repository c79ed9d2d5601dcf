//! What is said while the run goes on passes the guardrails too.

use std::sync::Arc;

use async_trait::async_trait;

use super::GuardrailContext;
use super::guarded_agent::GuardrailChain;
use crate::{AgentError, Conversation, Reply, RunContext, StepKey, Turn, UserMessage};

/// The conversation as a guarded agent reaches it.
pub(super) struct GuardedConversation {
    conversation: Arc<dyn Conversation>,
    guardrails: GuardrailChain,
    ctx: GuardrailContext,
}

impl GuardedConversation {
    /// The same run, watched.
    pub(super) fn over(ctx: &RunContext, guardrails: GuardrailChain, around: GuardrailContext) -> RunContext {
        match ctx.conversation() {
            Some(conversation) => {
                let conversation = conversation.clone();
                ctx.watched(Arc::new(Self { conversation, guardrails, ctx: around }))
            }
            None => ctx.clone(),
        }
    }
}

#[async_trait]
impl Conversation for GuardedConversation {
    async fn send(&self, key: &StepKey, interim: Reply) -> Result<(), AgentError> {
        let interim = self.guardrails.output(interim, &self.ctx).await?;
        if interim.parts().is_empty() {
            return Ok(());
        }
        self.conversation.send(key, interim).await
    }

    async fn new_messages(&self) -> Result<Vec<UserMessage>, AgentError> {
        let messages = self.conversation.new_messages().await?;
        if messages.is_empty() {
            return Ok(messages);
        }
        // A repeated run hears these messages at another time, so what is said to them is counted by itself.
        let scope = format!("guardrail {}", messages.last().map(|message| message.id.as_str()).unwrap_or_default());
        let mut turn = Turn { messages, ..Turn::default() };
        match self.guardrails.input(&mut turn, &self.ctx).await? {
            None => Ok(turn.messages),
            Some(refusal) => {
                if !refusal.parts().is_empty() {
                    self.ctx.run().scoped(&scope).send_interim(refusal).await?;
                }
                Ok(Vec::new())
            }
        }
    }

    fn record_transcript(&self, message: &str, words: &str) {
        self.conversation.record_transcript(message, words);
    }
}
