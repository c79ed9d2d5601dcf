//! User of a conversation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::debug_without_content;

/// User, as the sender of a message.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "User")]
#[non_exhaustive]
pub struct WireUser {
    /// Phone number in digits with country code, or the business-scoped user id if the phone number is hidden. A label, not a key: it stays
    /// the same within a session.
    pub id: String,
    /// Name in the user's profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Phone number in digits with country code. Absent if the user hides it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Business-scoped user id. It changes with the user's phone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bsuid: Option<String>,
    /// Business-scoped user id over linked portfolios of the business.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_bsuid: Option<String>,
    /// Public handle. Users can change it at any time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}

debug_without_content! {
    WireUser {}
}
