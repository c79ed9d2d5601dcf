//! Spans of the calls that a run makes.
//!
//! Names and attributes follow the semantic conventions for generative AI: <https://opentelemetry.io/docs/specs/semconv/gen-ai/>.

use std::time::{Duration, SystemTime};

use serde_json::json;
use waxwing_agent::{ModelCallReport, RunEvent, ToolCallReport, Turn, reported_text};
use waxwing_store::RunId;
use waxwing_traces::{Span, SpanId, SpanKind, Trace, Traces};

/// A recorded run. The span of its agent is recorded at its end.
#[derive(Debug, Clone)]
pub(crate) struct RunTrace {
    trace: Trace,
    /// Id of the span of the agent, below which models and tools are.
    agent: SpanId,
    began_at: SystemTime,
}

impl RunTrace {
    /// Begins to record a run, if its trace is recorded.
    pub(crate) fn begin(traces: &Traces, run: &RunId) -> Option<Self> {
        let trace = traces.of_run(&run.0)?;
        let agent = trace.span("", SpanKind::Internal).id;
        Some(Self { trace, agent, began_at: SystemTime::now() })
    }

    /// Returns the header for requests of the run.
    pub(crate) fn traceparent(&self) -> String {
        self.trace.traceparent(self.agent)
    }

    /// Records the span of a model or a tool, which ends now.
    pub(crate) fn observe(&self, event: &RunEvent) {
        match event {
            RunEvent::ModelCalled(call) => self.model_called(call),
            RunEvent::ToolCalled(call) => self.tool_called(call),
            _ => {}
        }
    }

    /// Returns the text that the agent gets as an attribute, if spans have content.
    pub(crate) fn input(&self, turn: &Turn) -> Option<String> {
        self.trace.has_content().then(|| message("user", &turn.text()))
    }

    /// Returns the text of a reply as an attribute, if spans have content.
    pub(crate) fn output(&self, text: impl FnOnce() -> String) -> Option<String> {
        self.trace.has_content().then(|| message("assistant", &text()))
    }

    /// Returns the span of the agent, which ends now.
    pub(crate) fn agent_span(&self, agent: &str) -> Span {
        let mut span = self.span("invoke_agent", agent, SpanKind::Internal).with("gen_ai.agent.name", agent.to_owned());
        span.id = self.agent;
        span.between(self.began_at, SystemTime::now())
    }

    /// Records a span.
    pub(crate) fn record(&self, span: Span) {
        self.trace.record(span);
    }

    fn model_called(&self, call: &ModelCallReport) {
        let span = self.span("chat", &call.model, SpanKind::Client);
        let span =
            self.part_of_agent(span, &call.agent, call.duration).with("gen_ai.request.model", call.model.clone());
        let provider = (!call.provider.is_empty()).then(|| call.provider.clone());
        let mut span = span
            .with_some("gen_ai.provider.name", provider)
            .with("gen_ai.usage.input_tokens", call.input_tokens)
            .with("gen_ai.usage.cache_read.input_tokens", call.cached_input_tokens)
            .with("gen_ai.usage.output_tokens", call.output_tokens)
            .with_some("waxwing.cost", call.cost)
            .with_some("gen_ai.output.messages", self.output(|| call.text.clone()));
        if call.error.is_some() {
            span = span.failed("model_error");
        }
        self.record(span);
    }

    fn tool_called(&self, call: &ToolCallReport) {
        let span = self.span("execute_tool", &call.tool, SpanKind::Internal);
        let span = self.part_of_agent(span, &call.agent, call.duration).with("gen_ai.tool.name", call.tool.clone());
        let mut span = span.with("gen_ai.tool.type", "function");
        if self.trace.has_content() {
            span = span
                .with("gen_ai.tool.call.arguments", call.arguments.clone())
                .with("gen_ai.tool.call.result", call.result.clone());
        }
        if call.is_error {
            span = span.failed("tool_error");
        }
        self.record(span);
    }

    /// Creates a span with the name of its operation, followed by `subject`.
    fn span(&self, operation: &'static str, subject: &str, kind: SpanKind) -> Span {
        self.trace.span(format!("{operation} {subject}"), kind).with("gen_ai.operation.name", operation)
    }

    fn part_of_agent(&self, span: Span, agent: &str, duration: Duration) -> Span {
        let now = SystemTime::now();
        let span = span.below(self.agent).between(now.checked_sub(duration).unwrap_or(now), now);
        span.with("gen_ai.agent.name", agent.to_owned())
    }
}

/// Returns one message in the form of the conventions.
fn message(role: &str, text: &str) -> String {
    let part = json!({ "type": "text", "content": reported_text(text) });
    json!([{ "role": role, "parts": [part] }]).to_string()
}
