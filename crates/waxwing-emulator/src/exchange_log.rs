//! Log of the HTTP exchanges with the server under test.

mod body;
mod exchange;
mod filter;
mod headers;
mod json_match;
pub(crate) mod redaction;
pub(crate) mod view;

pub(crate) use body::{MAX_BODY, RecordedBody};
pub use exchange::{Exchange, ExchangeKind};
pub(crate) use exchange::{ExchangeOutcome, ExchangeRequest, ExchangeResponse, Recorded};
pub use filter::ExchangeFilter;
pub(crate) use headers::RecordedHeaders;

use std::sync::Arc;

use crate::bounded_log::BoundedLog;

/// Maximum number of exchanges in the log.
pub(crate) const MAX_EXCHANGES: usize = 5_000;
/// Maximum size of all exchanges in the log, in bytes.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Size of the bodies from which on one answer takes no further exchange, in bytes.
const MAX_MATCHED_BYTES: usize = 4 * 1024 * 1024;

/// Log of exchanges. A load test fills it, so an entry is stored as bytes and read only when a reader asks for it.
pub(crate) type ExchangeLog = BoundedLog<Exchange>;

/// Returns an empty log.
pub(crate) fn exchange_log() -> ExchangeLog {
    BoundedLog::new(MAX_EXCHANGES, MAX_BYTES)
}

/// Exchanges that match, with the sequence number after which the next search begins.
#[derive(Debug)]
pub(crate) struct Matches {
    pub(crate) exchanges: Vec<Arc<Exchange>>,
    pub(crate) next: u64,
}

/// Returns the exchanges after a sequence number that match, at most `limit`.
pub(crate) fn matching(log: &ExchangeLog, after: u64, limit: usize, matches: impl Fn(&Exchange) -> bool) -> Matches {
    let mut found = Matches { exchanges: Vec::new(), next: after };
    let mut bytes = 0;
    for (seq, exchange) in log.after(after, usize::MAX) {
        if found.exchanges.len() == limit || bytes > MAX_MATCHED_BYTES {
            break;
        }
        found.next = seq;
        if matches(&exchange) {
            bytes += exchange.request_body().len() + exchange.response_body().len();
            found.exchanges.push(exchange);
        }
    }
    found
}

/// Waits until an exchange after a sequence number matches. Returns the matches until then, at most `limit`.
pub(crate) async fn wait_for(
    log: &ExchangeLog,
    mut after: u64,
    limit: usize,
    matches: impl Fn(&Exchange) -> bool,
) -> Matches {
    let mut changes = log.changes();
    loop {
        changes.mark_unchanged();
        let found = matching(log, after, limit, &matches);
        if !found.exchanges.is_empty() {
            return found;
        }
        after = found.next;
        if changes.changed().await.is_err() {
            // Unreachable: the log holds the sender.
            std::future::pending::<()>().await;
        }
    }
}
