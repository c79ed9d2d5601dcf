//! Endpoints of events.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use tokio_util::io::ReaderStream;

use crate::error::AdminError;
use crate::operations::Operations;
use crate::request::{RedeliveryRequest, SubscriptionKey};
use crate::views::subscription::SubscriptionView;

/// Size of the events that wait for a slow client at most, in bytes.
const MAX_WAITING: usize = 1024 * 1024;

pub(super) fn routes() -> Router<Operations> {
    Router::new()
        .route("/events", get(tail))
        .route("/subscriptions", get(list))
        .route("/subscriptions/enable", post(enable))
        .route("/subscriptions/redeliver", post(redeliver))
}

/// Responds with the live events, one JSON object per line, until the client or the engine ends.
async fn tail(State(operations): State<Operations>) -> Result<Response, AdminError> {
    let mut events = operations.live_events()?;
    let (mut writer, reader) = tokio::io::duplex(MAX_WAITING);
    tokio::spawn(async move {
        use tokio::io::AsyncWriteExt as _;
        while let Some(event) = events.next().await {
            let Ok(mut line) = serde_json::to_vec(&event) else { continue };
            line.push(b'\n');
            if writer.write_all(&line).await.is_err() {
                return;
            }
        }
    });
    Ok(Body::from_stream(ReaderStream::new(reader)).into_response())
}

async fn list(State(operations): State<Operations>) -> Result<Json<Vec<SubscriptionView>>, AdminError> {
    operations.subscriptions().await.map(Json)
}

async fn enable(State(operations): State<Operations>, Json(key): Json<SubscriptionKey>) -> Result<(), AdminError> {
    operations.enable_subscription(&key).await
}

async fn redeliver(
    State(operations): State<Operations>,
    Json(request): Json<RedeliveryRequest>,
) -> Result<Json<Vec<String>>, AdminError> {
    operations.redeliver(&request).await.map(Json)
}
