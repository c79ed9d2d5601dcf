//! Reply of a run while the run is in progress.

use waxwing_agent::Reply;

use super::{reasoning, repetition};

/// Reply of a run while the run is in progress.
#[derive(Default)]
pub(super) struct ReplyDraft {
    /// Latest text of the model.
    pub(super) text: String,
    /// Reasoning of the model, one entry per response.
    pub(super) reasoning: Vec<String>,
    /// Number of tool calls that the model has requested.
    pub(super) tool_calls: usize,
    /// Reply parts of tools, in the order of the calls.
    tool_reply: Reply,
    tool_answer: ToolAnswer,
}

/// Whether reply parts of tools answer the user.
#[derive(Default, Clone, Copy, PartialEq)]
enum ToolAnswer {
    #[default]
    None,
    /// In a tool round before the last one.
    EarlierRound,
    /// In the last tool round. The model's final text would only repeat the answer.
    LastRound,
}

impl ReplyDraft {
    pub(super) fn start_tool_round(&mut self) {
        if self.tool_answer == ToolAnswer::LastRound {
            self.tool_answer = ToolAnswer::EarlierRound;
        }
    }

    /// Adds reply parts of a tool. `answers_user` is true if they replace the model's final text.
    pub(super) fn add_tool_reply(&mut self, reply: Reply, answers_user: bool) {
        self.tool_reply = std::mem::take(&mut self.tool_reply).with_reply(reply);
        if answers_user {
            self.tool_answer = ToolAnswer::LastRound;
        }
    }

    /// Returns true if the user gets an answer even if the next response is empty.
    pub(super) fn has_answer(&self) -> bool {
        !self.text.is_empty() || self.tool_answer != ToolAnswer::None
    }

    pub(super) fn into_reply(self, shows_reasoning: bool) -> Reply {
        let mut reply = Reply::none();
        if shows_reasoning && !self.reasoning.is_empty() {
            reply = reply.with_markdown(reasoning::as_quotation(&self.reasoning.join("\n")));
        }
        if !self.text.is_empty() && self.tool_answer != ToolAnswer::LastRound {
            reply = reply.with_markdown(repetition::once(&self.text));
        }
        reply.with_reply(self.tool_reply).without_repeated_parts()
    }
}
