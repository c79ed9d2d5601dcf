//! Text of an answer that the model did not finish.

use waxwing_agent::AgentError;

use super::AgentLoop;
use crate::agent::cut_answer::{continuation, join, whole_sentences, whole_words, without_loop};
use crate::{ChatMessage, ChatResponse, ModelError, StopReason, ToolChoice};

impl AgentLoop<'_> {
    /// Returns the text for the user after a refusal: the complete sentences of the model, or the canned message.
    pub(super) fn refusal(&self, text: &str) -> String {
        let said = whole_sentences(text);
        if said.is_empty() { self.agent.canned_messages.refused.clone() } else { said }
    }

    /// Returns the text of an answer without tool calls. If the answer reached the token limit, the model continues it once.
    pub(super) async fn complete(&mut self, response: ChatResponse) -> Result<String, AgentError> {
        if response.stop_reason != StopReason::MaxTokens {
            return Ok(response.text);
        }
        if let Some(text) = without_loop(&response.text) {
            // The continuation would only repeat the same words.
            return Ok(text);
        }
        let head = whole_words(&response.text);
        if head.trim().is_empty() || self.is_max_cost_reached() {
            return Ok(whole_sentences(&response.text));
        }
        self.request.messages.extend([ChatMessage::assistant(head), ChatMessage::user(continuation())]);
        self.request.tool_choice = ToolChoice::None;
        let more = match self.chat(true).await {
            Ok(more) => more,
            // A cut answer is better than none.
            Err(error) if is_of_model(&error) => return Ok(whole_sentences(&response.text)),
            Err(error) => return Err(error),
        };
        if more.text.trim().is_empty() {
            return Ok(whole_sentences(&response.text));
        }
        let text = join(head, &more.text);
        Ok(if more.stop_reason == StopReason::End { text } else { whole_sentences(&text) })
    }
}

fn is_of_model(error: &AgentError) -> bool {
    let source: Option<&ModelError> = error.source().and_then(|source| source.downcast_ref());
    source.is_some()
}
