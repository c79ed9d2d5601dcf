//! Endpoints of conversations.

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};

use crate::error::AdminError;
use crate::operations::Operations;
use crate::request::{
    ActionRequest, ActionResponse, ConversationKey, ConversationQuery, HistoryQuery, LogQuery, MessageQuery,
};
use crate::views::conversation::{ConversationDataView, ConversationView};
use crate::views::log::LogEntryView;
use crate::views::message::FoundMessageView;

/// Returns the routes. All parameters are in bodies, because a URL with a phone number could end up in a log.
pub(super) fn routes() -> Router<Operations> {
    Router::new()
        .route("/conversations/list", post(list))
        .route("/conversations/show", post(show))
        .route("/conversations/log", post(log))
        .route("/conversations/history", post(history))
        .route("/conversations/messages", post(messages))
        .route("/conversations/act", post(act))
}

async fn list(
    State(operations): State<Operations>,
    Json(query): Json<ConversationQuery>,
) -> Result<Json<Vec<ConversationView>>, AdminError> {
    operations.conversations(&query).await.map(Json)
}

async fn show(
    State(operations): State<Operations>,
    Json(key): Json<ConversationKey>,
) -> Result<Json<ConversationDataView>, AdminError> {
    operations.conversation(key.id).await.map(Json)
}

async fn log(
    State(operations): State<Operations>,
    Json(query): Json<LogQuery>,
) -> Result<Json<Vec<LogEntryView>>, AdminError> {
    operations.conversation_log(&query).await.map(Json)
}

async fn history(
    State(operations): State<Operations>,
    Json(query): Json<HistoryQuery>,
) -> Result<Json<Vec<LogEntryView>>, AdminError> {
    operations.agent_history(&query).await.map(Json)
}

async fn messages(
    State(operations): State<Operations>,
    Json(query): Json<MessageQuery>,
) -> Result<Json<Vec<FoundMessageView>>, AdminError> {
    operations.messages(&query).await.map(Json)
}

async fn act(
    State(operations): State<Operations>,
    Json(request): Json<ActionRequest>,
) -> Result<Json<ActionResponse>, AdminError> {
    operations.act(request).await.map(Json)
}
