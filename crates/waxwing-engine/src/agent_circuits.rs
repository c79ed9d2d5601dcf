//! Stops runs of agents that do not work.

use std::sync::Arc;
use std::time::Duration;

use waxwing_agent::{Agent, AgentError};
use waxwing_store::ConversationId;

use crate::circuit_breaker::{FreshProbes, TripPolicy};
use crate::circuit_table::{AdmittedRequest, CircuitTable};
use crate::run_backends::{BackendTable, RunBackends};
use crate::settings::AgentCircuitSettings;

/// The circuits of all agents of one process, by the names of the agents, with the circuits of their backends.
///
/// The circuit of an agent opens when its runs fail in several conversations and none succeeds. Then turns wait in the store, where they
/// hold no slot and no memory, and a few runs probe whether the agent works again. Turns also wait while the circuits of all backends of an
/// agent are open.
#[derive(Debug)]
pub(crate) struct AgentCircuits {
    settings: AgentCircuitSettings,
    agents: CircuitTable<String>,
    backends: Arc<BackendTable>,
}

impl AgentCircuits {
    pub(crate) fn new(settings: AgentCircuitSettings) -> Self {
        Self { settings, agents: CircuitTable::default(), backends: Arc::new(BackendTable::new(settings)) }
    }

    /// Closes all circuits, since a reload may have repaired the agents.
    pub(crate) fn reset(&self) {
        self.agents.reset();
        self.backends.reset();
    }

    /// Returns true if runs of an agent may start: its circuit is closed, and that of at least one of its backends.
    pub(crate) fn is_closed(&self, agent: &dyn Agent) -> bool {
        self.agents.is_closed(agent.name())
            && (!self.backends.has_open() || self.backends.has_closed(&agent.backends()))
    }

    /// Returns the names of the agents that have run, and whether their circuits are not closed.
    pub(crate) fn agent_circuits(&self) -> Vec<(String, bool)> {
        self.agents.states()
    }

    /// Returns the names of the backends that were asked, and whether their circuits are not closed. Backends can share a name.
    pub(crate) fn backend_circuits(&self) -> Vec<(String, bool)> {
        self.backends.states()
    }

    /// Admits a run. `is_repeated` is true if the last run of the conversation failed.
    ///
    /// # Errors
    ///
    /// How long the turn should wait if a circuit is open.
    pub(crate) fn admit<'a>(
        &'a self,
        agent: &'a dyn Agent,
        conversation: ConversationId,
        is_repeated: bool,
    ) -> Result<AdmittedRun<'a>, Duration> {
        let backends = RunBackends::admit(&self.backends, agent.backends(), conversation, is_repeated)?;
        let admission = self.agents.admit(agent.name(), conversation, is_repeated)?;
        Ok(self.admitted(agent.name(), admission, backends))
    }

    /// Admits a run in any case. The circuits of its backends still decide about each request.
    pub(crate) fn admit_anyway<'a>(
        &'a self,
        agent: &'a dyn Agent,
        conversation: ConversationId,
        is_repeated: bool,
    ) -> AdmittedRun<'a> {
        let backends = RunBackends::without_probe(&self.backends, agent.backends(), conversation, is_repeated);
        self.admitted(agent.name(), AdmittedRequest::unconditional(conversation), backends)
    }

    fn admitted<'a>(&'a self, agent: &'a str, admission: AdmittedRequest, backends: RunBackends) -> AdmittedRun<'a> {
        AdmittedRun { circuits: self, agent, admission, backends: Arc::new(backends), is_recorded: false }
    }
}

/// A run whose result opens or closes the circuit of its agent. A run that is dropped without a result says nothing about the agent.
#[derive(Debug)]
#[must_use]
pub(crate) struct AdmittedRun<'a> {
    circuits: &'a AgentCircuits,
    agent: &'a str,
    admission: AdmittedRequest,
    backends: Arc<RunBackends>,
    is_recorded: bool,
}

