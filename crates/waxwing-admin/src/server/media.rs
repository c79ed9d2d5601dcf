//! Endpoint of kept media.

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use tempfile::tempdir;
use tokio::fs::File;
use tokio_util::io::ReaderStream;

use crate::error::AdminError;
use crate::operations::Operations;
use crate::request::MediumKey;

/// Returns the routes.
pub(super) fn routes() -> Router<Operations> {
    Router::new().route("/media/read", post(read))
}

/// Responds with the content of a medium, or without content if it is not kept.
async fn read(State(operations): State<Operations>, Json(key): Json<MediumKey>) -> Result<Response, AdminError> {
    let dir = tempdir().map_err(AdminError::Medium)?;
    let path = dir.path().join("medium");
    if operations.medium(&key, &path).await?.is_none() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    // The open file outlives its name.
    let file = File::open(path).await.map_err(AdminError::Medium)?;
    Ok(Body::from_stream(ReaderStream::new(file)).into_response())
}
