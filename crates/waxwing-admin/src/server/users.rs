//! Endpoints of users.

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};

use crate::error::AdminError;
use crate::operations::Operations;
use crate::request::UserLogQuery;
use crate::selector::Selector;
use crate::views::log::UserLogEntryView;
use crate::views::user::{ErasureView, UserDataView};

/// Returns the routes. All parameters are in bodies, because a URL with a phone number could end up in a log.
pub(super) fn routes() -> Router<Operations> {
    Router::new().route("/users/show", post(show)).route("/users/log", post(log)).route("/users/erase", post(erase))
}

async fn show(
    State(operations): State<Operations>,
    Json(user): Json<Selector>,
) -> Result<Json<UserDataView>, AdminError> {
    operations.user(&user).await.map(Json)
}

async fn log(
    State(operations): State<Operations>,
    Json(query): Json<UserLogQuery>,
) -> Result<Json<Vec<UserLogEntryView>>, AdminError> {
    operations.user_log(&query).await.map(Json)
}

async fn erase(
    State(operations): State<Operations>,
    Json(user): Json<Selector>,
) -> Result<Json<ErasureView>, AdminError> {
    operations.erase(&user).await.map(Json)
}
