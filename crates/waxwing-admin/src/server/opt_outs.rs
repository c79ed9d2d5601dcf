//! Endpoint that lists users who want no marketing messages.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;

use crate::error::AdminError;
use crate::operations::Operations;
use crate::views::opt_out::OptOutsView;

/// Number of users in a page, unless a request states it.
const PAGE: usize = 100;

/// Largest number of users in a page.
const MAX_PAGE: usize = 1000;

/// Parameters of a page. The key of a conversation says nothing about its user, so it can stand in a URL.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PageQuery {
    after: Option<String>,
    limit: Option<usize>,
}

pub(crate) fn routes() -> Router<Operations> {
    Router::new().route("/v1/opt-outs", get(list))
}

async fn list(
    State(operations): State<Operations>,
    query: Result<Query<PageQuery>, QueryRejection>,
) -> Result<Json<OptOutsView>, AdminError> {
    let Query(PageQuery { after, limit }) = query.map_err(|error| AdminError::Request(error.body_text()))?;
    let limit = limit.unwrap_or(PAGE);
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(AdminError::Request(format!("limit must be between 1 and {MAX_PAGE}")));
    }
    operations.opt_outs(after.as_deref(), limit).await.map(Json)
}
