//! Block list.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/block-users>

use std::time::SystemTime;

use serde_json::Value;

use super::address::{self, Recipient, RecipientAddress};
use super::window::LENGTH;
use super::{GraphError, RequestObject, Rule, Rules};

/// Reads the users to block or unblock.
pub(crate) fn check(body: Value, rules: &Rules) -> Result<Vec<RecipientAddress>, GraphError> {
    let users = RequestObject::read(body, &["messaging_product", "block_users"], rules, |body| {
        body.one_of("messaging_product", &["whatsapp"])?;
        let users = body.required_objects("block_users", &["user", "user_id"], Rule::BlockBatch)?;
        users.iter().map(user).collect::<Result<_, _>>()
    });
    users.map(|(users, _)| users)
}

/// Checks that the user wrote within the last 24 hours. Only such users can be blocked.
pub(crate) fn check_window(last_wrote: Option<SystemTime>, now: SystemTime) -> Result<(), GraphError> {
    let recent = last_wrote.is_some_and(|at| now.duration_since(at).unwrap_or_default() < LENGTH);
    let why = "only users who wrote in the last 24 hours can be blocked";
    if recent { Ok(()) } else { Err(GraphError::with_details(Rule::BlockWindow, why)) }
}

/// Returns the error of a request in which some users could not be blocked or unblocked.
pub(crate) fn partly_failed() -> GraphError {
    GraphError::with_details(Rule::BlockFailed, "see block_users.failed_users for each user")
}

fn user(user: &RequestObject<'_>) -> Result<RecipientAddress, GraphError> {
    let (key, to) = if user.has("user_id") {
        let id = user.required("user_id")?;
        ("user_id", address::is_bsuid(id).then(|| Recipient::Bsuid(id.to_owned())))
    } else {
        ("user", address::phone_digits(user.required("user")?).map(Recipient::Phone))
    };
    let input = user.required(key)?.to_owned();
    let to =
        to.ok_or_else(|| user.violates(Rule::Address, key, "is not a phone number or a business-scoped user id"))?;
    Ok(RecipientAddress { recipient: to, input })
}
