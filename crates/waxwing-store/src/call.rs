//! Calls of users.

use std::fmt;

use bytes::Bytes;
use waxwing_types::{CallId, OutboundContent, PhoneNumberId, UserProfile};

use crate::log::NewLogEntry;
use crate::redact;

/// A call of a user, which opens the service window. `Debug` output contains no ids of users and no content.
///
/// A call is a duplicate if its business number and id are known.
#[derive(Clone)]
pub struct IncomingCall {
    /// The business number that is called.
    pub number: PhoneNumberId,
    /// Meta's id of the call.
    pub id: CallId,
    /// The user who calls.
    pub user: UserProfile,
    /// Time of the call according to Meta, in seconds since the Unix epoch.
    pub at: i64,
    /// Message to the user, with its entry of the conversation log. The message is queued once for each call, unless another app owns the
    /// conversation.
    pub message: Option<(OutboundContent, NewLogEntry)>,
    /// JSON of the call, as received. Quarantined if the call cannot be stored.
    pub body: Bytes,
}

impl fmt::Debug for IncomingCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IncomingCall")
            .field("number", &self.number)
            .field("at", &self.at)
            .field("message", &self.message.as_ref().map(|(content, _)| content.kind()))
            .field("body", &redact::length(&self.body))
            .finish_non_exhaustive()
    }
}
