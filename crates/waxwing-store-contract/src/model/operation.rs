//! Operations on a store.

use std::time::Duration;

use waxwing_store::{SendError, SendOutcome};
use waxwing_types::MessageId;

/// One operation. `turn` and `send` count from the newest claim; an operation whose claim does not exist does nothing.
#[derive(Debug, Clone, Copy)]
pub enum Operation {
    /// A user sends a message with this id, perhaps a second time.
    Accept {
        /// Number of the user.
        user: u8,
        /// Number of the message.
        id: u8,
    },
    /// The dispatcher claims at most `limit` conversations.
    ClaimTurns {
        /// Number of conversations.
        limit: usize,
    },
    /// The holder of a turn commits replies.
    Commit {
        /// Claim of the turn.
        turn: usize,
        /// Number of replies.
        replies: u8,
        /// Whether the commit starts the first send.
        send: bool,
    },
    /// The holder of a turn gives up the lease.
    Release {
        /// Claim of the turn.
        turn: usize,
        /// Delay until the turn is due again.
        seconds: u64,
        /// Whether the run failed.
        failed: bool,
    },
    /// The holder of a turn gives up the lease because the agent cannot work.
    ReleaseInOutage {
        /// Claim of the turn.
        turn: usize,
        /// Delay until the turn is due again.
        seconds: u64,
    },
    /// The sender claims all send queues that are due.
    ClaimSends,
    /// The sender records the outcome of an attempt.
    RecordOutcome {
        /// Claim of the attempt.
        send: usize,
        /// The outcome.
        outcome: RecordedOutcome,
        /// Delay of a retry.
        seconds: u64,
    },
    /// Meta reports a status of an attempt.
    Status {
        /// Claim of the attempt.
        send: usize,
        /// Whether the message failed.
        failed: bool,
        /// Whether the reason of the failure allows a fallback.
        fallback: bool,
    },
    /// An operator requeues the message of an attempt.
    Requeue {
        /// Claim of the attempt.
        send: usize,
    },
    /// Time passes.
    Pass {
        /// Length of the time.
        seconds: u64,
    },
    /// Finished data is removed.
    ApplyRetention,
    /// The process ends without a word, and another opens the database.
    Reopen,
}

/// Outcome of an attempt.
#[derive(Debug, Clone, Copy)]
pub enum RecordedOutcome {
    /// Meta accepted the message.
    Accepted,
    /// Another attempt follows.
    Retry,
    /// Another attempt follows, and this one does not count.
    RetryUncounted,
    /// Meta refused the message itself.
    Refused,
    /// Meta refused the message itself, for a reason that allows a fallback.
    RefusedWithFallback,
    /// No attempt follows.
    DeadLetter,
    /// Meta may have accepted the message.
    InDoubt,
    /// No request was made.
    NotAttempted,
}

impl RecordedOutcome {
    /// Returns the outcome as the store gets it, with the message id of an acceptance and the delay of a retry.
    pub(super) fn outcome(self, message: &str, after: Duration) -> SendOutcome {
        let error = SendError { code: None, message: "chosen by the test".into() };
        match self {
            Self::Accepted => SendOutcome::Accepted(MessageId::new(message)),
            Self::Retry => SendOutcome::Retry { after, error },
            Self::RetryUncounted => SendOutcome::RetryUncounted { after, error },
            Self::Refused => SendOutcome::Refused { error, use_fallback: false },
            Self::RefusedWithFallback => SendOutcome::Refused { error, use_fallback: true },
            Self::DeadLetter => SendOutcome::DeadLetter { error, use_fallback: false },
            Self::InDoubt => SendOutcome::InDoubt(error),
            Self::NotAttempted => SendOutcome::NotAttempted { after },
        }
    }
}
