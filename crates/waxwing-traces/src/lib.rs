#![doc = include_str!("../README.md")]

mod ids;
#[cfg(feature = "otlp")]
mod otlp;
mod span;
mod traces;

pub use ids::{SpanId, TraceId};
#[cfg(feature = "otlp")]
pub use otlp::{OtlpError, OtlpExporter, OtlpSettings};
pub use span::{Span, SpanKind, Value};
pub use traces::{SpanSink, Trace, TraceOptions, Traces};
