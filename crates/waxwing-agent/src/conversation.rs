//! Access of a run to its conversation.

use async_trait::async_trait;

use crate::error::AgentError;
use crate::reminder::Reminder;
use crate::reply::Reply;
use crate::step::StepKey;
use crate::template::{Template, TemplateMismatch};
use crate::tool_round::ToolRound;
use crate::user_message::UserMessage;

/// The conversation of a run. An agent can send to this conversation and to no other. An engine implements the trait.
#[async_trait]
pub trait Conversation: Send + Sync {
    /// Sends a message before the run ends. The message is durable when the method returns, and is sent in order. `key` identifies the
    /// message within the run: a repeated run does not send the message again.
    ///
    /// # Errors
    ///
    /// Returns an error if the message cannot be stored, or if the run does not hold its conversation any more. Returns an error with a
    /// [`TemplateMismatch`] if the channel would refuse a template of the message; nothing is sent then.
    async fn send(&self, key: &StepKey, interim: Reply) -> Result<(), AgentError>;

    /// Schedules a message to the conversation. The message is durable when the method returns. `key` identifies the message within the run: a
    /// repeated run does not schedule the message again. A channel that cannot send messages later refuses all.
    ///
    /// # Errors
    ///
    /// Returns an error if the channel would refuse the message, if too many messages wait, if the message cannot be stored, or if the run does
    /// not hold its conversation any more.
    async fn schedule(&self, key: &StepKey, reminder: Reminder) -> Result<(), AgentError> {
        let _ = (key, reminder);
        Err(AgentError::new("messages cannot be scheduled here"))
    }

    /// Checks that the channel would accept a template. A channel that cannot check templates accepts all.
    ///
    /// # Errors
    ///
    /// The reasons for which the channel would refuse the template.
    async fn check_template(&self, template: &Template) -> Result<(), TemplateMismatch> {
        let _ = template;
        Ok(())
    }

    /// Returns the messages that the user has sent since the run began, if this run may answer them. Each message is returned once.
    ///
    /// # Errors
    ///
    /// Returns an error if the run does not hold its conversation any more.
    async fn new_messages(&self) -> Result<Vec<UserMessage>, AgentError> {
        Ok(Vec::new())
    }

    /// Records the transcript of the media of a message for the history. `message` is the id of the message.
    fn record_transcript(&self, message: &str, transcript: &str) {
        let _ = (message, transcript);
    }

    /// Records calls of tools for the history.
    fn record_tool_round(&self, round: ToolRound) {
        let _ = round;
    }
}
