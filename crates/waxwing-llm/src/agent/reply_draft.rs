//! What a run has brought so far, and the reply that it becomes.

use waxwing_agent::Reply;

use super::prompt;

/// What a run has brought so far.
#[derive(Default)]
pub(super) struct Got {
    /// The last words of the model.
    pub(super) text: String,
    /// What it thought.
    pub(super) thoughts: Vec<String>,
    /// How many calls of tools it has asked for.
    pub(super) calls: usize,
    /// What tools gave to the user, in the order of the calls.
    given: Reply,
    answers: Answers,
}

/// Whether tools have answered the user.
#[derive(Default, Clone, Copy, PartialEq)]
enum Answers {
    #[default]
    None,
    /// In a round before the last one.
    Before,
    /// In the last round of tools: what the model says behind it only repeats it.
    Last,
}

impl Got {
    /// Begins a round of tools.
    pub(super) fn round(&mut self) {
        if self.answers == Answers::Last {
            self.answers = Answers::Before;
        }
    }

    /// Adds what a tool gives to the user.
    pub(super) fn give(&mut self, reply: Reply, answers: bool) {
        self.given = std::mem::take(&mut self.given).with_reply(reply);
        if answers {
            self.answers = Answers::Last;
        }
    }

    /// True if the user gets an answer even if the model says no more.
    pub(super) fn has_answer(&self) -> bool {
        !self.text.is_empty() || self.answers != Answers::None
    }

    /// What the user gets. The model's words are left out where the last round of tools has answered.
    pub(super) fn into_reply(self, shows_reasoning: bool) -> Reply {
        let mut reply = Reply::none();
        if shows_reasoning && !self.thoughts.is_empty() {
            reply = reply.with_markdown(prompt::reasoning(&self.thoughts.join("\n")));
        }
        if !self.text.is_empty() && self.answers != Answers::Last {
            reply = reply.with_markdown(self.text);
        }
        reply.with_reply(self.given)
    }
}
