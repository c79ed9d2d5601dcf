//! Effects of faults on calls.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, RETRY_AFTER};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use futures_util::{StreamExt, stream};

use super::call_context::CallContext;
use super::response::respond;
use crate::fault::{CallFault, FaultEffect, GraphEndpoint};
use crate::operations::refusal::{self, TargetChat};
use crate::rules::GraphError;
use crate::shared::Shared;
use crate::world::delivery_plan::DeliveryPlan;

/// Applies faults to all calls except sends and receipts, whose handler determines the endpoint from the body.
pub(super) async fn inject(
    State(shared): State<Arc<Shared>>,
    context: CallContext,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    if (path.ends_with("/messages") || path.ends_with("/marketing_messages")) && request.method() == Method::POST {
        context.note(|notes| notes.endpoint = Some(GraphEndpoint::Send));
        return next.run(request).await;
    }
    let endpoint = match *request.method() {
        Method::POST if path.ends_with("/media") => GraphEndpoint::Upload,
        Method::GET if path.starts_with("/whatsapp_business/") => GraphEndpoint::Download,
        _ => GraphEndpoint::Other,
    };
    let version = path.split('/').nth(1).unwrap_or_default().to_owned();
    context.note(|notes| notes.endpoint = Some(endpoint));
    let fault = shared.world().runtime.faults.on_call(endpoint);
    apply(&shared, &version, &context, fault, TargetChat::default(), next.run(request)).await
}

/// Returns the delivery plan of a message under a fault.
pub(super) fn delivery_plan(effect: Option<&FaultEffect>) -> DeliveryPlan {
    match effect {
        Some(FaultEffect::AcceptThenFail { code }) => DeliveryPlan::Fail { code: *code, after_sent: None },
        Some(FaultEffect::SendThenFail { code, after }) => DeliveryPlan::Fail { code: *code, after_sent: Some(*after) },
        Some(FaultEffect::Statuses(delays)) => DeliveryPlan::WithDelays(*delays),
        Some(FaultEffect::StatusFirst) => DeliveryPlan::StatusFirst,
        _ => DeliveryPlan::Normal,
    }
}

/// Responds to a call under a fault. `chat` is the chat of the message that the call sends. `execute` executes the call; its error responses pass unchanged.
pub(super) async fn apply(
    shared: &Shared,
    version: &str,
    context: &CallContext,
    fault: Option<CallFault>,
    chat: TargetChat,
    execute: impl Future<Output = Response>,
) -> Response {
    context.note(|notes| notes.fault = fault.as_ref().and_then(|fault| fault.id));
    match fault.map(|fault| fault.effect) {
        Some(FaultEffect::Error { code, http }) => refuse(shared, version, chat, code, http),
        Some(FaultEffect::ErrorWithRetryAfter { code, http, after }) => {
            let mut response = refuse(shared, version, chat, code, http);
            response.headers_mut().insert(RETRY_AFTER, after.as_secs().into());
            response
        }
        Some(FaultEffect::ServerErrorWithoutJson) => {
            record_refusal(shared, chat, 0, StatusCode::BAD_GATEWAY.as_u16());
            (StatusCode::BAD_GATEWAY, Html("<html><body><h1>502 Bad Gateway</h1></body></html>")).into_response()
        }
        Some(FaultEffect::DropConnection) => {
            record_refusal(shared, chat, 0, 0);
            drop_connection(context)
        }
        Some(FaultEffect::Stall) => {
            record_refusal(shared, chat, 0, 0);
            shared.stopped.cancelled().await;
            drop_connection(context)
        }
        Some(FaultEffect::AcceptThenDropConnection) => match execute.await {
            accepted if accepted.status().is_success() => drop_connection(context),
            refused => refused,
        },
        Some(FaultEffect::AcceptThenStall) => match execute.await {
            accepted if accepted.status().is_success() => {
                shared.stopped.cancelled().await;
                drop_connection(context)
            }
            refused => refused,
        },
        Some(FaultEffect::TruncatedBody) => {
            context.note(|notes| notes.error = Some("a fault broke off the response in the middle of its body"));
            truncate(execute.await).await
        }
        Some(FaultEffect::Delay(delay)) => {
            let response = execute.await;
            tokio::select! {
                () = shared.clock.sleep(delay) => {}
                () = shared.stopped.cancelled() => {}
            }
            response
        }
        _ => execute.await,
    }
}

fn refuse(shared: &Shared, version: &str, chat: TargetChat, code: u32, http: u16) -> Response {
    record_refusal(shared, chat, code, http);
    respond(shared, version, Err(GraphError::new(http, code)))
}

fn record_refusal(shared: &Shared, chat: TargetChat, code: u32, http: u16) {
    shared.change(|world| refusal::record_fault(world, chat, code, http));
}

/// Closes the connection instead of responding. Without a socket, the response is an empty 502.
fn drop_connection(context: &CallContext) -> Response {
    context.drop_connection();
    StatusCode::BAD_GATEWAY.into_response()
}

/// Announces the whole body, sends its first half, and breaks off.
async fn truncate(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let whole = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let half = whole.slice(..whole.len() / 2);
    parts.headers.insert(CONTENT_LENGTH, whole.len().into());
    let end = async {
        // Lets the server write the first half before the connection fails.
        tokio::task::yield_now().await;
        Err(io::Error::from(io::ErrorKind::ConnectionReset))
    };
    let pieces = stream::once(async { Ok::<_, io::Error>(half) }).chain(stream::once(end));
    Response::from_parts(parts, Body::from_stream(pieces))
}
