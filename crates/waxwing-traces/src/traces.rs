//! The handle that records spans.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::ids::{SpanId, TraceId};
use crate::span::{Span, SpanKind};

/// Takes the spans of traces.
pub trait SpanSink: Send + Sync {
    /// Takes a span. Messages wait for this call, so it must not block.
    fn record(&self, span: Span);
}

/// Which traces are recorded, with how much in them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TraceOptions {
    /// Part of the traces that is recorded, from 0 to 1. The id of a trace decides, so each process records the same ones. Default: 1.
    pub ratio: f64,
    /// Whether spans contain texts of users, of agents and of tools. Default: false.
    pub content: bool,
}

impl Default for TraceOptions {
    fn default() -> Self {
        Self { ratio: 1.0, content: false }
    }
}

/// The traces of one process. Clones share the sink. While traces are off, nothing is created.
#[derive(Clone, Default)]
pub struct Traces(Option<Arc<Inner>>);

struct Inner {
    sink: Arc<dyn SpanSink>,
    options: TraceOptions,
}

impl Traces {
    /// Returns a handle that records nothing.
    pub fn off() -> Self {
        Self(None)
    }

    /// Creates a handle that passes spans to `sink`.
    pub fn new(sink: Arc<dyn SpanSink>, options: TraceOptions) -> Self {
        Self(Some(Arc::new(Inner { sink, options })))
    }

    /// Returns true unless nothing is recorded.
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Returns the trace of a run, if it is recorded.
    pub fn of_run(&self, run: &str) -> Option<Trace> {
        let inner = self.0.as_ref()?;
        let (id, is_turn) = match TraceId::same_as_run(run) {
            Some(id) => (id, true),
            None => (TraceId::of_run(run), false),
        };
        (id.fraction() < inner.options.ratio).then(|| Trace { inner: inner.clone(), id, is_turn })
    }
}

/// A recorded trace.
#[derive(Clone)]
pub struct Trace {
    inner: Arc<Inner>,
    id: TraceId,
    /// Whether the run id has the form of those of turns.
    is_turn: bool,
}

impl Trace {
    /// Returns true if spans contain texts of users, of agents and of tools.
    pub fn has_content(&self) -> bool {
        self.inner.options.content
    }

    /// Returns whether the run can be that of a turn, which records a root span. Other runs, such as `campaign-7-3`, have none.
    pub fn is_turn(&self) -> bool {
        self.is_turn
    }

    /// Creates the root span, which begins and ends now.
    pub fn root_span(&self, name: impl Into<String>, kind: SpanKind) -> Span {
        Span { id: self.id.root(), parent: None, ..self.span(name, kind) }
    }

    /// Creates a span below the root, which begins and ends now.
    pub fn span(&self, name: impl Into<String>, kind: SpanKind) -> Span {
        let now = SystemTime::now();
        Span {
            trace: self.id,
            id: SpanId::random(),
            parent: Some(self.id.root()),
            name: name.into(),
            kind,
            start: now,
            end: now,
            attributes: Vec::new(),
            is_error: false,
        }
    }

    /// Passes a finished span to the sink.
    pub fn record(&self, span: Span) {
        self.inner.sink.record(span);
    }

    /// Returns the header `traceparent` of W3C for a request that `span` makes.
    ///
    /// <https://www.w3.org/TR/trace-context/#traceparent-header>
    pub fn traceparent(&self, span: SpanId) -> String {
        format!("00-{}-{span}-01", self.id)
    }
}

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Traces").field(&self.0.as_ref().map(|inner| inner.options)).finish()
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Trace").field(&self.id).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nowhere;

    impl SpanSink for Nowhere {
        fn record(&self, _: Span) {}
    }

    #[test]
    fn the_ratio_decides_by_the_id() {
        let count = |ratio| {
            let traces = Traces::new(Arc::new(Nowhere), TraceOptions { ratio, content: false });
            // An id of a run without an agent begins with a time and a counter, and these runs are of a few milliseconds.
            let runs = (0..1000).map(|_| uuid::Uuid::now_v7().simple().to_string());
            runs.filter(|run| traces.of_run(run).is_some()).count()
        };
        assert_eq!((count(0.0), count(1.0)), (0, 1000));
        assert!((350..650).contains(&count(0.5)));
    }

    #[test]
    fn only_runs_of_turns_have_the_form_of_a_trace_id() {
        let traces = Traces::new(Arc::new(Nowhere), TraceOptions::default());
        let is_turn = |run: &str| traces.of_run(run).unwrap().is_turn();
        assert!(is_turn("0af7651916cd43dd8448eb211c80319c"));
        for other in ["campaign-7-3", "away-7-2", "outage-7-2", "0af7651916cd43dd"] {
            assert!(!is_turn(other), "{other}");
        }
    }

    #[test]
    fn the_header_has_the_form_of_w3c() {
        let traces = Traces::new(Arc::new(Nowhere), TraceOptions::default());
        let trace = traces.of_run("0af7651916cd43dd8448eb211c80319c").unwrap();
        let span = trace.span("s", SpanKind::Internal);
        let header = trace.traceparent(span.id);
        assert_eq!(header, format!("00-0af7651916cd43dd8448eb211c80319c-{}-01", span.id));
        assert_eq!(header.len(), 55);
    }
}
