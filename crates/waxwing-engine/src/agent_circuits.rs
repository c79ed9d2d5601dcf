//! Stops runs of agents that do not work.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use waxwing_backoff::{equal_jitter, random_fraction};
use waxwing_store::ConversationId;

use crate::circuit_breaker::{CircuitBreaker, CircuitDecision, CircuitState, FailedRequest, TripPolicy};
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
    agents: Mutex<HashMap<String, AgentState>>,
}

#[derive(Debug, Default)]
struct AgentState {
    circuit: CircuitBreaker,
    /// Time of the last success, or of a reload. Runs that began earlier tell nothing about the agent of today.
    worked_at: Option<Instant>,
}

impl AgentCircuits {
    pub(crate) fn new(settings: AgentCircuitSettings) -> Self {
        Self { settings, agents: Mutex::default() }
    }

    /// Closes all circuits, since a reload may have repaired the agents.
    pub(crate) fn reset(&self) {
        let now = Instant::now();
        self.agents()
            .values_mut()
            .for_each(|agent| *agent = AgentState { worked_at: Some(now), ..AgentState::default() });
    }

    /// Returns true if the circuit of an agent is closed.
    pub(crate) fn is_closed(&self, agent: &str) -> bool {
        self.agents().get(agent).is_none_or(|agent| agent.circuit.state_at(Instant::now()) == CircuitState::Closed)
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
        let mut agents = self.agents();
        let mut is_probe = false;
        if let Some(AgentState { circuit, .. }) = agents.get_mut(agent) {
            match circuit.decide(now, is_repeated) {
                CircuitDecision::Allow => {}
                CircuitDecision::Probe => {
                    circuit.begin_probe();
                    is_probe = true;
                }
                CircuitDecision::Refuse => {
                    let wait = circuit.next_change(now).map_or(MIN_WAIT, |next| next - now);
                    // Turns that wait together do not try again together.
                    return Err(equal_jitter((2 * wait).clamp(2 * MIN_WAIT, MAX_WAIT), random_fraction()));
                }
            }
        }
        Ok(self.admitted(agent, FailedRequest { conversation, is_repeated, is_probe }))
    }

    /// Admits a run in any case.
    pub(crate) fn admit_anyway<'a>(&'a self, agent: &'a str, conversation: ConversationId) -> AdmittedRun<'a> {
        self.admitted(agent, FailedRequest { conversation, is_repeated: true, is_probe: false })
    }

    fn admitted<'a>(&'a self, agent: &'a str, request: FailedRequest) -> AdmittedRun<'a> {
        AdmittedRun { circuits: self, agent, request, began_at: Instant::now(), is_recorded: false }
    }

    fn agents(&self) -> MutexGuard<'_, HashMap<String, AgentState>> {
        self.agents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A run whose result opens or closes the circuit of its agent. A run that is dropped without a result says nothing about the agent.
#[derive(Debug)]
#[must_use]
pub(crate) struct AdmittedRun<'a> {
    circuits: &'a AgentCircuits,
    agent: &'a str,
    request: FailedRequest,
    began_at: Instant,
    is_recorded: bool,
}

impl AdmittedRun<'_> {
    /// Returns true if the circuit opened since the run was admitted, and the run is no probe.
    pub(crate) fn is_revoked(&self) -> bool {
        !self.request.is_probe && !self.circuits.is_closed(self.agent)
    }

    /// Records that the agent replied.
    pub(crate) fn record_success(mut self) {
        self.is_recorded = true;
        let now = Instant::now();
        let mut agents = self.circuits.agents();
        let agent = agents.entry(self.agent.to_owned()).or_default();
        agent.worked_at = Some(now);
        if agent.circuit.record_success(self.request.is_probe, now) {
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
        let mut agents = self.circuits.agents();
        let AgentState { circuit, worked_at } = agents.entry(self.agent.to_owned()).or_default();
        if *worked_at >= Some(self.began_at) && !self.request.is_probe {
            return;
        }
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
            && let Some(agent) = self.circuits.agents().get_mut(self.agent)
        {
            agent.circuit.cancel_probe();
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

    #[tokio::test(start_paused = true)]
    async fn runs_that_began_before_a_success_or_a_reload_do_not_count() {
        let circuits = circuits();
        let admit = |conversation| circuits.admit("a", ConversationId(conversation), false).unwrap();
        let old: Vec<_> = (1..=6).map(admit).collect();
        tokio::time::advance(Duration::from_secs(1)).await;
        admit(7).record_success();
        let mut old = old.into_iter();
        old.by_ref().take(3).for_each(AdmittedRun::record_failure);
        assert!(circuits.is_closed("a"));
        circuits.reset();
        old.for_each(AdmittedRun::record_failure);
        assert!(circuits.is_closed("a"));
    }
}