impl AdmittedRun<'_> {
    /// Returns the backends of the run.
    pub(crate) fn backends(&self) -> Arc<RunBackends> {
        self.backends.clone()
    }

    /// Returns true if a circuit opened since the run was admitted, and the run is no probe.
    pub(crate) fn is_revoked(&self) -> bool {
        let is_open = !self.admission.request.is_probe && !self.circuits.agents.is_closed(self.agent);
        is_open || self.backends.is_revoked()
    }

    /// Records that the agent replied.
    pub(crate) fn record_success(mut self) {
        self.is_recorded = true;
        if self.circuits.agents.record_success(self.agent, self.admission) {
            tracing::info!(agent = self.agent, "agent works again; runs resumed");
        }
    }

    /// Records the error of the agent. An outage of its backends is no fault of the agent: their circuits record it.
    pub(crate) fn record_error(self, error: &AgentError) {
        if !(error.is_outage() && self.backends.has_backends()) {
            self.record_failure();
        }
    }

    /// Records that the agent failed for a reason that other conversations may share.
    pub(crate) fn record_failure(mut self) {
        let AgentCircuitSettings { failures, base, cap } = self.circuits.settings;
        if failures == 0 {
            return;
        }
        self.is_recorded = true;
        let policy = TripPolicy {
            conversations: failures,
            fresh_probes: FreshProbes::Early,
            // Each probe of a stuck agent lasts until its timeout, so their number does not grow.
            max_probes: failures,
            base,
            max: cap,
            min: Duration::ZERO,
        };
        let open_for = self.circuits.agents.record_failure(self.agent, self.admission, policy);
        if let Some(seconds) = open_for.map(|duration| duration.as_secs()) {
            tracing::error!(agent = self.agent, seconds, "agent fails in several conversations; pausing its runs");
        }
    }
}

impl Drop for AdmittedRun<'_> {
    fn drop(&mut self) {
        self.backends.end();
        if !self.is_recorded {
            self.circuits.agents.cancel(self.agent, self.admission);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use waxwing_agent::{Reply, agent_fn};

    use super::*;
    use crate::circuit_table::MIN_WAIT;

    static A: LazyLock<Box<dyn Agent>> = LazyLock::new(|| agent("a"));
    static B: LazyLock<Box<dyn Agent>> = LazyLock::new(|| agent("b"));

    fn agent(name: &str) -> Box<dyn Agent> {
        Box::new(agent_fn(name.to_owned(), |_, _| async { Ok(Reply::text("")) }))
    }

    fn circuits() -> AgentCircuits {
        let settings = AgentCircuitSettings { failures: 2, ..AgentCircuitSettings::default() };
        AgentCircuits::new(settings)
    }

    fn fails(circuits: &AgentCircuits, conversation: i64, is_repeated: bool) {
        circuits.admit(&**A, ConversationId(conversation), is_repeated).unwrap().record_failure();
    }

    #[tokio::test(start_paused = true)]
    async fn an_agent_that_fails_in_several_conversations_is_paused_and_probed() {
        let circuits = circuits();
        fails(&circuits, 1, false);
        fails(&circuits, 1, true);
        assert!(circuits.is_closed(&**A), "one conversation may be the cause itself");
        fails(&circuits, 2, false);
        assert!(!circuits.is_closed(&**A));
        let wait = circuits.admit(&**A, ConversationId(3), false).unwrap_err();
        assert!((MIN_WAIT..=2 * MIN_WAIT).contains(&wait), "{wait:?}");
        assert!(circuits.admit(&**B, ConversationId(3), false).is_ok(), "other agents run");
        tokio::time::advance(Duration::from_secs(1)).await;
        let probe = circuits.admit(&**A, ConversationId(3), false).unwrap();
        drop(probe);
        circuits.admit(&**A, ConversationId(3), false).unwrap().record_success();
        assert!(circuits.is_closed(&**A));
    }

    #[tokio::test(start_paused = true)]
    async fn a_reload_and_the_limit_0_leave_circuits_closed() {
        let circuits = circuits();
        fails(&circuits, 1, false);
        fails(&circuits, 2, false);
        assert!(!circuits.is_closed(&**A));
        circuits.reset();
        assert!(circuits.is_closed(&**A));
        let off = AgentCircuits::new(AgentCircuitSettings { failures: 0, ..AgentCircuitSettings::default() });
        (0..10).for_each(|conversation| fails(&off, conversation, false));
        assert!(off.is_closed(&**A));
    }

    #[tokio::test(start_paused = true)]
    async fn runs_that_began_before_a_success_or_a_reload_do_not_count() {
        let circuits = circuits();
        let admit = |conversation| circuits.admit(&**A, ConversationId(conversation), false).unwrap();
        let old: Vec<_> = (1..=6).map(admit).collect();
        tokio::time::advance(Duration::from_secs(1)).await;
        admit(7).record_success();
        let mut old = old.into_iter();
        old.by_ref().take(3).for_each(AdmittedRun::record_failure);
        assert!(circuits.is_closed(&**A));
        circuits.reset();
        old.for_each(AdmittedRun::record_failure);
        assert!(circuits.is_closed(&**A));
    }
}
