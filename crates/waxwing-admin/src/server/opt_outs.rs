//! Endpoint that lists users who want no marketing messages.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;

use super::parameters::QueryOf;
use crate::error::AdminError;
use crate::operations::Operations;
use crate::page::page_size;
use crate::views::opt_out::OptOutsView;

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
    QueryOf(PageQuery { after, limit }): QueryOf<PageQuery>,
) -> Result<Json<OptOutsView>, AdminError> {
    operations.opt_outs(after.as_deref(), page_size(limit)?).await.map(Json)
}
