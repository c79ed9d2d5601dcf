//! Exclusive rights of one process to work on a conversation.

use std::time::Duration;

use crate::ids::ConversationId;

/// Exclusive right to work on a conversation.
///
/// The holder asked for the length of the lease when it claimed the conversation, and measures the length with its own clock from before
/// the claim. Every write names the epoch of the lease. A write fails with [`Error::LeaseLost`](crate::Error::LeaseLost) after another
/// process has claimed the conversation, and after the conversation was released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The conversation.
    pub conversation: ConversationId,
    /// Fencing token. A later claim of the conversation has a higher epoch.
    pub epoch: i64,
}

/// Exclusive right to send the first row of a conversation's send queue.
///
/// The length of the lease is [`SendPolicy::lease`](crate::SendPolicy::lease). The holder measures it with its own clock from before the
/// claim, and has no request in progress after the end of the lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendLease {
    /// The conversation.
    pub conversation: ConversationId,
    /// Fencing token. A later claim of the send queue has a higher epoch.
    pub epoch: i64,
}

/// Result of a claim.
#[derive(Debug)]
pub struct Claims<T> {
    /// Claimed work, longest due first.
    pub claimed: Vec<T>,
    /// Time until more work is due, as far as the store knows now: zero if the limit of the claim was reached, `None` if no work is
    /// scheduled. The end of a lease counts as due, because its holder may have crashed.
    pub next_due_in: Option<Duration>,
}
