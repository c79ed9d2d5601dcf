//! One step of a trace.

use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

use crate::ids::{SpanId, TraceId};

/// A finished step of a trace. `Debug` output has no attributes, since they may contain texts of users.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Span {
    /// The trace.
    pub trace: TraceId,
    /// Id of the span.
    pub id: SpanId,
    /// The span that caused this one; `None` for the root.
    pub parent: Option<SpanId>,
    /// Name, such as `chat gpt-5-mini`.
    pub name: String,
    /// Kind.
    pub kind: SpanKind,
    /// Start.
    pub start: SystemTime,
    /// End, not before the start.
    pub end: SystemTime,
    /// Attributes.
    pub attributes: Vec<(&'static str, Value)>,
    /// Whether the step failed.
    pub is_error: bool,
}

/// Kind of a span, as OpenTelemetry defines it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanKind {
    /// Work within the process.
    Internal,
    /// A request to another service.
    Client,
    /// Work on a message that waited in a queue.
    Consumer,
}

/// Value of an attribute. `Debug` output has no value, since it may be a text of a user.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Text.
    Text(Cow<'static, str>),
    /// Whole number.
    Integer(i64),
    /// Floating-point number.
    Float(f64),
}

impl Span {
    /// Sets start and end.
    #[must_use]
    pub fn between(mut self, start: SystemTime, end: SystemTime) -> Self {
        self.start = start;
        self.end = end.max(start);
        self
    }

    /// Sets the span that caused this one. Default: the root.
    #[must_use]
    pub fn below(mut self, parent: SpanId) -> Self {
        self.parent = Some(parent);
        self
    }

    /// Adds an attribute.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.attributes.push((key, value.into()));
        self
    }

    /// Adds an attribute, if there is a value.
    #[must_use]
    pub fn with_some(self, key: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// Marks the step as failed. `error` is a short name of the kind of failure: it is not a text about it.
    #[must_use]
    pub fn failed(mut self, error: impl Into<Cow<'static, str>>) -> Self {
        self.is_error = true;
        self.with("error.type", Value::Text(error.into()))
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Span").field("trace", &self.trace).field("id", &self.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Value")
    }
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Integer(number.try_into().unwrap_or(i64::MAX))
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Integer(number.try_into().unwrap_or(i64::MAX))
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}
