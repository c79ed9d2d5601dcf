//! Recording of calls in the exchange log.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::Uri;
use axum::http::header::CONTENT_LENGTH;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use bytes::BytesMut;
use futures_util::{StreamExt as _, stream};

use super::auth;
use super::call_context::CallContext;
use super::paths::SentUri;
use super::response::RefusedBy;
use crate::connection::ConnectionSwitch;
use crate::exchange_log::{
    Exchange, ExchangeKind, ExchangeOutcome, ExchangeRequest, ExchangeResponse, MAX_BODY, Recorded, RecordedBody,
    RecordedHeaders, redaction,
};
use crate::rules::Rule;
use crate::shared::Shared;

/// Starts of the paths of the emulator's own endpoints. Such a path reaches the Graph API if no endpoint has it.
const OWN_PATHS: [&str; 4] = ["/control", "/phone", "/page", "/favicon.ico"];

/// Records a call with its response.
pub(super) async fn record(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    if OWN_PATHS.iter().any(|own| sent_uri(&parts).path().starts_with(own)) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let switch = parts.extensions.get::<ConnectInfo<ConnectionSwitch>>().map(|ConnectInfo(switch)| switch.clone());
    let context = CallContext::new(switch);
    parts.extensions.insert(context.clone());
    let mut pending = PendingCall {
        at: shared.clock.now(),
        started: Instant::now(),
        request: Some(request_of(&shared, &parts)),
        context,
        shared,
    };
    let length = parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let (recorded, body) = capture(body, length).await;
    if let Some(request) = &mut pending.request {
        request.body = recorded;
    }
    let response = next.run(Request::from_parts(parts, body)).await;
    pending.end(response).await
}

/// Returns the URI as the caller sent it.
fn sent_uri(parts: &Parts) -> &Uri {
    parts.extensions.get::<SentUri>().map_or(&parts.uri, |SentUri(uri)| uri)
}

fn request_of(shared: &Shared, parts: &Parts) -> ExchangeRequest {
    let uri = sent_uri(parts);
    ExchangeRequest {
        method: parts.method.to_string(),
        path: uri.path().to_owned(),
        query: uri.query().map(redaction::query),
        url: None,
        headers: RecordedHeaders::of(&parts.headers),
        body: RecordedBody::empty(),
        has_right_token: auth::has_right_token(shared, parts),
    }
}

/// Reads a body up to the size that the log keeps. Returns the record, and the same body for the handler.
async fn capture(body: Body, length: Option<u64>) -> (RecordedBody, Body) {
    if body.size_hint().exact() == Some(0) {
        return (RecordedBody::empty(), body);
    }
    let mut chunks = body.into_data_stream();
    // The chunks share the read buffer of their connection, which the log would keep. So they are copied.
    let mut read = BytesMut::new();
    while let Some(chunk) = chunks.next().await {
        match chunk {
            Ok(chunk) => read.extend_from_slice(&chunk),
            Err(error) => {
                let read = read.freeze();
                let body = stream::iter([Ok(read.clone()), Err(error)]);
                return (RecordedBody::Whole(read), Body::from_stream(body));
            }
        }
        if read.len() > MAX_BODY {
            let read = stream::once(async { Ok::<_, axum::Error>(read.freeze()) });
            return (RecordedBody::TooLarge { bytes: length }, Body::from_stream(read.chain(chunks)));
        }
    }
    let read = read.freeze();
    (RecordedBody::Whole(read.clone()), Body::from(read))
}

/// Call whose response is not known yet. Dropping it records that the caller closed the connection.
struct PendingCall {
    shared: Arc<Shared>,
    at: SystemTime,
    started: Instant,
    /// `None` after the call was recorded.
    request: Option<ExchangeRequest>,
    context: CallContext,
}

impl PendingCall {
    /// Records the response, and returns it.
    async fn end(mut self, response: Response) -> Response {
        let is_dropped = self.context.is_dropped();
        if is_dropped {
            let recorded = self.finish(None, None, Some("the emulator closed the connection without a response"));
            return with_record(response, recorded);
        }
        let rule = response.extensions().get::<RefusedBy>().map(|RefusedBy(rule)| *rule);
        let (parts, body) = response.into_parts();
        let (recorded, body) = if body.size_hint().exact().is_some() {
            // The body is in memory, so this neither waits nor copies.
            let bytes = to_bytes(body, usize::MAX).await.unwrap_or_else(|_| Bytes::new());
            (RecordedBody::of(&bytes), Body::from(bytes))
        } else {
            (RecordedBody::TooLarge { bytes: None }, body)
        };
        let headers = RecordedHeaders::of(&parts.headers);
        let answer = ExchangeResponse { status: parts.status.as_u16(), headers, body: recorded };
        let recorded = self.finish(Some(answer), rule, None);
        with_record(Response::from_parts(parts, body), recorded)
    }

    /// Records the exchange, unless it was recorded before.
    fn finish(
        &mut self,
        response: Option<ExchangeResponse>,
        rule: Option<Rule>,
        error: Option<&str>,
    ) -> Option<Arc<Exchange>> {
        let request = self.request.take()?;
        let notes = self.context.take_notes();
        let outcome = ExchangeOutcome {
            response,
            error: notes.error.or(error).map(str::to_owned),
            duration: self.started.elapsed(),
            endpoint: notes.endpoint,
            rule,
            fault: notes.fault,
            user: notes.user,
            messages: notes.message.into_iter().collect(),
            attempt: None,
        };
        let size = Exchange::size(&request, &outcome);
        let log = &self.shared.logs.exchanges;
        Some(log.push(size, |seq| Exchange::new(seq, ExchangeKind::Graph, self.at, request, outcome)))
    }
}

fn with_record(mut response: Response, recorded: Option<Arc<Exchange>>) -> Response {
    if let Some(exchange) = recorded {
        response.extensions_mut().insert(Recorded(exchange));
    }
    response
}

impl Drop for PendingCall {
    fn drop(&mut self) {
        self.finish(None, None, Some("the caller closed the connection before the response"));
    }
}
