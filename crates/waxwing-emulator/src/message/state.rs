//! Delivery state of a chat message.

use serde::{Deserialize, Serialize};

/// Delivery state of a message. A later state implies the earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// A message of the business was answered with 200. A message of the user waits for its webhook.
    Accepted,
    /// A message of the business has been sent.
    Sent,
    /// A message of the business is on the phone. The webhook of a user's message was acknowledged with 200.
    Delivered,
    /// The recipient has read the message.
    Read,
    /// The user has played the voice note of the business.
    Played,
    /// Delivery failed after the message was accepted.
    Failed {
        /// Meta's error code.
        code: u32,
    },
}

impl DeliveryState {
    /// Returns Meta's word for the state in a status webhook.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
            Self::Failed { .. } => "failed",
        }
    }
}
