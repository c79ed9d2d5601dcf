//! Username of a business.
//!
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids>

use std::ops::RangeInclusive;

use serde_json::Value;

use super::{GraphError, RequestObject, Rule, Rules};

/// Number of characters of a username.
const LENGTH: RangeInclusive<usize> = 3..=35;

/// Request for a username.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UsernameRequest {
    pub(crate) username: String,
    /// Whether another number of the account loses the username.
    pub(crate) takes_over: bool,
}

/// Checks a request for a username.
pub(crate) fn check(body: Value, rules: &Rules) -> Result<UsernameRequest, GraphError> {
    let keys = &["username", "transfer_action", "messaging_product"];
    let check = |body: &RequestObject<'_>| {
        let username = body.required("username")?;
        let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'.' || byte == b'_';
        if !LENGTH.contains(&username.len()) || !username.bytes().all(is_part) {
            let why = "must have 3 to 35 lower-case letters, digits, dots and underscores";
            return Err(body.violates(Rule::Username, "username", why));
        }
        let takes_over = body.has("transfer_action")
            && body.one_of("transfer_action", &["none", "force_transfer"])? == "force_transfer";
        Ok(UsernameRequest { username: username.to_owned(), takes_over })
    };
    RequestObject::read(body, keys, rules, check).map(|(request, _)| request)
}
