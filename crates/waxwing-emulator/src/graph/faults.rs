//! Faults of calls.

use std::io;
use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CONTENT_LENGTH, RETRY_AFTER};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use futures_util::{StreamExt, stream};

use super::reply::reply;
use crate::app::App;
use crate::connection::Connection;
use crate::rules::GraphError;
use crate::world::Fate;
use crate::{FaultEffect, GraphEndpoint};

/// The way of every call but those to `/messages`, which find out by their bodies what they are.
pub(super) async fn pass(
    State(app): State<Arc<App>>,
    connection: Option<Extension<ConnectInfo<Connection>>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    if path.ends_with("/messages") && request.method() == Method::POST {
        return next.run(request).await;
    }
    let endpoint = match *request.method() {
        Method::POST if path.ends_with("/media") => GraphEndpoint::Upload,
        Method::GET if path.starts_with("/whatsapp_business/") => GraphEndpoint::Download,
        _ => GraphEndpoint::Other,
    };
    let version = path.split('/').nth(1).unwrap_or_default().to_owned();
    let outcome = app.look().faults.graph(endpoint);
    play(&app, &version, socket(connection), outcome, next.run(request)).await
}

/// The switch of the connection that a call came by; none if it came by no socket.
pub(super) fn socket(connection: Option<Extension<ConnectInfo<Connection>>>) -> Option<Connection> {
    connection.map(|Extension(ConnectInfo(connection))| connection)
}

/// What becomes of a message under this outcome.
pub(super) fn fate(outcome: Option<&FaultEffect>) -> Fate {
    match outcome {
        Some(FaultEffect::AcceptThenFail { code }) => Fate::Fails { code: *code, after_sent: None },
        Some(FaultEffect::SendThenFail { code, after }) => Fate::Fails { code: *code, after_sent: Some(*after) },
        Some(FaultEffect::Statuses(delays)) => Fate::ArrivesWith(*delays),
        Some(FaultEffect::StatusFirst) => Fate::StatusFirst,
        _ => Fate::Arrives,
    }
}

/// Answers a call: as usual, or as the outcome wants it. What fails in the usual way is answered in the usual way.
pub(super) async fn play(
    app: &Arc<App>,
    version: &str,
    connection: Option<Connection>,
    outcome: Option<FaultEffect>,
    usual: impl Future<Output = Response>,
) -> Response {
    match outcome {
        Some(FaultEffect::Error { code, http }) => {
            refuse(app, code, http);
            reply(app, version, Err(GraphError::new(http, code)))
        }
        Some(FaultEffect::ErrorWithRetryAfter { code, http, after }) => {
            refuse(app, code, http);
            let mut response = reply(app, version, Err(GraphError::new(http, code)));
            response.headers_mut().insert(RETRY_AFTER, after.as_secs().into());
            response
        }
        Some(FaultEffect::ServerErrorWithoutJson) => {
            refuse(app, 0, StatusCode::BAD_GATEWAY.as_u16());
            (StatusCode::BAD_GATEWAY, Html("<html><body><h1>502 Bad Gateway</h1></body></html>")).into_response()
        }
        Some(FaultEffect::DropConnection) => {
            refuse(app, 0, 0);
            cut(connection)
        }
        Some(FaultEffect::Stall) => {
            refuse(app, 0, 0);
            app.stopped.cancelled().await;
            cut(connection)
        }
        Some(FaultEffect::AcceptThenDropConnection) => match usual.await {
            done if done.status().is_success() => cut(connection),
            refused => refused,
        },
        Some(FaultEffect::AcceptThenStall) => match usual.await {
            done if done.status().is_success() => {
                app.stopped.cancelled().await;
                cut(connection)
            }
            refused => refused,
        },
        Some(FaultEffect::TruncatedBody) => truncate(usual.await).await,
        Some(FaultEffect::Delay(delay)) => {
            let response = usual.await;
            tokio::select! {
                () = app.clock.sleep(delay) => {}
                () = app.stopped.cancelled() => {}
            }
            response
        }
        _ => usual.await,
    }
}

fn refuse(app: &Arc<App>, code: u32, http: u16) {
    app.change(|world| world.refused(code, http));
}

/// Closes the connection in place of an answer.
fn cut(connection: Option<Connection>) -> Response {
    if let Some(connection) = connection {
        connection.cut();
    }
    StatusCode::BAD_GATEWAY.into_response()
}

/// Announces the whole body, sends the first half of it and breaks off.
async fn truncate(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let whole = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let half = whole.slice(..whole.len() / 2);
    parts.headers.insert(CONTENT_LENGTH, whole.len().into());
    let end = async {
        // What is ready goes out before the connection is given up.
        tokio::task::yield_now().await;
        Err(io::Error::from(io::ErrorKind::ConnectionReset))
    };
    let pieces = stream::once(async { Ok::<_, io::Error>(half) }).chain(stream::once(end));
    Response::from_parts(parts, Body::from_stream(pieces))
}
