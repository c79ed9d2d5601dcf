//! Conversation that checks messages during a run.

use std::sync::Arc;

use async_trait::async_trait;

use super::chain::GuardrailChain;
use super::context::GuardrailContext;
use crate::context::RunContext;
use crate::conversation::Conversation;
use crate::error::AgentError;
use crate::reminder::Reminder;
use crate::reply::Reply;
use crate::step::StepKey;
use crate::template::{Template, TemplateMismatch};
use crate::turn::Turn;
use crate::user_message::UserMessage;

/// The conversation of a guarded agent: interim messages and new messages of the user pass the guardrails.
pub(super) struct GuardedConversation {
    conversation: Arc<dyn Conversation>,
    guardrails: GuardrailChain,
    ctx: GuardrailContext,
}

impl GuardedConversation {
    /// Returns the same run with a guarded conversation.
    pub(super) fn around(run: &RunContext, guardrails: GuardrailChain, ctx: GuardrailContext) -> RunContext {
        match run.conversation() {
            Some(conversation) => {
                let conversation = conversation.clone();
                run.with_conversation(Arc::new(Self { conversation, guardrails, ctx }))
            }
            None => run.clone(),
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

    async fn schedule(&self, key: &StepKey, reminder: Reminder) -> Result<(), AgentError> {
        let checked = self.guardrails.output(Reply::text(&reminder.text), &self.ctx).await?;
        if checked != Reply::text(&reminder.text) {
            return Err(AgentError::new("a guardrail refuses the text"));
        }
        self.conversation.schedule(key, reminder).await
    }

    async fn check_template(&self, template: &Template) -> Result<(), TemplateMismatch> {
        self.conversation.check_template(template).await
    }

    async fn new_messages(&self) -> Result<Vec<UserMessage>, AgentError> {
        let messages = self.conversation.new_messages().await?;
        if messages.is_empty() {
            return Ok(messages);
        }
        // A repeated run gets these messages at another time, so refusals are counted apart from the agent's interim messages.
        let scope = format!("guardrail {}", messages.last().map(|message| message.id.as_str()).unwrap_or_default());
        let mut turn = Turn::new(messages);
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

    fn record_transcript(&self, message: &str, transcript: &str) {
        self.conversation.record_transcript(message, transcript);
    }
}
