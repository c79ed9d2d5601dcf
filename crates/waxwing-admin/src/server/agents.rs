//! Endpoints of all agents.

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};

use crate::error::AdminError;
use crate::operations::Operations;
use crate::views::agents::AgentsView;

pub(super) fn routes() -> Router<Operations> {
    Router::new().route("/agents", get(show)).route("/agents/pause", post(pause)).route("/agents/resume", post(resume))
}

async fn show(State(operations): State<Operations>) -> Result<Json<AgentsView>, AdminError> {
    operations.agents().await.map(Json)
}

async fn pause(State(operations): State<Operations>) -> Result<(), AdminError> {
    operations.set_agents_paused(true).await
}

async fn resume(State(operations): State<Operations>) -> Result<(), AdminError> {
    operations.set_agents_paused(false).await
}
