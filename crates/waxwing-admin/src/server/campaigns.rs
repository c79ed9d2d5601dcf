//! Endpoints of campaigns, also of those of one message.

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};

use super::message_body::{MAX_JSON, json, parse};
use super::parameters::{PathOf, QueryOf};
use crate::campaign_operations::CampaignAction;
use crate::campaign_request::{CampaignRequest, CampaignsQuery, RecipientsQuery, RecipientsRequest, StartRequest};
use crate::error::AdminError;
use crate::operations::Operations;
use crate::views::campaign::{AddedView, CampaignView, RecipientView, ScheduledStateView};

/// Largest body of a request with recipients, in bytes.
const MAX_RECIPIENTS_BODY: usize = 2 * 1024 * 1024;

pub(crate) fn routes() -> Router<Operations> {
    Router::new()
        .route("/v1/campaigns", get(list).post(create))
        .route("/v1/campaigns/{id}", get(show))
        .route("/v1/campaigns/{id}/recipients", get(recipients).post(add))
        .route("/v1/campaigns/{id}/start", post(start))
        .route("/v1/campaigns/{id}/pause", post(pause))
        .route("/v1/campaigns/{id}/resume", post(resume))
        .route("/v1/campaigns/{id}/cancel", post(cancel))
        .route("/v1/scheduled", get(all_scheduled))
        .route("/v1/scheduled/{id}", get(scheduled))
        .route("/v1/scheduled/{id}/cancel", post(cancel_scheduled))
}

async fn create(State(operations): State<Operations>, body: Body) -> Result<Response, AdminError> {
    let request: CampaignRequest = parse(&json(body, MAX_JSON).await?)?;
    let created = operations.create_campaign(request).await?;
    Ok((StatusCode::CREATED, Json(created)).into_response())
}

async fn list(
    State(operations): State<Operations>,
    QueryOf(query): QueryOf<CampaignsQuery>,
) -> Result<Json<Vec<CampaignView>>, AdminError> {
    operations.campaigns(&query).await.map(Json)
}

async fn show(State(operations): State<Operations>, PathOf(id): PathOf<i64>) -> Result<Json<CampaignView>, AdminError> {
    operations.campaign(id).await.map(Json)
}

async fn add(
    State(operations): State<Operations>,
    PathOf(id): PathOf<i64>,
    body: Body,
) -> Result<Json<AddedView>, AdminError> {
    let request: RecipientsRequest = parse(&json(body, MAX_RECIPIENTS_BODY).await?)?;
    operations.add_recipients(id, request).await.map(Json)
}

async fn recipients(
    State(operations): State<Operations>,
    PathOf(id): PathOf<i64>,
    QueryOf(query): QueryOf<RecipientsQuery>,
) -> Result<Json<Vec<RecipientView>>, AdminError> {
    operations.recipients(id, &query).await.map(Json)
}

async fn start(
    State(operations): State<Operations>,
    PathOf(id): PathOf<i64>,
    body: Body,
) -> Result<Json<CampaignView>, AdminError> {
    let body = json(body, MAX_JSON).await?;
    let request: StartRequest = if body.is_empty() { StartRequest::default() } else { parse(&body)? };
    operations.start_campaign(id, &request).await.map(Json)
}

async fn pause(
    State(operations): State<Operations>,
    PathOf(id): PathOf<i64>,
) -> Result<Json<CampaignView>, AdminError> {
    operations.change_campaign(id, CampaignAction::Pause).await.map(Json)
}

async fn resume(
    State(operations): State<Operations>,
    PathOf(id): PathOf<i64>,
) -> Result<Json<CampaignView>, AdminError> {
    operations.change_campaign(id, CampaignAction::Resume).await.map(Json)
}

async fn cancel(
    State(operations): State<Operations>,
    PathOf(id): PathOf<i64>,
) -> Result<Json<CampaignView>, AdminError> {
    operations.change_campaign(id, CampaignAction::Cancel).await.map(Json)
}

async fn all_scheduled(
    State(operations): State<Operations>,
    QueryOf(query): QueryOf<CampaignsQuery>,
) -> Result<Json<Vec<ScheduledStateView>>, AdminError> {
    operations.all_scheduled(&query).await.map(Json)
}

async fn scheduled(
    State(operations): State<Operations>,
    PathOf(id): PathOf<i64>,
) -> Result<Json<ScheduledStateView>, AdminError> {
    operations.scheduled(id).await.map(Json)
}

async fn cancel_scheduled(
    State(operations): State<Operations>,
    PathOf(id): PathOf<i64>,
) -> Result<Json<ScheduledStateView>, AdminError> {
    operations.cancel_scheduled(id).await.map(Json)
}
