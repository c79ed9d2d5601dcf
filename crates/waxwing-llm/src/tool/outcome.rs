//! Journaled outcome of a tool call.

mod journaled_reply;

use std::mem;

use serde::{Deserialize, Serialize};
use waxwing_agent::{AgentError, Media, MediaKind, Reply, ReplyPart};

use self::journaled_reply::JournaledReply;
use super::ToolOutput;
use super::state_changes::StateChanges;
use crate::tag::note;

/// Maximum length of the text for the model, in bytes.
const MAX_TEXT: usize = 64 * 1024;

/// Outcome of a tool call, in the form that the journal records.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct ToolOutcome {
    /// Text for the model.
    pub(crate) text: String,
    #[serde(default, skip_serializing_if = "JournaledReply::is_empty")]
    reply: JournaledReply,
    /// True if the reply parts replace the model's final text.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) answers_user: bool,
    /// True if the model sees the pictures of the reply.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    shows_model: bool,
    #[serde(default, skip_serializing_if = "StateChanges::is_empty")]
    pub(super) changes: StateChanges,
}

impl ToolOutcome {
    /// Creates an outcome with text for the model only.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self { text: truncated(text.into()), ..Self::default() }
    }

    /// Converts an output, and reads its media.
    pub(super) async fn from_output(output: ToolOutput) -> Result<Self, AgentError> {
        let (answers_user, shows_model) = (output.answers_user(), output.shows_model);
        let reply = JournaledReply::from_reply(output.reply).await?;
        let text = if output.text.is_empty() { reply.summary() } else { truncated(output.text) };
        Ok(Self { text, reply, answers_user, shows_model, changes: StateChanges::default() })
    }

    /// Takes the reply parts for the user out of the outcome.
    pub(crate) fn take_reply(&mut self) -> Result<Reply, AgentError> {
        mem::take(&mut self.reply).into_reply()
    }

    /// Returns the pictures that the model sees.
    pub(crate) fn pictures<'a>(&self, reply: &'a Reply) -> impl Iterator<Item = &'a Media> {
        let parts = if self.shows_model { reply.parts() } else { &[] };
        parts.iter().filter_map(|part| match part {
            ReplyPart::Media(media) if media.kind() == MediaKind::Image => Some(media),
            _ => None,
        })
    }
}

fn truncated(mut text: String) -> String {
    if text.len() > MAX_TEXT {
        text.truncate(text.floor_char_boundary(MAX_TEXT));
        text = format!("{text}\n{}", note("The rest of the output was cut off."));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_text_for_the_model_is_bounded_and_never_empty() {
        let outcome = ToolOutcome::from_output("é".repeat(MAX_TEXT).into()).await.unwrap();
        assert!(
            outcome.text.len() < MAX_TEXT + 100
                && outcome.text.ends_with("<note>The rest of the output was cut off.</note>")
        );
        assert_eq!(ToolOutcome::from_output(ToolOutput::default()).await.unwrap().text, "Done.");
        let outcome = ToolOutcome::from_output(Reply::text("hi").into()).await.unwrap();
        assert_eq!((outcome.text.as_str(), outcome.answers_user), ("Done. The user will receive: text.", true));
    }
}
