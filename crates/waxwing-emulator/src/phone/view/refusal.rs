//! View of messages that did not arrive.

use serde_json::{Value, json};

use crate::rules::Rule;
use crate::rules::error;
use crate::timeline::TimelineEventKind;

/// Codes of limits: a message that is refused with one of them can be sent later.
const LIMITS: [u32; 4] = [4, 80_007, 130_429, 131_056];
/// Meta's page about error codes.
const ERROR_PAGE: &str = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes";

/// Returns the view of a refused message, or `None` if the call concerned no chat.
pub(super) fn refused(event: &TimelineEventKind) -> Option<Value> {
    let TimelineEventKind::Refused { user, group, code, http, rule, details } = event else { return None };
    if user.is_none() && group.is_none() {
        return None;
    }
    let is_limit = matches!(rule, Some(Rule::PairLimit | Rule::Throughput)) || LIMITS.contains(code);
    Some(json!({
        "kind": "refused",
        "chat": user.map(|user| user.0),
        "group": group,
        "code": code,
        "http": http,
        "error": error(*code),
        "details": details,
        "rule": rule.map(Rule::name),
        "by_fault": rule.is_none(),
        "is_limit": is_limit,
    }))
}

/// Returns the view of an error code. A dropped connection and a response without JSON have the code 0.
pub(super) fn error(code: u32) -> Value {
    json!({ "code": code, "title": error::title(code), "link": ERROR_PAGE })
}
