//! What goes on beside the turns: their leases are renewed, and users see that an answer is being written.
//!
//! One task does this for all turns of the process, so that a run costs an entry here and no task of its own. It does so many things at
//! once and no more: a renewal of a lease waits for a place, and so does the first sign to a user, while a renewal of that sign which finds
//! no place is left out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{AbortHandle, Abortable};
use futures_util::stream::FuturesUnordered;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use waxwing_store::{ConversationId, Error, Lease};
use waxwing_types::{MessageId, PhoneNumberId};

use crate::engine::{Route, Shared};
use crate::timer_queue::TimerQueue;

/// Whatever the settings say, Meta is not asked more often than this.
const SHORTEST_RENEWAL: Duration = Duration::from_millis(100);

/// A run whose lease cannot be renewed is given up when this part of the lease is left.
const MARGIN: u32 = 30;

/// How many leases are renewed at once. The store commits them together.
const RENEWALS: usize = 64;

/// How many users are shown at once that an answer is being written: each takes a connection.
const SIGNS: usize = 32;

/// A turn, by its conversation and the epoch of its lease.
type Key = (ConversationId, i64);

/// The turns that are watched over.
#[derive(Debug, Default)]
pub(crate) struct Vigils {
    state: Mutex<State>,
    /// Told when there is something new to do.
    news: Notify,
}

#[derive(Debug, Default)]
struct State {
    turns: HashMap<Key, Watched>,
    renewals: TimerQueue<Key>,
    /// Signs that were not shown yet.
    signs: TimerQueue<Key>,
    /// Signs that are to be shown again.
    signs_again: TimerQueue<Key>,
}

#[derive(Debug)]
struct Watched {
    lease: Lease,
    until: Instant,
    run: CancellationToken,
    /// Ends the renewal that is under way: once the turn is over there is no lease to renew.
    renewal: Option<AbortHandle>,
    sign: Option<Sign>,
}

/// The sign that an answer is being written.
#[derive(Debug)]
struct Sign {
    number: PhoneNumberId,
    message: MessageId,
    /// Ends the call that is under way: it must not come after the answer.
    call: Option<AbortHandle>,
}

/// Lasts as long as it is kept.
#[derive(Debug)]
pub(crate) struct Vigil {
    shared: Arc<Shared>,
    key: Key,
}

impl Vigil {
    /// Keeps `lease`, which was claimed at `claimed_at` or later, and cancels `run` if that fails.
    pub(crate) fn keep(shared: &Arc<Shared>, lease: &Lease, claimed_at: Instant, run: &CancellationToken) -> Self {
        let key = (lease.conversation, lease.epoch);
        let mut state = shared.vigils.state();
        // A clock that was set, or a machine that slept, may have ended the lease of a run that goes on.
        if let Some(earlier) = state.turns.get(&(lease.conversation, lease.epoch - 1)) {
            earlier.run.cancel();
        }
        let (lease, run) = (lease.clone(), run.clone());
        let until = claimed_at + shared.settings.lease;
        state.turns.insert(key, Watched { lease, until, run, renewal: None, sign: None });
        state.renewals.put(Instant::now() + shared.settings.lease / 3, key);
        drop(state);
        shared.vigils.news.notify_one();
        Self { shared: shared.clone(), key }
    }

    /// Marks a message as read at once, shows that an answer is being written, and renews that; from now on for this message.
    pub(crate) fn show_typing(&mut self, shared: &Shared, route: &Route, message: &MessageId) {
        let mut state = shared.vigils.state();
        let State { turns, signs, signs_again, .. } = &mut *state;
        let Some(turn) = turns.get_mut(&self.key) else { return };
        if turn.sign.as_ref().is_some_and(|sign| sign.message == *message) {
            return;
        }
        let sign = Sign { number: route.number.clone(), message: message.clone(), call: None };
        if let Some(call) = turn.sign.replace(sign).and_then(|earlier| earlier.call) {
            call.abort();
        }
        signs_again.remove(&self.key);
        signs.put(Instant::now(), self.key);
        drop(state);
        shared.vigils.news.notify_one();
    }
}

impl Drop for Vigil {
    fn drop(&mut self) {
        let turn = self.shared.vigils.state().forget(&self.key);
        let Some(Watched { renewal, sign, .. }) = turn else { return };
        for call in [renewal, sign.and_then(|sign| sign.call)].into_iter().flatten() {
            call.abort();
        }
    }
}

