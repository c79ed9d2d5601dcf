//! Shows users that an answer is being written.
//!
//! One task shows the typing indicator for all turns of the process. The first call for a message waits for a free connection. A repeated
//! call is left out if no connection is free.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{AbortHandle, Abortable};
use futures_util::stream::FuturesUnordered;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use waxwing_types::{MessageId, PhoneNumberId};

use crate::graph::Graph;
use crate::rate_limit::RateLimiter;
use crate::timer_queue::TimerQueue;

/// Shortest time between two calls for one turn. A shorter interval in the settings has no effect.
const MIN_INTERVAL: Duration = Duration::from_millis(100);

/// Number of concurrent calls. Each takes a connection.
const MAX_CONCURRENT: usize = 32;

/// A turn, by the order in which turns began.
type Key = u64;

/// Registry of the turns whose users see a typing indicator.
#[derive(Debug)]
pub(crate) struct TypingIndicator {
    interval: Duration,
    rate_limiter: Arc<RateLimiter>,
    state: Mutex<TypingTurns>,
    /// Notified when a turn shows the indicator for another message.
    changed: Notify,
}

#[derive(Debug, Default)]
struct TypingTurns {
    next_key: Key,
    turns: HashMap<Key, TypingTurn>,
    /// First calls.
    first: TimerQueue<Key>,
    /// Repeated calls.
    repeated: TimerQueue<Key>,
}

struct TypingTurn {
    number: PhoneNumberId,
    graph: Arc<dyn Graph>,
    message: Option<MessageId>,
    /// Aborts the call in progress: the indicator must not appear after the answer.
    call: Option<AbortHandle>,
}

/// Shows the typing indicator for one turn until it is dropped.
#[derive(Debug)]
#[must_use]
pub(crate) struct TypingGuard {
    indicator: Arc<TypingIndicator>,
    key: Key,
}

impl TypingIndicator {
    /// Creates a registry. The indicator is shown again every `interval`, since Meta hides it after 25 s.
    pub(crate) fn new(interval: Duration, rate_limiter: Arc<RateLimiter>) -> Self {
        let interval = interval.max(MIN_INTERVAL);
        Self { interval, rate_limiter, state: Mutex::default(), changed: Notify::new() }
    }

    /// Registers a turn. The indicator is not shown before [`TypingGuard::show`].
    pub(crate) fn register(self: &Arc<Self>, number: PhoneNumberId, graph: Arc<dyn Graph>) -> TypingGuard {
        let mut state = self.state();
        let key = state.next_key;
        state.next_key += 1;
        state.turns.insert(key, TypingTurn { number, graph, message: None, call: None });
        TypingGuard { indicator: self.clone(), key }
    }

    /// Makes calls until `stop` is cancelled.
    pub(crate) async fn run(&self, stop: CancellationToken) {
        let mut calls = FuturesUnordered::new();
        loop {
            let now = Instant::now();
            while let Some(call) = self.next_call(now, calls.len() < MAX_CONCURRENT) {
                calls.push(call);
            }
            let next = self.next_due(calls.len() < MAX_CONCURRENT);
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                Some(_) = calls.next() => {}
                () = self.changed.notified() => {}
                () = tokio::time::sleep_until(next.unwrap_or(now)), if next.is_some() => {}
            }
        }
    }

    /// Returns the next call that is due. Without a free connection, repeated calls are left out.
    ///
    /// No call is made while the circuit of the number is not closed. A failed call is only logged: the user gets the answer in any case.
    fn next_call(&self, now: Instant, is_free: bool) -> Option<Abortable<impl Future<Output = ()> + use<>>> {
        let mut state = self.state();
        loop {
            let first = if is_free { state.first.pop_due(now) } else { None };
            let key = first.or_else(|| state.repeated.pop_due(now))?;
            state.repeated.set(now + self.interval, key);
            let Some(turn) = state.turns.get_mut(&key) else { continue };
            let Some(message) = turn.message.clone() else { continue };
            if !is_free || !self.rate_limiter.is_circuit_closed(&turn.number) {
                continue;
            }
            let (handle, registration) = AbortHandle::new_pair();
            if let Some(earlier) = turn.call.replace(handle) {
                earlier.abort();
            }
            return Some(Abortable::new(show(turn.graph.clone(), message), registration));
        }
    }

    /// Returns when the next call is due that can be made, or left out.
    fn next_due(&self, is_free: bool) -> Option<Instant> {
        let state = self.state();
        let first = state.first.next_due().filter(|_| is_free);
        first.into_iter().chain(state.repeated.next_due()).min()
    }

    fn state(&self) -> MutexGuard<'_, TypingTurns> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn show(graph: Arc<dyn Graph>, message: MessageId) {
    if let Err(error) = graph.show_typing(&message).await {
        tracing::debug!(error = &error as &dyn std::error::Error, "typing indicator failed");
    }
}

impl TypingGuard {
    /// Marks `message` as read and shows the indicator at once, then again every interval. Replaces an earlier message of the turn.
    pub(crate) fn show(&self, message: &MessageId) {
        let mut state = self.indicator.state();
        let TypingTurns { turns, first, repeated, .. } = &mut *state;
        let Some(turn) = turns.get_mut(&self.key) else { return };
        if turn.message.as_ref() == Some(message) {
            return;
        }
        turn.message = Some(message.clone());
        if let Some(call) = turn.call.take() {
            call.abort();
        }
        repeated.remove(&self.key);
        first.set(Instant::now(), self.key);
        drop(state);
        self.indicator.changed.notify_one();
    }
}

impl Drop for TypingGuard {
    fn drop(&mut self) {
        let mut state = self.indicator.state();
        state.first.remove(&self.key);
        state.repeated.remove(&self.key);
        if let Some(TypingTurn { call: Some(call), .. }) = state.turns.remove(&self.key) {
            call.abort();
        }
    }
}

impl fmt::Debug for TypingTurn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypingTurn")
            .field("number", &self.number)
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}
