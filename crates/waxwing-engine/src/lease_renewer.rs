//! Renews the leases of running turns.
//!
//! One task renews the leases of all turns of the process, so a turn costs a table entry and no task of its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{AbortHandle, Abortable};
use futures_util::stream::FuturesUnordered;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use waxwing_metrics::{Metric, Metrics};
use waxwing_store::{ConversationId, Error, Lease, TurnStore};

use crate::timer_queue::TimerQueue;

/// A lease is renewed when this part of its length has passed.
const RENEWALS_PER_LEASE: u32 = 3;

/// A turn is cancelled when its lease cannot be renewed and this part of the lease is left, since another process may claim the
/// conversation when the lease ends.
const CANCEL_MARGIN: u32 = 30;

/// Number of concurrent renewals. The store commits concurrent renewals together.
const MAX_CONCURRENT: usize = 64;

/// A turn, by its conversation and the epoch of its lease.
type Key = (ConversationId, i64);

/// Registry of the leases that the process holds.
#[derive(Debug)]
pub(crate) struct LeaseRenewer {
    store: Arc<dyn TurnStore>,
    length: Duration,
    metrics: Metrics,
    state: Mutex<HeldLeases>,
    /// Notified when a lease is added.
    added: Notify,
}

#[derive(Debug, Default)]
struct HeldLeases {
    leases: HashMap<Key, HeldLease>,
    due: TimerQueue<Key>,
}

#[derive(Debug)]
struct HeldLease {
    lease: Lease,
    /// Not later than the end of the lease.
    until: Instant,
    /// Cancels the turn that runs under the lease.
    turn: CancellationToken,
    /// Aborts the renewal in progress: a lease needs no renewal once its turn has ended.
    renewal: Option<AbortHandle>,
}

/// Keeps a lease renewed until it is dropped.
#[derive(Debug)]
#[must_use]
pub(crate) struct LeaseGuard {
    renewer: Arc<LeaseRenewer>,
    key: Key,
}

impl LeaseRenewer {
    /// Creates a registry. `length` is the length of a lease. Lost leases are counted in `metrics`.
    pub(crate) fn new(store: Arc<dyn TurnStore>, length: Duration, metrics: Metrics) -> Self {
        Self { store, length, metrics, state: Mutex::default(), added: Notify::new() }
    }

    /// Renews `lease`, which was claimed at `claimed_at` or later, until the guard is dropped. Cancels `turn` if the lease is lost.
    pub(crate) fn hold(self: &Arc<Self>, lease: &Lease, claimed_at: Instant, turn: &CancellationToken) -> LeaseGuard {
        let key = (lease.conversation, lease.epoch);
        let mut state = self.state();
        // The lease of an earlier turn can end while its turn goes on: after a change of the clock, or while the machine slept.
        if let Some(earlier) = state.leases.get(&(lease.conversation, lease.epoch - 1)) {
            self.lose(earlier);
        }
        let until = claimed_at + self.length;
        let held = HeldLease { lease: lease.clone(), until, turn: turn.clone(), renewal: None };
        state.leases.insert(key, held);
        state.due.set(Instant::now() + self.length / RENEWALS_PER_LEASE, key);
        drop(state);
        self.added.notify_one();
        LeaseGuard { renewer: self.clone(), key }
    }

    /// Cancels the turns of these conversations, whose leases were revoked.
    pub(crate) fn cancel_turns(&self, conversations: &[ConversationId]) {
        let state = self.state();
        let revoked = state.leases.iter().filter(|((conversation, _), _)| conversations.contains(conversation));
        revoked.for_each(|(_, held)| held.turn.cancel());
    }

    /// Renews leases until `stop` is cancelled.
    pub(crate) async fn run(&self, stop: CancellationToken) {
        let mut renewals = FuturesUnordered::new();
        loop {
            let now = Instant::now();
            while renewals.len() < MAX_CONCURRENT
                && let Some(renewal) = self.next_renewal(now)
            {
                renewals.push(renewal);
            }
            let next = self.state().due.next_due().filter(|_| renewals.len() < MAX_CONCURRENT);
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                Some(_) = renewals.next() => {}
                () = self.added.notified() => {}
                () = tokio::time::sleep_until(next.unwrap_or(now)), if next.is_some() => {}
            }
        }
    }

    /// Returns the renewal of the next lease that is due.
    fn next_renewal(&self, now: Instant) -> Option<Abortable<impl Future<Output = ()>>> {
        let mut state = self.state();
        let key = state.due.pop_due(now)?;
        let held = state.leases.get_mut(&key)?;
        let (handle, registration) = AbortHandle::new_pair();
        held.renewal = Some(handle);
        Some(Abortable::new(self.renew(key, held.lease.clone()), registration))
    }

    async fn renew(&self, key: Key, lease: Lease) {
        let started_at = Instant::now();
        let result = self.store.renew_lease(&lease, self.length).await;
        let mut state = self.state();
        // The turn may have ended during the renewal.
        let Some(held) = state.leases.get_mut(&key) else { return };
        let usual = self.length / RENEWALS_PER_LEASE;
        let wait = match result {
            Ok(()) => {
                held.until = started_at + self.length;
                usual
            }
            Err(Error::LeaseLost) => return self.lose(held),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "lease renewal failed");
                let left =
                    held.until.saturating_duration_since(Instant::now()).saturating_sub(self.length / CANCEL_MARGIN);
                if left.is_zero() {
                    return self.lose(held);
                }
                left.min(usual)
            }
        };
        state.due.set(Instant::now() + wait, key);
    }

    /// Cancels the turn of a lease that is lost.
    fn lose(&self, held: &HeldLease) {
        self.metrics.increment(Metric::LostLeases, []);
        held.turn.cancel();
    }

    fn state(&self) -> MutexGuard<'_, HeldLeases> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for LeaseGuard {
    fn drop(&mut self) {
        let mut state = self.renewer.state();
        state.due.remove(&self.key);
        if let Some(HeldLease { renewal: Some(renewal), .. }) = state.leases.remove(&self.key) {
            renewal.abort();
        }
    }
}
