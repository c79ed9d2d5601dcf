//! Answer to a request for permission to call.

use crate::json::JsonObject;

/// Answer of a user whom the business asked for permission to call.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/calling/user-call-permissions>
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallPermissionReply {
    /// Meta's name of the answer: `accept` or `reject`.
    pub response: String,
    /// Whether the permission has no end.
    pub is_permanent: bool,
    /// End of the permission, in seconds since 1970.
    pub expires_at: Option<i64>,
    /// Meta's name of the reason, such as `user_action` or `automatic`.
    pub source: Option<String>,
}

impl CallPermissionReply {
    pub(super) fn read(reply: &JsonObject<'_>) -> Option<Self> {
        Some(Self {
            response: reply.keyword("response")?,
            is_permanent: reply.is_true("is_permanent"),
            expires_at: reply.integer("expiration_timestamp"),
            source: reply.keyword("response_source"),
        })
    }
}
