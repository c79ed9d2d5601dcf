//! Endpoints of the quarantine.

use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};

use crate::error::AdminError;
use crate::operations::Operations;
use crate::request::ListQuery;
use crate::views::quarantine::{QuarantineDetailView, QuarantineView};

pub(super) fn routes() -> Router<Operations> {
    Router::new()
        .route("/quarantine", get(list))
        .route("/quarantine/{id}", get(show))
        .route("/quarantine/{id}/requeue", post(requeue))
}

async fn list(
    State(operations): State<Operations>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Vec<QuarantineView>>, AdminError> {
    operations.quarantine(query.limit).await.map(Json)
}

async fn show(
    State(operations): State<Operations>,
    Path(id): Path<i64>,
) -> Result<Json<QuarantineDetailView>, AdminError> {
    operations.quarantined(id).await.map(Json)
}

async fn requeue(State(operations): State<Operations>, Path(id): Path<i64>) -> Result<(), AdminError> {
    operations.requeue_quarantined(id).await
}
