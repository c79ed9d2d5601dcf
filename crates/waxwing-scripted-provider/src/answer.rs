//! Scripted answers of a model.

use std::fmt;

use serde_json::Value;

/// An answer of the script, for every API.
///
/// ```
/// use serde_json::json;
/// use waxwing_scripted_provider::{FinishReason, ScriptedAnswer};
///
/// let call = ScriptedAnswer::calls([("weather", json!({ "city": "Vigo" }))]).with_text("Let me see.");
/// let cut = ScriptedAnswer::text("It was a dark and").with_finish(FinishReason::Length);
/// let outage = ScriptedAnswer::raw(503, json!({ "error": { "message": "The server is overloaded." } }));
/// ```
#[derive(Clone, Default)]
pub struct ScriptedAnswer {
    pub(crate) text: String,
    pub(crate) calls: Vec<(String, Value)>,
    pub(crate) reasoning: Option<String>,
    pub(crate) finish: Option<FinishReason>,
    pub(crate) raw: Option<(u16, Value)>,
}

/// Reason why an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FinishReason {
    /// The answer is complete. The default of an answer without tool calls.
    Stop,
    /// The limit of output tokens is reached.
    Length,
    /// The provider filtered the answer.
    Filtered,
}

impl ScriptedAnswer {
    /// Creates an answer with this text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Creates an answer that calls these tools. The provider assigns the ids of the calls.
    pub fn calls<N: Into<String>>(calls: impl IntoIterator<Item = (N, Value)>) -> Self {
        let calls = calls.into_iter().map(|(name, arguments)| (name.into(), arguments)).collect();
        Self { calls, ..Self::default() }
    }

    /// Creates an answer with this HTTP status and this JSON body.
    pub fn raw(status: u16, body: Value) -> Self {
        Self { raw: Some((status, body)), ..Self::default() }
    }

    /// Sets the text.
    #[must_use]
    pub fn with_text(self, text: impl Into<String>) -> Self {
        Self { text: text.into(), ..self }
    }

    /// Sets the reasoning, which comes in the field that the API has for it.
    #[must_use]
    pub fn with_reasoning(self, reasoning: impl Into<String>) -> Self {
        Self { reasoning: Some(reasoning.into()), ..self }
    }

    /// Sets the reason why the answer ends.
    #[must_use]
    pub fn with_finish(self, finish: FinishReason) -> Self {
        Self { finish: Some(finish), ..self }
    }

    /// Returns the number of output tokens for the usage, estimated from the text.
    pub(crate) fn tokens(&self) -> usize {
        let calls: usize = self.calls.iter().map(|(name, arguments)| name.len() + arguments.to_string().len()).sum();
        (self.text.len() + self.reasoning.as_deref().map_or(0, str::len) + calls).div_ceil(4)
    }
}

/// Prints the names of the called tools, and no text.
impl fmt::Debug for ScriptedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let calls: Vec<_> = self.calls.iter().map(|(name, _)| name).collect();
        f.debug_struct("ScriptedAnswer").field("calls", &calls).finish_non_exhaustive()
    }
}

impl From<&str> for ScriptedAnswer {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for ScriptedAnswer {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}
