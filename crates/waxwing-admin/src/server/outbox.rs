//! Endpoints of the outbox.

use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use waxwing::store::OutboxState;

use crate::error::AdminError;
use crate::operations::Operations;
use crate::request::OutboxQuery;
use crate::views::outbox::{OutboxDetailView, OutboxView};

pub(super) fn routes() -> Router<Operations> {
    Router::new()
        .route("/outbox", get(list))
        .route("/outbox/{id}", get(show))
        .route("/outbox/{id}/requeue", post(requeue))
        .route("/outbox/{id}/discard", post(discard))
}

async fn list(
    State(operations): State<Operations>,
    Query(query): Query<OutboxQuery>,
) -> Result<Json<Vec<OutboxView>>, AdminError> {
    let state = query.state.as_deref().map(|state| {
        OutboxState::parse(state).ok_or_else(|| AdminError::Request(format!("there is no state {state:?}")))
    });
    operations.outbox(state.transpose()?, query.limit).await.map(Json)
}

async fn show(State(operations): State<Operations>, Path(id): Path<i64>) -> Result<Json<OutboxDetailView>, AdminError> {
    operations.message(id).await.map(Json)
}

async fn requeue(State(operations): State<Operations>, Path(id): Path<i64>) -> Result<(), AdminError> {
    operations.requeue(id).await
}

async fn discard(State(operations): State<Operations>, Path(id): Path<i64>) -> Result<(), AdminError> {
    operations.discard(id).await
}
