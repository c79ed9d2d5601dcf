//! What a call gives: words to the model, and parts of the reply to the user.

use std::fmt;

use serde::Serialize;
use waxwing_agent::{AgentError, Media, Reply, ReplyPart};

/// What came of a call.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct ToolOutput {
    /// What the model gets to read. Where it is empty, the model reads what kind of things the user gets.
    pub text: String,
    /// What the user gets with the reply, once the run has ended well. Where it [answers](Self::answers_user), the model's last words are left out.
    pub reply: Reply,
    is_aside: bool,
}

impl ToolOutput {
    /// Something for the model to read.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Something for the model to read, as JSON.
    ///
    /// # Errors
    ///
    /// Where the value cannot be written as JSON.
    pub fn json(value: &impl Serialize) -> Result<Self, AgentError> {
        Ok(Self::text(serde_json::to_string(value)?))
    }

    /// Adds something for the user: words, a question, a place, a hand-over to a person.
    pub fn with_reply(mut self, reply: impl Into<Reply>) -> Self {
        self.reply = self.reply.with_reply(reply.into());
        self
    }

    /// Adds a picture, a sound, a video or a file for the user.
    pub fn with_media(self, media: Media) -> Self {
        self.with_reply(media)
    }

    /// Declares that what the user gets is no answer to what was said: the model's words belong to it.
    pub fn supplementary(mut self) -> Self {
        self.is_aside = true;
        self
    }

    /// True if the user gets an answer of it. A reaction is none, nor is what says and shows nothing, nor what is given [aside](Self::supplementary).
    pub fn answers_user(&self) -> bool {
        !self.is_aside && self.reply.parts().iter().any(is_answer)
    }
}

fn is_answer(part: &ReplyPart) -> bool {
    match part {
        ReplyPart::Reaction { .. } => false,
        ReplyPart::Media(media) => !media.is_empty(),
        part => part.plain_text().is_some_and(|words| !words.trim().is_empty()),
    }
}

/// Shows no words.
impl fmt::Debug for ToolOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolOutput")
            .field("parts", &self.reply.parts().len())
            .field("answers", &self.answers_user())
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
    fn what_answers() {
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
