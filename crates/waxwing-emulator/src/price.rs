//! Price of a message of the business.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::{ids, unix_time};

/// Time for which a conversation lasts.
const CONVERSATION: Duration = Duration::from_hours(24);

/// Price of a message, as its statuses report it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Price {
    /// Price category, such as `utility`.
    pub(crate) category: String,
    /// Whether the message is free because the user came from an ad.
    pub(crate) is_free_entry: bool,
    /// Conversation of the message. `None` in a group.
    pub(crate) conversation: Option<Conversation>,
}

/// Conversation: the messages of one category to one user within 24 hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Conversation {
    pub(crate) id: String,
    #[serde(with = "unix_time")]
    pub(crate) ends: SystemTime,
}

impl Conversation {
    /// Returns a conversation that starts now. `key` identifies the number, the user and the category.
    pub(crate) fn start(key: &str, now: SystemTime) -> Self {
        let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let id = ids::digest(&[b"conversation", key.as_bytes(), &since.as_millis().to_be_bytes()]);
        Self { id: hex::encode(&id[..16]), ends: now + CONVERSATION }
    }
}
