//! People and their conversations.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use waxwing::engine::OperatorError;
use waxwing::store::OutboxId;

use super::{AdminState, LIMIT, refuse};
use crate::admin::people::{
    ActionRequest, ConversationQuery, ConversationView, ErasureReportView, Selector, UserDataView,
};

/// What is asked about people stands in bodies, not in addresses.
pub(super) fn routes() -> Router<AdminState> {
    Router::new()
        .route("/conversations", post(conversations))
        .route("/act", post(act))
        .route("/users/show", post(show))
        .route("/users/forget", post(forget))
}

async fn conversations(
    State(admin): State<AdminState>,
    Json(query): Json<ConversationQuery>,
) -> Result<Json<Vec<ConversationView>>, Response> {
    let rows = admin.operator.data().conversations(&query.which(), query.limit.min(LIMIT)).await;
    Ok(Json(rows.map_err(|error| refuse(&error))?.into_iter().map(ConversationView::from).collect()))
}

async fn act(
    State(admin): State<AdminState>,
    Json(act): Json<ActionRequest>,
) -> Result<Json<(i64, Option<i64>)>, Response> {
    let (to, act) = act.split();
    match admin.operator.act(to, &act).await {
        Ok((conversation, row)) => Ok(Json((conversation.0, row.map(|OutboxId(id)| id)))),
        Err(OperatorError::Store(error)) => Err(refuse(&error)),
        Err(error) => Err((StatusCode::BAD_REQUEST, error.to_string()).into_response()),
    }
}

async fn show(State(admin): State<AdminState>, Json(selector): Json<Selector>) -> Result<Json<UserDataView>, Response> {
    let Some(key) = selector.user() else { return Err(StatusCode::BAD_REQUEST.into_response()) };
    let record = admin.operator.data().user_report(&key).await.map_err(|error| refuse(&error))?;
    Ok(Json(record.into()))
}

async fn forget(
    State(admin): State<AdminState>,
    Json(selector): Json<Selector>,
) -> Result<Json<ErasureReportView>, Response> {
    let Some(key) = selector.user() else { return Err(StatusCode::BAD_REQUEST.into_response()) };
    let forgotten = admin.operator.erase(&key).await.map_err(|error| refuse(&error))?;
    Ok(Json(forgotten.into()))
}
