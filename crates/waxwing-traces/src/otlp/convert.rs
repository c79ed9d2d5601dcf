//! Spans in the types of OpenTelemetry.

use std::borrow::Cow;

use opentelemetry::trace::{self, SpanContext, Status, TraceFlags, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

use crate::span::{Span, SpanKind, Value};

/// Converts a span.
pub(super) fn span_data(span: Span) -> SpanData {
    let trace = trace::TraceId::from_bytes(span.trace.to_bytes());
    let id = trace::SpanId::from_bytes(span.id.to_bytes());
    let parent = span.parent.map_or(trace::SpanId::INVALID, |parent| trace::SpanId::from_bytes(parent.to_bytes()));
    SpanData {
        span_context: SpanContext::new(trace, id, TraceFlags::SAMPLED, false, TraceState::default()),
        parent_span_id: parent,
        parent_span_is_remote: false,
        span_kind: match span.kind {
            SpanKind::Internal => trace::SpanKind::Internal,
            SpanKind::Client => trace::SpanKind::Client,
            SpanKind::Consumer => trace::SpanKind::Consumer,
        },
        name: Cow::Owned(span.name),
        start_time: span.start,
        end_time: span.end,
        attributes: span.attributes.into_iter().map(|(key, value)| KeyValue::new(key, attribute(value))).collect(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: if span.is_error { Status::error("") } else { Status::Unset },
        instrumentation_scope: InstrumentationScope::builder("waxwing").build(),
    }
}

fn attribute(value: Value) -> opentelemetry::Value {
    match value {
        Value::Text(Cow::Borrowed(text)) => text.into(),
        Value::Text(Cow::Owned(text)) => text.into(),
        Value::Integer(number) => number.into(),
        Value::Float(number) => number.into(),
    }
}