/// Watches over all turns until it is told to stop.
pub(crate) async fn watch(shared: Arc<Shared>, stop: CancellationToken) {
    let (mut renewals, mut signs) = (FuturesUnordered::new(), FuturesUnordered::new());
    loop {
        let now = Instant::now();
        while renewals.len() < RENEWALS
            && let Some(renewal) = shared.next_renewal(now)
        {
            renewals.push(renewal);
        }
        while let Some(call) = shared.next_sign(now, signs.len() < SIGNS) {
            signs.push(call);
        }
        let next = shared.vigils.next_due(renewals.len() < RENEWALS, signs.len() < SIGNS);
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            Some(_) = renewals.next() => {}
            Some(_) = signs.next() => {}
            () = shared.vigils.news.notified() => {}
            () = until(next) => {}
        }
    }
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

async fn renew(shared: &Shared, key: Key, lease: Lease) {
    let started_at = Instant::now();
    let result = shared.store.renew_lease(&lease, shared.settings.lease).await;
    let mut state = shared.vigils.state();
    // The turn may have ended meanwhile.
    let Some(turn) = state.turns.get_mut(&key) else { return };
    let length = shared.settings.lease;
    let pause = match result {
        Ok(()) => {
            turn.until = started_at + length;
            length / 3
        }
        Err(Error::LeaseLost) => return turn.run.cancel(),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "a lease could not be renewed");
            // A run ends a moment before its lease does: from then on somebody else may run.
            let left = turn.until.saturating_duration_since(Instant::now()).saturating_sub(length / MARGIN);
            if left.is_zero() {
                return turn.run.cancel();
            }
            left.min(length / 3)
        }
    };
    state.renewals.put(Instant::now() + pause, key);
}

impl Shared {
    /// The renewal of the next lease that is due.
    fn next_renewal(&self, now: Instant) -> Option<Abortable<impl Future<Output = ()>>> {
        let mut state = self.vigils.state();
        let key = state.renewals.take(now)?;
        let turn = state.turns.get_mut(&key)?;
        let (handle, registration) = AbortHandle::new_pair();
        turn.renewal = Some(handle);
        Some(Abortable::new(renew(self, key, turn.lease.clone()), registration))
    }

    /// The next call that shows a user that an answer is being written. Without a free place, signs that were shown before are left out.
    ///
    /// A user who sees none still gets the answer, so a failure is of little interest; and while nothing gets through, none is tried.
    fn next_sign(&self, now: Instant, free: bool) -> Option<Abortable<impl Future<Output = ()> + use<>>> {
        let mut state = self.vigils.state();
        let again = now + self.settings.typing_renewal.max(SHORTEST_RENEWAL);
        loop {
            let first = if free { state.signs.take(now) } else { None };
            let key = first.or_else(|| state.signs_again.take(now))?;
            state.signs_again.put(again, key);
            let State { turns, .. } = &mut *state;
            let sign = turns.get_mut(&key).and_then(|turn| turn.sign.as_mut());
            let Some(sign) = sign.filter(|sign| free && self.rate_limiter.is_open(&sign.number)) else { continue };
            let Some(Route { graph, .. }) = self.routes.get(&sign.number) else { continue };
            let (graph, message) = (graph.clone(), sign.message.clone());
            let (handle, registration) = AbortHandle::new_pair();
            if let Some(earlier) = sign.call.replace(handle) {
                earlier.abort();
            }
            let call = async move {
                if let Err(error) = graph.show_typing(&message).await {
                    tracing::debug!(
                        error = &error as &dyn std::error::Error,
                        "the typing indicator could not be shown"
                    );
                }
            };
            return Some(Abortable::new(call, registration));
        }
    }
}

impl Vigils {
    /// When there is something to do next for which there is a place.
    fn next_due(&self, may_renew: bool, may_show: bool) -> Option<Instant> {
        let state = self.state();
        let renewal = state.renewals.next().filter(|_| may_renew);
        let sign = state.signs.next().filter(|_| may_show);
        [renewal, sign, state.signs_again.next()].into_iter().flatten().min()
    }

    /// Gives up the turns of these conversations, which have lost their leases.
    pub(crate) fn give_up(&self, conversations: &[ConversationId]) {
        let state = self.state();
        let turns = state.turns.iter().filter(|((conversation, _), _)| conversations.contains(conversation));
        turns.for_each(|(_, turn)| turn.run.cancel());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn forget(&mut self, key: &Key) -> Option<Watched> {
        self.renewals.remove(key);
        self.signs.remove(key);
        self.signs_again.remove(key);
        self.turns.remove(key)
    }
}
