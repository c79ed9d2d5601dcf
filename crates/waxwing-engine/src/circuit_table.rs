//! Circuits by key.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use waxwing_backoff::{equal_jitter, random_fraction};
use waxwing_store::ConversationId;

use crate::circuit_breaker::{CircuitBreaker, CircuitDecision, CircuitState, FailedRequest, TripPolicy};

/// Shortest time after which a turn that found a circuit open tries again. Each try is a claim of the conversation.
pub(crate) const MIN_WAIT: Duration = Duration::from_secs(5);

/// Longest such time, so that users are answered soon after the circuit closes.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// Largest number of keys. Further keys have no circuit.
const MAX_KEYS: usize = 1024;

/// The circuits of one process, by keys such as the names of agents.
#[derive(Debug)]
pub(crate) struct CircuitTable<K>(Mutex<Circuits<K>>);

#[derive(Debug)]
struct Circuits<K> {
    by_key: HashMap<K, Circuit>,
    /// Time of the last reload. Requests that began earlier tell nothing about the services of today.
    reset_at: Option<Instant>,
}

#[derive(Debug, Default)]
struct Circuit {
    breaker: CircuitBreaker,
    /// Time of the last success. Requests that began earlier tell nothing about the service of today.
    worked_at: Option<Instant>,
}

/// A request that a circuit admitted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AdmittedRequest {
    pub(crate) request: FailedRequest,
    began_at: Instant,
}

impl AdmittedRequest {
    /// Admits a request in any case.
    pub(crate) fn unconditional(conversation: ConversationId) -> Self {
        Self::new(conversation, true, false)
    }

    fn new(conversation: ConversationId, is_repeated: bool, is_probe: bool) -> Self {
        Self { request: FailedRequest { conversation, is_repeated, is_probe }, began_at: Instant::now() }
    }
}

impl<K> Default for CircuitTable<K> {
    fn default() -> Self {
        Self(Mutex::new(Circuits { by_key: HashMap::new(), reset_at: None }))
    }
}

impl<K: Eq + Hash> CircuitTable<K> {
    /// Closes all circuits, since a reload may have repaired what failed.
    pub(crate) fn reset(&self) {
        let mut circuits = self.circuits();
        circuits.by_key.clear();
        circuits.reset_at = Some(Instant::now());
    }

    /// Returns true if the circuit of a key is closed.
    pub(crate) fn is_closed<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: ?Sized + Eq + Hash,
    {
        let state = |circuit: &Circuit| circuit.breaker.state_at(Instant::now());
        self.circuits().by_key.get(key).is_none_or(|circuit| state(circuit) == CircuitState::Closed)
    }

    /// Returns true if at least one circuit is not closed.
    pub(crate) fn has_open(&self) -> bool {
        let now = Instant::now();
        self.circuits().by_key.values().any(|circuit| circuit.breaker.state_at(now) != CircuitState::Closed)
    }

    /// Returns all keys, and whether their circuits are not closed.
    pub(crate) fn states(&self) -> Vec<(K, bool)>
    where
        K: Clone,
    {
        let now = Instant::now();
        let is_open = |circuit: &Circuit| circuit.breaker.state_at(now) != CircuitState::Closed;
        self.circuits().by_key.iter().map(|(key, circuit)| (key.clone(), is_open(circuit))).collect()
    }

    /// Admits a request. `is_repeated` is true if the last run of the conversation failed.
    ///
    /// # Errors
    ///
    /// How long the turn should wait if the circuit is open.
    pub(crate) fn admit<Q>(
        &self,
        key: &Q,
        conversation: ConversationId,
        is_repeated: bool,
    ) -> Result<AdmittedRequest, Duration>
    where
        K: Borrow<Q>,
        Q: ?Sized + Eq + Hash,
    {
        let now = Instant::now();
        let mut circuits = self.circuits();
        let Some(Circuit { breaker, .. }) = circuits.by_key.get_mut(key) else {
            return Ok(AdmittedRequest::new(conversation, is_repeated, false));
        };
        match breaker.decide(now, is_repeated) {
            CircuitDecision::Allow => Ok(AdmittedRequest::new(conversation, is_repeated, false)),
            CircuitDecision::Probe => {
                breaker.begin_probe();
                Ok(AdmittedRequest::new(conversation, is_repeated, true))
            }
            CircuitDecision::Refuse => {
                let wait = breaker.next_change(now).map_or(MIN_WAIT, |next| next - now);
                // Turns that wait together do not try again together.
                Err(equal_jitter((2 * wait).clamp(2 * MIN_WAIT, MAX_WAIT), random_fraction()))
            }
        }
    }

    /// Records a success. Returns true if the circuit closes.
    pub(crate) fn record_success<Q>(&self, key: &Q, admission: AdmittedRequest) -> bool
    where
        K: Borrow<Q>,
        Q: ?Sized + Eq + Hash + ToOwned<Owned = K>,
    {
        let now = Instant::now();
        let mut circuits = self.circuits();
        let Some(circuit) = circuits.circuit(key) else { return false };
        circuit.worked_at = Some(now);
        circuit.breaker.record_success(admission.request.is_probe, now)
    }

    /// Records a failure. Returns for how long the circuit is open if it opens.
    pub(crate) fn record_failure<Q>(&self, key: &Q, admission: AdmittedRequest, policy: TripPolicy) -> Option<Duration>
    where
        K: Borrow<Q>,
        Q: ?Sized + Eq + Hash + ToOwned<Owned = K>,
    {
        let now = Instant::now();
        let mut circuits = self.circuits();
        let is_before = |at: Option<Instant>| at >= Some(admission.began_at);
        let is_old = is_before(circuits.reset_at);
        let circuit = circuits.circuit(key)?;
        if is_old || is_before(circuit.worked_at) && !admission.request.is_probe {
            return None;
        }
        let opens = circuit.breaker.record_failure(admission.request, policy, random_fraction(), now);
        opens.then(|| circuit.breaker.next_change(now).map_or(Duration::ZERO, |next| next - now))
    }

    /// Takes back a request without a result. If it was a probe, another request can be the probe.
    pub(crate) fn cancel<Q>(&self, key: &Q, admission: AdmittedRequest)
    where
        K: Borrow<Q>,
        Q: ?Sized + Eq + Hash,
    {
        if admission.request.is_probe
            && let Some(circuit) = self.circuits().by_key.get_mut(key)
        {
            circuit.breaker.cancel_probe();
        }
    }

    fn circuits(&self) -> MutexGuard<'_, Circuits<K>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash> Circuits<K> {
    /// Returns the circuit of a key. Returns none if the table is full.
    fn circuit<Q>(&mut self, key: &Q) -> Option<&mut Circuit>
    where
        K: Borrow<Q>,
        Q: ?Sized + Eq + Hash + ToOwned<Owned = K>,
    {
        if !self.by_key.contains_key(key) {
            if self.by_key.len() >= MAX_KEYS {
                return None;
            }
            self.by_key.insert(key.to_owned(), Circuit::default());
        }
        self.by_key.get_mut(key)
    }
}
