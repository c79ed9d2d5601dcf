//! The block list.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/block-users>

use std::time::SystemTime;

use serde_json::Value;

use super::address::{self, Address, To};
use super::window::LENGTH;
use super::{GraphError, Part, Rule, Rules};

/// Reads who is to be blocked or unblocked.
pub(crate) fn check(body: &Value, rules: &Rules) -> Result<Vec<Address>, GraphError> {
    let body = Part::body(body, rules)?;
    body.word("messaging_product", &["whatsapp"])?;
    body.required_parts("block_users", Rule::BlockBatch)?.iter().map(user).collect()
}

/// Users who wrote within 24 hours can be blocked.
pub(crate) fn check_window(last_wrote: Option<SystemTime>, now: SystemTime) -> Result<(), GraphError> {
    let recent = last_wrote.is_some_and(|at| now.duration_since(at).unwrap_or_default() < LENGTH);
    let why = "only users who wrote in the last 24 hours can be blocked";
    if recent { Ok(()) } else { Err(GraphError::because(Rule::BlockWindow, why)) }
}

/// What is said of the whole request when some of its users failed.
pub(crate) fn partly_failed() -> GraphError {
    GraphError::because(Rule::BlockFailed, "see block_users.failed_users for each user")
}

fn user(user: &Part<'_>) -> Result<Address, GraphError> {
    let (key, to) = if user.has("user_id") {
        let id = user.required("user_id")?;
        ("user_id", address::is_bsuid(id).then(|| To::Bsuid(id.to_owned())))
    } else {
        ("user", address::phone_digits(user.required("user")?).map(To::Phone))
    };
    let input = user.required(key)?.to_owned();
    let to = to.ok_or_else(|| user.broken(Rule::Address, key, "is no user"))?;
    Ok(Address { to, input })
}
