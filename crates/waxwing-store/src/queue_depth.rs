//! Lengths of the queues of a store.

use std::time::Duration;

use waxwing_types::PhoneNumberId;

use crate::outbox::OutboxState;

/// The messages of one business number that wait, for a monitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueDepth {
    /// The business number.
    pub number: PhoneNumberId,
    /// Received messages that have no outcome: they wait for a turn, or a turn handles them.
    pub pending: u64,
    /// How long the oldest turn has been due; zero if none is due.
    pub turn_due_for: Duration,
    /// Messages in each of the [`STATES`](Self::STATES).
    pub outbox: Vec<(OutboxState, u64)>,
    /// How long the oldest send has been due; zero if none is due. Messages of campaigns do not count, because they wait on purpose.
    pub send_due_for: Duration,
}

impl QueueDepth {
    /// States of the outbox that are counted: those of messages that Meta has not accepted, or has not delivered.
    pub const STATES: [OutboxState; 6] = [
        OutboxState::Queued,
        OutboxState::Sending,
        OutboxState::InDoubt,
        OutboxState::Parked,
        OutboxState::Failed,
        OutboxState::DeadLetter,
    ];

    /// Largest number of messages of all numbers that are counted in the inbox, and in each state of the outbox. A count of very long queues would
    /// take long.
    pub const MAX_COUNTED: u32 = 100_000;

    /// Creates the depth of empty queues.
    pub fn empty(number: PhoneNumberId) -> Self {
        let outbox = Self::STATES.map(|state| (state, 0)).to_vec();
        Self { number, pending: 0, turn_due_for: Duration::ZERO, outbox, send_due_for: Duration::ZERO }
    }
}
