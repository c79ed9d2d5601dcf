//! Conversations that several apps share.

use std::fmt;

use bytes::Bytes;
use waxwing_types::{PhoneNumberId, UserProfile};

use crate::log::{NewLogEntry, Origin};
use crate::redact;

/// A change of the owner of a conversation. `Debug` output contains no ids of users and no content.
///
/// If the conversation comes to this business, the service window is open for a day after the newest message of the user, in standby or not.
///
/// A change is a duplicate if its bytes are known. A change that is older than the last sign of an owner is dropped. Such signs are changes,
/// standby messages, and messages of the user outside of standby.
#[derive(Clone)]
pub struct ThreadChange {
    /// Business number.
    pub number: PhoneNumberId,
    /// User of the conversation.
    pub user: UserProfile,
    /// Whether another app owns the conversation from now on.
    pub to_other_app: bool,
    /// Whether the change ends a human handoff, because the handoff had given the conversation to the other app.
    pub ends_handoff: bool,
    /// Time of the change according to Meta, in seconds since the Unix epoch.
    pub at: i64,
    /// Entry of the conversation log.
    pub log: NewLogEntry,
    /// Item for the turn that handles the change: its origin, a key that is different from all messages and runs, and its data.
    pub item: (Origin, String, Bytes),
    /// JSON of the change, as received. Used to drop duplicates and not stored.
    pub body: Bytes,
}

impl fmt::Debug for ThreadChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadChange")
            .field("number", &self.number)
            .field("to_other_app", &self.to_other_app)
            .field("ends_handoff", &self.ends_handoff)
            .field("at", &self.at)
            .field("body", &redact::length(&self.body))
            .finish_non_exhaustive()
    }
}
