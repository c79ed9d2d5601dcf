//! What came of a call, as the journal keeps it.

mod journaled_reply;

use serde::{Deserialize, Serialize};
use waxwing_agent::{AgentError, Reply};

use self::journaled_reply::KeptReply;
use super::ToolOutput;
use super::state_changes::Changes;

/// The longest text that the model gets to read of one call, in bytes.
const MAX_TEXT: usize = 64 * 1024;

/// What came of a call.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct ToolOutcome {
    /// For the model.
    pub(crate) text: String,
    /// For the user.
    #[serde(default, skip_serializing_if = "KeptReply::is_nothing")]
    reply: KeptReply,
    /// Whether the user gets an answer of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) answers: bool,
    /// What the call changed in the session and in the memory.
    #[serde(default, skip_serializing_if = "Changes::is_empty")]
    pub(super) changes: Changes,
}

impl ToolOutcome {
    /// Words for the model alone.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self { text: clipped(text.into()), ..Self::default() }
    }

    /// All of it, media included.
    pub(crate) async fn of(output: ToolOutput) -> Result<Self, AgentError> {
        let answers = output.answers_user();
        let reply = KeptReply::of(output.reply).await?;
        let text = if output.text.is_empty() { reply.in_short() } else { clipped(output.text) };
        Ok(Self { text, reply, answers, changes: Changes::default() })
    }

    /// What the user gets.
    pub(crate) fn reply(&self) -> Result<Reply, AgentError> {
        self.reply.restored()
    }
}

fn clipped(mut text: String) -> String {
    if text.len() > MAX_TEXT {
        text.truncate(text.floor_char_boundary(MAX_TEXT));
        text.push_str("\n[The rest was left out.]");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn words_for_the_model() {
        let outcome = ToolOutcome::of("é".repeat(MAX_TEXT).into()).await.unwrap();
        assert!(outcome.text.len() < MAX_TEXT + 100 && outcome.text.ends_with("left out.]"));
        assert_eq!(ToolOutcome::of(ToolOutput::default()).await.unwrap().text, "Done.");
        let outcome = ToolOutcome::of(Reply::text("hi").into()).await.unwrap();
        assert_eq!((outcome.text.as_str(), outcome.answers), ("Done. The user gets: text.", true));
    }
}
