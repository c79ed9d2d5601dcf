//! Output of a tool call.

use std::fmt;

use serde::Serialize;
use waxwing_agent::{AgentError, Media, Reply, ReplyPart};

/// Output of a tool call: text for the model and reply parts for the user.
///
/// Text and replies convert into an output, so a tool can return `&str`, `String`, [`Reply`] or [`Media`].
///
/// ```
/// use waxwing_agent::{Media, Reply};
/// use waxwing_llm::ToolOutput;
///
/// let chart = Media::image("image/png", vec![0x89, 0x50]);
/// let shown_with_text = ToolOutput::text("The user sees the chart.").with_media(chart).supplementary();
/// assert!(!shown_with_text.answers_user(), "the model's text is sent as well");
///
/// let question = ToolOutput::from(Reply::markdown("Which size?"));
/// assert!(question.answers_user(), "the model's text is dropped");
/// ```
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct ToolOutput {
    /// Text for the model. If the text is empty, the model reads a list of the kinds of reply parts.
    pub text: String,
    /// Reply parts for the user. They are sent with the reply when the run succeeds. If they [answer the user](Self::answers_user), the
    /// model's final text is dropped.
    pub reply: Reply,
    is_supplementary: bool,
    pub(super) shows_model: bool,
}

impl ToolOutput {
    /// Creates an output with text for the model.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Creates an output with JSON for the model.
    ///
    /// # Errors
    ///
    /// Returns an error if the value cannot be serialized.
    pub fn json(value: &impl Serialize) -> Result<Self, AgentError> {
        Ok(Self::text(serde_json::to_string(value)?))
    }

    /// Adds reply parts for the user, or a human handoff.
    pub fn with_reply(mut self, reply: impl Into<Reply>) -> Self {
        self.reply = self.reply.with_reply(reply.into());
        self
    }

    /// Adds an image, an audio recording, a video or a file for the user.
    pub fn with_media(self, media: Media) -> Self {
        self.with_reply(media)
    }

    /// Marks the reply parts as a supplement: the model's final text is sent as well.
    pub fn supplementary(mut self) -> Self {
        self.is_supplementary = true;
        self
    }

    /// Shows the pictures among the reply parts to the model as well, if the model accepts images.
    pub fn shown_to_model(mut self) -> Self {
        self.shows_model = true;
        self
    }

    /// Returns true if the reply parts answer the user, so that the model's final text is dropped: they have content, are more than a
    /// reaction, and are not [supplementary](Self::supplementary).
    pub fn answers_user(&self) -> bool {
        !self.is_supplementary && self.reply.parts().iter().any(has_content)
    }
}

fn has_content(part: &ReplyPart) -> bool {
    match part {
        ReplyPart::Reaction { .. } => false,
        ReplyPart::Media(media) => !media.is_empty(),
        part => part.plain_text().is_some_and(|text| !text.trim().is_empty()),
    }
}

/// Prints the number of reply parts, but no content.
impl fmt::Debug for ToolOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolOutput")
            .field("parts", &self.reply.parts().len())
            .field("answers_user", &self.answers_user())
            .finish_non_exhaustive()
    }
}

impl From<&str> for ToolOutput {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for ToolOutput {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<Reply> for ToolOutput {
    fn from(reply: Reply) -> Self {
        Self { reply, ..Self::default() }
    }
}

impl From<Media> for ToolOutput {
    fn from(media: Media) -> Self {
        Reply::from(media).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_agent::{Contact, HumanHandoff, Location, Question};

    #[track_caller]
    fn check(output: impl Into<ToolOutput>, expected: bool) {
        assert_eq!(output.into().answers_user(), expected);
    }

    #[test]
    fn content_answers_the_user_and_supplements_do_not() {
        check("for the model", false);
        check(Reply::text("hi"), true);
        check(Reply::text(" \n"), false);
        check(Reply::markdown(""), false);
        check(Media::image("image/png", vec![1]), true);
        check(Media::image("image/png", vec![]), false);
        check(Reply::from(Question::new("").choice("y", "Yes")), true);
        check(Reply::from(Question::new("")), false);
        check(Reply::from(Location::new(1.0, 2.0)), true);
        check(Reply::from(Contact::new("Bea")), true);
        check(Reply::none().with_location_request("Where?"), true);
        check(Reply::none().with_reaction("1", "👍"), false);
        check(Reply::none().with_reaction("1", "👍").with_text("hi"), true);
        check(Reply::none().with_handoff(HumanHandoff::until_resumed()), false);
        check(ToolOutput::from(Reply::text("hi")).supplementary(), false);
    }
}
