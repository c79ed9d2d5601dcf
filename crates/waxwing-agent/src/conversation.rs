//! Access of a run to its conversation.

use async_trait::async_trait;

use crate::error::AgentError;
use crate::reply::Reply;
use crate::step::StepKey;
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
    /// Returns an error if the message cannot be stored, or if the run does not hold its conversation any more.
    async fn send(&self, key: &StepKey, interim: Reply) -> Result<(), AgentError>;

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
