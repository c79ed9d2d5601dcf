//! Collector of traces that refuses what a real one refuses.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Deadline of a wait for spans.
const PATIENCE: Duration = Duration::from_secs(30);

/// Running collector. It ends with the test.
pub(crate) struct Collector {
    pub(crate) url: String,
    received: watch::Receiver<Received>,
}

/// Treatment of requests.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum CollectorMode {
    Accept,
    /// Answers with status 503.
    Refuse,
    /// Never answers.
    Hang,
}

/// Everything that a collector got.
#[derive(Clone, Default)]
pub(crate) struct Received {
    pub(crate) requests: usize,
    pub(crate) bytes: Vec<u8>,
    pub(crate) spans: Vec<CollectedSpan>,
    /// Attributes of the resource, of the last request.
    pub(crate) resource: BTreeMap<String, String>,
    problems: Vec<String>,
}

/// A span with its ids as hexadecimal digits.
#[derive(Clone, Debug)]
pub(crate) struct CollectedSpan {
    pub(crate) trace: String,
    pub(crate) id: String,
    /// Empty without a parent.
    pub(crate) parent: String,
    pub(crate) name: String,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) attributes: BTreeMap<String, String>,
}

impl Collector {
    pub(crate) async fn start(mode: CollectorMode) -> Self {
        let (sender, received) = watch::channel(Received::default());
        let router = Router::new().route("/v1/traces", post(collect)).with_state((mode, Arc::new(sender)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, received }
    }

    /// Waits until the collector has what the condition demands. Fails if it refused a request.
    pub(crate) async fn wait_for(&self, condition: impl Fn(&Received) -> bool) -> Received {
        let mut received = self.received.clone();
        let found = tokio::time::timeout(PATIENCE, received.wait_for(|received| condition(received))).await;
        let is_found = found.is_ok();
        let now = self.received();
        let names: Vec<_> = now.spans.iter().map(|span| &span.name).collect();
        assert!(is_found, "{} requests with the spans {names:?}; {:?}", now.requests, now.problems);
        now
    }

    /// Returns everything until now. Fails if the collector refused a request.
    pub(crate) fn received(&self) -> Received {
        let now = self.received.borrow().clone();
        assert!(now.problems.is_empty(), "{:?}", now.problems);
        now
    }
}

impl Received {
    /// Returns the only span with this name.
    #[track_caller]
    pub(crate) fn span(&self, name: &str) -> &CollectedSpan {
        let found: Vec<_> = self.spans.iter().filter(|span| span.name == name).collect();
        assert_eq!(found.len(), 1, "{name} in {:?}", self.spans);
        found[0]
    }

    /// Returns true if the attribute of a span has this value.
    pub(crate) fn has(&self, name: &str, key: &str, value: &str) -> bool {
        self.spans.iter().any(|span| span.name == name && span.attributes.get(key).is_some_and(|found| found == value))
    }

    pub(crate) fn contains(&self, text: &str) -> bool {
        self.bytes.windows(text.len()).any(|window| window == text.as_bytes())
    }
}

type Shared = (CollectorMode, Arc<watch::Sender<Received>>);

async fn collect(State((mode, sender)): State<Shared>, headers: HeaderMap, body: Bytes) -> (StatusCode, Vec<u8>) {
    sender.send_modify(|received| received.requests += 1);
    match mode {
        CollectorMode::Accept => {}
        CollectorMode::Refuse => return (StatusCode::SERVICE_UNAVAILABLE, Vec::new()),
        CollectorMode::Hang => std::future::pending().await,
    }
    let result = read(&headers, &body);
    let status = if result.is_ok() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    sender.send_modify(|received| {
        received.bytes.extend_from_slice(&body);
        match result {
            Ok((resource, spans)) => {
                received.resource = resource;
                received.spans.extend(spans);
            }
            Err(problem) => received.problems.push(problem),
        }
    });
    (status, ExportTraceServiceResponse::default().encode_to_vec())
}

type Decoded = (BTreeMap<String, String>, Vec<CollectedSpan>);

fn read(headers: &HeaderMap, body: &[u8]) -> Result<Decoded, String> {
    let content_type = headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if content_type != "application/x-protobuf" {
        return Err(format!("content type {content_type}"));
    }
    let request = ExportTraceServiceRequest::decode(body).map_err(|error| error.to_string())?;
    let mut decoded = Decoded::default();
    for resource in request.resource_spans {
        let attributes = resource.resource.map(|resource| resource.attributes).unwrap_or_default();
        decoded.0 =
            attributes.into_iter().map(|pair| (pair.key, text(pair.value.and_then(|value| value.value)))).collect();
        for scope in resource.scope_spans {
            for span in scope.spans {
                decoded.1.push(collected(span)?);
            }
        }
    }
    if decoded.1.is_empty() { Err("a request without spans".to_owned()) } else { Ok(decoded) }
}

fn collected(span: Span) -> Result<CollectedSpan, String> {
    let is_id = |id: &[u8], length| id.len() == length && id.iter().any(|byte| *byte != 0);
    let has_parent = is_id(&span.parent_span_id, 8) || span.parent_span_id.is_empty();
    if !is_id(&span.trace_id, 16) || !is_id(&span.span_id, 8) || !has_parent {
        return Err(format!("{} has an invalid id", span.name));
    }
    if span.start_time_unix_nano == 0 || span.end_time_unix_nano < span.start_time_unix_nano {
        return Err(format!("{} has invalid times", span.name));
    }
    Ok(CollectedSpan {
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        name: span.name,
        start: span.start_time_unix_nano,
        end: span.end_time_unix_nano,
        attributes: span
            .attributes
            .into_iter()
            .map(|pair| (pair.key, text(pair.value.and_then(|value| value.value))))
            .collect(),
    })
}

fn hex(id: &[u8]) -> String {
    id.iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

fn text(value: Option<Value>) -> String {
    match value {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::DoubleValue(number)) => number.to_string(),
        _ => String::new(),
    }
}
