//! Endpoint of usage.

use axum::extract::{Query, State};
use axum::routing::get;
use axum::{Json, Router};

use crate::error::AdminError;
use crate::operations::Operations;
use crate::request::UsageRequest;
use crate::views::usage::UsageView;

pub(super) fn routes() -> Router<Operations> {
    Router::new().route("/usage", get(show))
}

async fn show(
    State(operations): State<Operations>,
    Query(request): Query<UsageRequest>,
) -> Result<Json<UsageView>, AdminError> {
    operations.usage(&request).await.map(Json)
}
