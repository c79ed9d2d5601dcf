//! Events of a run, for people who watch an agent at work.

use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};

/// Observer of a run. The engine passes the events to its own watchers, such as the inspector of `waxwing dev`.
///
/// Events contain texts of users, so they do not belong into logs.
pub trait RunObserver: Send + Sync {
    /// Returns true if the events are used. Else, no event is created.
    fn is_watched(&self) -> bool;

    /// Takes an event. The run waits for this call.
    fn observe(&self, event: RunEvent);

    /// Returns the header `traceparent` of W3C for requests of the run. Default: none, since the run has no trace.
    fn traceparent(&self) -> Option<String> {
        None
    }
}

/// Event of a run. `Debug` output contains the name only.
///
/// The serialized form is an object with `name` and `data`; `docs/events.md` of the project lists the names.
///
/// ```
/// use std::time::Duration;
///
/// use waxwing_agent::{ModelCallReport, RunContext, RunEvent};
///
/// # let ctx = RunContext::in_memory("34600000000");
/// // An agent that calls a model on its own reports the call.
/// ctx.report(|| {
///     RunEvent::ModelCalled(ModelCallReport {
///         agent: "shop".into(),
///         provider: "openai".into(),
///         model: "gpt-5-mini".into(),
///         duration: Duration::from_millis(740),
///         input_tokens: 1_200,
///         output_tokens: 80,
///         ..ModelCallReport::default()
///     })
/// });
/// ```
#[derive(Clone, PartialEq, Serialize)]
#[serde(tag = "name", content = "data")]
#[non_exhaustive]
pub enum RunEvent {
    /// A request to a language model ended.
    #[serde(rename = "model.called")]
    ModelCalled(ModelCallReport),
    /// A tool call ended.
    #[serde(rename = "tool.called")]
    ToolCalled(ToolCallReport),
}

impl RunEvent {
    /// Returns the name of the event, such as `tool.called`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ModelCalled(_) => "model.called",
            Self::ToolCalled(_) => "tool.called",
        }
    }
}

/// One request to a language model. Fields without a value have the value of [`Default`].
#[derive(Clone, PartialEq, Default, Serialize)]
pub struct ModelCallReport {
    /// Name of the agent that asked the model.
    pub agent: String,
    /// Name of the provider of the model, such as `openai`; empty if it is not known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub provider: String,
    /// Name of the model.
    pub model: String,
    /// Duration of the request.
    #[serde(rename = "milliseconds", serialize_with = "milliseconds")]
    pub duration: Duration,
    /// Input tokens, including cached ones.
    pub input_tokens: u64,
    /// Input tokens that the provider read from its cache.
    pub cached_input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Cost in the currency of the prices; `None` if the model has no price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// Names of the tools that the model asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    /// Text of the response, cut to [`MAX_REPORTED_TEXT`].
    pub text: String,
    /// Why the request failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// One tool call. Fields without a value have the value of [`Default`].
#[derive(Clone, PartialEq, Eq, Default, Serialize)]
pub struct ToolCallReport {
    /// Name of the agent that called the tool.
    pub agent: String,
    /// Name of the tool.
    pub tool: String,
    /// Duration of the call.
    #[serde(rename = "milliseconds", serialize_with = "milliseconds")]
    pub duration: Duration,
    /// Arguments as JSON, cut to [`MAX_REPORTED_TEXT`].
    pub arguments: String,
    /// Text that the model gets, cut to [`MAX_REPORTED_TEXT`].
    pub result: String,
    /// True if the call failed, and the text says why.
    pub is_error: bool,
}

/// Maximum length of a text in an event, in bytes.
pub const MAX_REPORTED_TEXT: usize = 4096;

/// Returns a text for an event, cut to [`MAX_REPORTED_TEXT`] at a character.
pub fn reported_text(text: &str) -> String {
    text[..text.floor_char_boundary(MAX_REPORTED_TEXT)].to_owned()
}

fn milliseconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(duration.as_millis().try_into().unwrap_or(u64::MAX))
}

impl fmt::Debug for RunEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RunEvent({})", self.name())
    }
}

impl fmt::Debug for ModelCallReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelCallReport").field("model", &self.model).finish_non_exhaustive()
    }
}

impl fmt::Debug for ToolCallReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolCallReport").field("tool", &self.tool).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_have_names_and_data() {
        let call = ToolCallReport { tool: "weather".into(), duration: Duration::from_secs(2), ..Default::default() };
        let data = json!({"agent": "", "tool": "weather", "milliseconds": 2000, "arguments": "", "result": "", "is_error": false});
        let event = serde_json::to_value(RunEvent::ToolCalled(call)).unwrap();
        assert_eq!(event, json!({"name": "tool.called", "data": data}));
    }

    #[test]
    fn texts_are_cut_at_a_character() {
        assert_eq!(reported_text("hi"), "hi");
        let long = "a".repeat(MAX_REPORTED_TEXT - 1) + "é";
        assert_eq!(reported_text(&long).len(), MAX_REPORTED_TEXT - 1);
    }

    #[test]
    fn debug_output_has_no_texts() {
        let call = ToolCallReport { arguments: "secret".into(), result: "secret".into(), ..Default::default() };
        assert!(!format!("{call:?} {:?}", RunEvent::ToolCalled(call.clone())).contains("secret"));
    }
}
