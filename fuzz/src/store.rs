//! Fuzz target of the SQLite store.

use waxwing_store_contract::model::{Operation, RecordedOutcome, check_model};

/// Most operations of one input. More take too long for a fuzzer, and find no more.
const MAX_OPERATIONS: usize = 60;

/// Runs a sequence of operations, three bytes each, on the store and on its model.
///
/// # Panics
///
/// If the store does not do what the model does.
pub fn run(input: &[u8]) {
    let operations: Vec<_> = input.chunks_exact(3).take(MAX_OPERATIONS).map(operation).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime without drivers starts");
    runtime.block_on(check_model(operations));
}

/// Reads an operation. A pick counts from the newest claim.
fn operation(bytes: &[u8]) -> Operation {
    let (kind, pick, more) = (bytes[0], usize::from(bytes[1] % 8), bytes[2]);
    let is_odd = more & 1 == 1;
    match kind % 12 {
        0 => Operation::Accept { user: bytes[1] % 3, id: more % 40 },
        1 => Operation::ClaimTurns { limit: 1 + pick % 3 },
        2 => Operation::Commit { turn: pick, replies: more >> 1 & 3, send: is_odd },
        3 => Operation::Release { turn: pick, seconds: u64::from(more >> 1) % 60, failed: is_odd },
        4 => Operation::ClaimSends,
        5 => Operation::RecordOutcome { send: pick, outcome: outcome(more), seconds: u64::from(more >> 3) % 20 },
        6 => Operation::Status { send: pick, failed: is_odd, fallback: more & 2 != 0 },
        7 => Operation::Requeue { send: pick },
        8 => Operation::Pass { seconds: 1 + u64::from(more) % 40 },
        9 => Operation::ApplyRetention,
        10 => Operation::ReleaseInOutage { turn: pick, seconds: u64::from(more) % 60 },
        _ => Operation::Reopen,
    }
}

fn outcome(byte: u8) -> RecordedOutcome {
    match byte % 10 {
        0..=2 => RecordedOutcome::Accepted,
        3 => RecordedOutcome::Retry,
        4 => RecordedOutcome::RetryUncounted,
        5 => RecordedOutcome::DeadLetter,
        6 => RecordedOutcome::InDoubt,
        7 => RecordedOutcome::NotAttempted,
        8 => RecordedOutcome::Refused,
        _ => RecordedOutcome::RefusedWithFallback,
    }
}
