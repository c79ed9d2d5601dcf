//! People and their conversations.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use waxwing::engine::OperatorError;
use waxwing::store::OutboxId;

use super::{Counter, LIMIT, refuse};
use crate::admin::people::{Act, ConversationView, ForgottenView, Lookup, PersonView, Whom};

/// What is asked about people stands in bodies, not in addresses.
pub(super) fn routes() -> Router<Counter> {
    Router::new()
        .route("/conversations", post(conversations))
        .route("/act", post(act))
        .route("/users/show", post(show))
        .route("/users/forget", post(forget))
}

async fn conversations(
    State(counter): State<Counter>,
    Json(lookup): Json<Lookup>,
) -> Result<Json<Vec<ConversationView>>, Response> {
    let rows = counter.store.conversations(&lookup.which(), lookup.limit.min(LIMIT)).await;
    Ok(Json(rows.map_err(|error| refuse(&error))?.into_iter().map(ConversationView::from).collect()))
}

async fn act(State(counter): State<Counter>, Json(act): Json<Act>) -> Result<Json<(i64, Option<i64>)>, Response> {
    let (to, act) = act.split();
    match counter.engine.act(to, &act).await {
        Ok((conversation, row)) => Ok(Json((conversation.0, row.map(|OutboxId(id)| id)))),
        Err(OperatorError::Store(error)) => Err(refuse(&error)),
        Err(error) => Err((StatusCode::BAD_REQUEST, error.to_string()).into_response()),
    }
}

async fn show(State(counter): State<Counter>, Json(whom): Json<Whom>) -> Result<Json<PersonView>, Response> {
    let Some(key) = whom.user() else { return Err(StatusCode::BAD_REQUEST.into_response()) };
    let record = counter.store.user_report(&key).await.map_err(|error| refuse(&error))?;
    Ok(Json(record.into()))
}

async fn forget(State(counter): State<Counter>, Json(whom): Json<Whom>) -> Result<Json<ForgottenView>, Response> {
    let Some(key) = whom.user() else { return Err(StatusCode::BAD_REQUEST.into_response()) };
    let forgotten = counter.engine.forget(&key).await.map_err(|error| refuse(&error))?;
    Ok(Json(forgotten.into()))
}
