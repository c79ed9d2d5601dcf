//! Paging of lists.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde_json::{Value, json};

use super::origin::graph_origin;
use super::parameters;
use crate::rules::{GraphError, Rule};
use crate::shared::Shared;

/// Default number of items on a page.
const DEFAULT_LIMIT: usize = 25;
/// Maximum number of items on a page.
const MAX_LIMIT: usize = 1_000;
/// Prefix of cursors, which makes them opaque.
const CURSOR_PREFIX: &str = "QVFI";

/// Requested page of a list.
#[derive(Debug, Default)]
pub(super) struct PageRequest {
    limit: Option<usize>,
    after: Option<String>,
    /// URL of the request without a cursor or a token.
    url: String,
}

impl PageRequest {
    /// Returns the request with fewer items on a page.
    pub(super) fn at_most(self, most: usize) -> Self {
        Self { limit: Some(self.limit.unwrap_or(DEFAULT_LIMIT).min(most)), ..self }
    }
}

impl FromRequestParts<Arc<Shared>> for PageRequest {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Infallible> {
        let mut query = parameters::query(&parts.uri);
        let after = query.remove("after");
        let kept = parts.uri.query().unwrap_or_default().split('&').filter(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            !pair.is_empty() && name != "after" && name != "access_token"
        });
        let kept: Vec<_> = kept.collect();
        let origin = graph_origin(&shared.world());
        let url = format!("{origin}{}?{}", parts.uri.path(), kept.join("&"));
        Ok(Self { limit: query.get("limit").and_then(|limit| limit.parse().ok()), after, url })
    }
}

/// Returns one page of a list, with its cursors. `next` is the URL of the following page, if there is one.
pub(super) fn page(items: &[Value], request: &PageRequest) -> Result<Value, GraphError> {
    let start = match request.after.as_deref() {
        None | Some("") => 0,
        Some(cursor) => cursor
            .strip_prefix(CURSOR_PREFIX)
            .and_then(|number| number.parse().ok())
            .ok_or_else(|| GraphError::with_details(Rule::Cursor, "after: is not a cursor of this list"))?,
    };
    let rest = items.get(start..).unwrap_or_default();
    let shown = &rest[..rest.len().min(request.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT))];
    let mut response = json!({ "data": shown });
    if !shown.is_empty() {
        let end = start + shown.len();
        response["paging"]["cursors"] =
            json!({ "before": format!("{CURSOR_PREFIX}{start}"), "after": format!("{CURSOR_PREFIX}{end}") });
        if end < items.len() {
            let separator = if request.url.ends_with('?') { "" } else { "&" };
            response["paging"]["next"] = format!("{}{separator}after={CURSOR_PREFIX}{end}", request.url).into();
        }
    }
    Ok(response)
}
