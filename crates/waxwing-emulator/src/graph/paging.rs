//! Paging of lists.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::rules::{GraphError, Rule};

/// Default number of items on a page.
const DEFAULT_LIMIT: usize = 25;
/// Maximum number of items on a page.
const MAX_LIMIT: usize = 1_000;
/// Prefix of cursors, which makes them opaque.
const CURSOR_PREFIX: &str = "QVFI";

/// Requested page of a list.
#[derive(Debug, Default, Deserialize)]
pub(super) struct PageRequest {
    limit: Option<usize>,
    after: Option<String>,
}

/// Returns one page of a list, with its cursors.
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
    }
    Ok(response)
}
