//! Stops runs of agents that do not work.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use waxwing_backoff::{equal_jitter, random_fraction};
use waxwing_store::ConversationId;

use crate::circuit_breaker::{CircuitBreaker, CircuitState, FailedRequest, TripPolicy};
use crate::settings::AgentCircuitSettings;

/// Shortest time after which a turn that found the circuit open tries again. Each try is a claim of the conversation.
const MIN_WAIT: Duration = Duration::from_secs(5);

/// Longest such time, so that users are answered soon after the circuit closes.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// The circuits of all agents of one process, by the names of the agents.
///
/// The circuit of an agent opens when its runs fail in several conversations and none succeeds. Then turns wait in the store, where they
/// hold no slot and no memory, and a few runs probe whether the agent works again.
#[derive(Debug)]
pub(crate) struct AgentCircuits {
    settings: AgentCircuitSettings,
    circuits: Mutex<HashMap<String, CircuitBreaker>>,
}

impl AgentCircuits {
    pub(crate) fn new(settings: AgentCircuitSettings) -> Self {
        Self { settings, circuits: Mutex::default() }
    }

    /// Closes all circuits, since a reload may have repaired the agents.
    pub(crate) fn reset(&self) {
        self.circuits().clear();
    }

    /// Returns true if the circuit of an agent is closed.
    pub(crate) fn is_closed(&self, agent: &str) -> bool {
        self.circuits().get(agent).is_none_or(|circuit| circuit.state_at(Instant::now()) == CircuitState::Closed)
    }

    /// Admits a run. `is_repeated` is true if the last run of the conversation failed.
    ///
    /// # Errors
    ///
    /// How long the turn should wait if the circuit is open.
    pub(crate) fn admit<'a>(
        &'a self,
        agent: &'a str,
        conversation: ConversationId,
        is_repeated: bool,
    ) -> Result<AdmittedRun<'a>, Duration> {
        let now = Instant::now();
        let mut circuits = self.circuits();
        let is_probe = match circuits.get(agent).map(|circuit| circuit.state_at(now)) {
            None | Some(CircuitState::Closed) => false,
            Some(CircuitState::HalfOpen { allows_failing, .. }) if allows_failing || !is_repeated => true,
            Some(CircuitState::HalfOpen { .. } | CircuitState::Open) => {
                let next = circuits.get(agent).and_then(|circuit| circuit.next_change(now));
                let wait = next.map_or(MIN_WAIT, |next| next - now);
                // Turns that wait together do not try again together.
                return Err(equal_jitter((2 * wait).clamp(2 * MIN_WAIT, MAX_WAIT), random_fraction()));
            }
        };
        if let (true, Some(circuit)) = (is_probe, circuits.get_mut(agent)) {
            circuit.begin_probe();
        }
        let request = FailedRequest { conversation, is_repeated, is_probe };
        Ok(AdmittedRun { circuits: self, agent, request, is_recorded: false })
    }

    fn circuits(&self) -> MutexGuard<'_, HashMap<String, CircuitBreaker>> {
        self.circuits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A run whose result opens or closes the circuit of its agent. A run that is dropped without a result says nothing about the agent.
#[derive(Debug)]
#[must_use]
pub(crate) struct AdmittedRun<'a> {
    circuits: &'a AgentCircuits,
    agent: &'a str,
    request: FailedRequest,
    is_recorded: bool,
}

impl AdmittedRun<'_> {
    /// Records that the agent replied.
    pub(crate) fn record_success(mut self) {
        self.is_recorded = true;
        let mut circuits = self.circuits.circuits();
        // An agent that has never failed has no circuit.
        let Some(circuit) = circuits.get_mut(self.agent) else { return };
        if circuit.record_success(self.request.is_probe, Instant::now()) {
            tracing::info!(agent = self.agent, "agent works again; runs resumed");
        }
    }

    /// Records that the agent failed for a reason that other conversations may share.
    pub(crate) fn record_failure(mut self) {
        self.is_recorded = true;
        let AgentCircuitSettings { failures, base, cap } = self.circuits.settings;
        if failures == 0 {
            return;
        }
        let now = Instant::now();
        // Each probe of a stuck agent lasts until its timeout, so their number does not grow.
        let (is_uncertain, min) = (true, Duration::ZERO);
        let policy = TripPolicy { conversations: failures, is_uncertain, max_probes: failures, base, max: cap, min };
        let mut circuits = self.circuits.circuits();
        if !circuits.contains_key(self.agent) {
            circuits.insert(self.agent.to_owned(), CircuitBreaker::default());
        }
        let Some(circuit) = circuits.get_mut(self.agent) else { return };
        if circuit.record_failure(self.request, policy, random_fraction(), now) {
            let seconds = circuit.next_change(now).map_or(0, |next| (next - now).as_secs());
            tracing::error!(agent = self.agent, seconds, "agent fails in several conversations; pausing its runs");
        }
    }
}

impl Drop for AdmittedRun<'_> {
    fn drop(&mut self) {
        if self.request.is_probe
            && !self.is_recorded
            && let Some(circuit) = self.circuits.circuits().get_mut(self.agent)
        {
            circuit.cancel_probe();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circuits() -> AgentCircuits {
        let settings = AgentCircuitSettings { failures: 2, ..AgentCircuitSettings::default() };
        AgentCircuits::new(settings)
    }

    fn fails(circuits: &AgentCircuits, conversation: i64, is_repeated: bool) {
        circuits.admit("a", ConversationId(conversation), is_repeated).unwrap().record_failure();
    }

    #[tokio::test(start_paused = true)]
    async fn an_agent_that_fails_in_several_conversations_is_paused_and_probed() {
        let circuits = circuits();
        fails(&circuits, 1, false);
        fails(&circuits, 1, true);
        assert!(circuits.is_closed("a"), "one conversation may be the cause itself");
        fails(&circuits, 2, false);
        assert!(!circuits.is_closed("a"));
        let wait = circuits.admit("a", ConversationId(3), false).unwrap_err();
        assert!((MIN_WAIT..=2 * MIN_WAIT).contains(&wait), "{wait:?}");
        assert!(circuits.admit("b", ConversationId(3), false).is_ok(), "other agents run");
        tokio::time::advance(Duration::from_secs(1)).await;
        let probe = circuits.admit("a", ConversationId(3), false).unwrap();
        drop(probe);
        circuits.admit("a", ConversationId(3), false).unwrap().record_success();
        assert!(circuits.is_closed("a"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_reload_and_the_limit_0_leave_circuits_closed() {
        let circuits = circuits();
        fails(&circuits, 1, false);
        fails(&circuits, 2, false);
        assert!(!circuits.is_closed("a"));
        circuits.reset();
        assert!(circuits.is_closed("a"));
        let off = AgentCircuits::new(AgentCircuitSettings { failures: 0, ..AgentCircuitSettings::default() });
        (0..10).for_each(|conversation| fails(&off, conversation, false));
        assert!(off.is_closed("a"));
    }
}
