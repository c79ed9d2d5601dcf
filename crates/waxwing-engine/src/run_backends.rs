//! Circuits of the backends that one run needs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use waxwing_agent::{Backend, BackendCircuits, BackendRequest, BackendResult};
use waxwing_store::ConversationId;

use crate::circuit_breaker::{FreshProbes, TripPolicy};
use crate::circuit_table::{AdmittedRequest, CircuitTable};
use crate::settings::AgentCircuitSettings;

/// The circuits of all backends of one process.
#[derive(Debug)]
pub(crate) struct BackendTable {
    settings: AgentCircuitSettings,
    circuits: CircuitTable<Backend>,
}

impl BackendTable {
    pub(crate) fn new(settings: AgentCircuitSettings) -> Self {
        Self { settings, circuits: CircuitTable::default() }
    }

    /// Closes all circuits.
    pub(crate) fn reset(&self) {
        self.circuits.reset();
    }

    /// Returns true if the circuit of at least one backend is not closed.
    pub(crate) fn has_open(&self) -> bool {
        self.circuits.has_open()
    }

    /// Returns true if a run that needs one of these backends can work. A run without backends always can.
    pub(crate) fn has_closed(&self, backends: &[Backend]) -> bool {
        backends.is_empty() || backends.iter().any(|backend| self.circuits.is_closed(backend))
    }

    /// Returns the names of the backends, and whether their circuits are not closed.
    pub(crate) fn states(&self) -> Vec<(String, bool)> {
        let states = self.circuits.states().into_iter();
        states.map(|(backend, is_open)| (backend.name().to_owned(), is_open)).collect()
    }

    /// Returns when a failure opens a circuit. `retry_after` is how long the backend asked to wait.
    fn policy(&self, retry_after: Option<Duration>) -> TripPolicy {
        let AgentCircuitSettings { failures, base, cap } = self.settings;
        TripPolicy {
            conversations: failures,
            fresh_probes: FreshProbes::AtHalf,
            max_probes: 1,
            // Conversations that did not fail probe at the half.
            base: 2 * base,
            max: 2 * cap,
            min: 2 * retry_after.unwrap_or_default().min(cap),
        }
    }

    fn record(&self, backend: &Backend, admission: AdmittedRequest, result: BackendResult) {
        let name = backend.name();
        match result {
            BackendResult::Worked => {
                if self.circuits.record_success(backend, admission) {
                    tracing::info!(backend = name, "backend works again; requests resumed");
                }
            }
            BackendResult::Failed { .. } if self.settings.failures == 0 => self.circuits.cancel(backend, admission),
            BackendResult::Failed { retry_after } => {
                let open_for = self.circuits.record_failure(backend, admission, self.policy(retry_after));
                if let Some(seconds) = open_for.map(|duration| duration.as_secs()) {
                    tracing::error!(
                        backend = name,
                        seconds,
                        "backend fails in several conversations; pausing its requests"
                    );
                }
            }
        }
    }
}

/// The backends of one run.
#[derive(Debug)]
pub(crate) struct RunBackends {
    table: Arc<BackendTable>,
    needed: Vec<Backend>,
    conversation: ConversationId,
    /// True if the last run of the conversation failed.
    is_repeated: bool,
    /// The probe that the run makes, until it begins.
    reserved: Mutex<Option<(Backend, AdmittedRequest)>>,
}

impl RunBackends {
    /// Admits a run. If the circuits of all backends that it needs are open, the run takes a probe of one of them.
    ///
    /// # Errors
    ///
    /// How long the turn should wait if no probe is left.
    pub(crate) fn admit(
        table: &Arc<BackendTable>,
        needed: Vec<Backend>,
        conversation: ConversationId,
        is_repeated: bool,
    ) -> Result<Self, Duration> {
        let mut run = Self::without_probe(table, needed, conversation, is_repeated);
        if table.has_closed(&run.needed) {
            return Ok(run);
        }
        let mut wait = Duration::MAX;
        for backend in &run.needed {
            match table.circuits.admit(backend, conversation, is_repeated) {
                Ok(admission) => {
                    run.reserved = Mutex::new(Some((backend.clone(), admission)));
                    return Ok(run);
                }
                Err(longer) => wait = wait.min(longer),
            }
        }
        Err(wait)
    }

    /// Admits a run in any case.
    pub(crate) fn without_probe(
        table: &Arc<BackendTable>,
        needed: Vec<Backend>,
        conversation: ConversationId,
        is_repeated: bool,
    ) -> Self {
        Self { table: table.clone(), needed, conversation, is_repeated, reserved: Mutex::default() }
    }

    /// Returns true if the run names its backends.
    pub(crate) fn has_backends(&self) -> bool {
        !self.needed.is_empty()
    }

    /// Returns true if the circuits of all backends opened since the run was admitted.
    pub(crate) fn is_revoked(&self) -> bool {
        !self.table.has_closed(&self.needed) && self.reserved().is_none()
    }

    /// Gives back the probe if the run has not begun it. A context of the run may outlive the run.
    pub(crate) fn end(&self) {
        if let Some((backend, admission)) = self.reserved().take() {
            self.table.circuits.cancel(&backend, admission);
        }
    }

    fn reserved(&self) -> MutexGuard<'_, Option<(Backend, AdmittedRequest)>> {
        self.reserved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for RunBackends {
    fn drop(&mut self) {
        self.end();
    }
}

impl BackendCircuits for RunBackends {
    fn begin_request(&self, backend: &Backend) -> Result<BackendRequest, Duration> {
        let reserved = self.reserved().take_if(|(reserved, _)| reserved == backend);
        let admission = match reserved {
            Some((_, admission)) => admission,
            None => self.table.circuits.admit(backend, self.conversation, self.is_repeated)?,
        };
        let mut request =
            OpenRequest { table: self.table.clone(), backend: backend.clone(), admission: Some(admission) };
        Ok(BackendRequest::new(move |result| request.record(result)))
    }
}

/// A request that has no result yet.
struct OpenRequest {
    table: Arc<BackendTable>,
    backend: Backend,
    admission: Option<AdmittedRequest>,
}

impl OpenRequest {
    fn record(&mut self, result: BackendResult) {
        if let Some(admission) = self.admission.take() {
            self.table.record(&self.backend, admission, result);
        }
    }
}

impl Drop for OpenRequest {
    fn drop(&mut self) {
        if let Some(admission) = self.admission {
            self.table.circuits.cancel(&self.backend, admission);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Arc<BackendTable> {
        let settings = AgentCircuitSettings { failures: 2, ..AgentCircuitSettings::default() };
        Arc::new(BackendTable::new(settings))
    }

    fn model() -> Backend {
        Backend::new("model", "key 1")
    }

    fn run(table: &Arc<BackendTable>, conversation: i64, is_repeated: bool) -> Result<RunBackends, Duration> {
        RunBackends::admit(table, vec![model()], ConversationId(conversation), is_repeated)
    }

    fn fails(table: &Arc<BackendTable>, conversation: i64) {
        let run = run(table, conversation, false).unwrap();
        run.begin_request(&model()).unwrap().failed(None);
    }

    #[tokio::test(start_paused = true)]
    async fn one_run_of_a_conversation_that_did_not_fail_probes() {
        let table = table();
        fails(&table, 1);
        fails(&table, 1);
        assert!(run(&table, 9, false).is_ok(), "one conversation may be the cause itself");
        fails(&table, 2);
        assert!(run(&table, 9, false).is_err());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(run(&table, 1, true).is_err(), "the conversation failed");
        let probe = run(&table, 9, false).unwrap();
        assert!(!probe.is_revoked());
        assert!(run(&table, 8, false).is_err(), "one probe");
        probe.end();
        let probe = run(&table, 8, false).unwrap();
        probe.begin_request(&model()).unwrap().failed(None);
        assert!(probe.is_revoked() && probe.begin_request(&model()).is_err());
        assert!(run(&table, 9, false).is_err(), "the circuit is open again");
        tokio::time::advance(Duration::from_secs(2)).await;
        let probe = run(&table, 9, false).unwrap();
        drop(probe.begin_request(&model()).unwrap());
        run(&table, 9, false).unwrap().begin_request(&model()).unwrap().succeeded();
        assert!(table.has_closed(&[model()]));
        assert!(run(&table, 1, true).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_failing_conversation_probes_if_no_other_does() {
        let table = table();
        fails(&table, 1);
        fails(&table, 2);
        tokio::time::advance(Duration::from_secs(2)).await;
        run(&table, 1, true).unwrap().begin_request(&model()).unwrap().succeeded();
        assert!(table.has_closed(&[model()]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_goes_on_with_a_backend_that_works() {
        let table = table();
        fails(&table, 1);
        fails(&table, 2);
        let other = Backend::new("model", "key 2");
        let run = RunBackends::admit(&table, vec![model(), other.clone()], ConversationId(3), false).unwrap();
        assert!(run.begin_request(&model()).is_err());
        run.begin_request(&other).unwrap().succeeded();
        tokio::time::advance(Duration::from_secs(1)).await;
        run.begin_request(&model()).unwrap().succeeded();
        assert!(table.has_closed(&[model()]), "the first backend is probed on the way");
    }

    #[tokio::test(start_paused = true)]
    async fn the_wait_that_a_backend_asks_for_is_kept() {
        let table = table();
        fails(&table, 1);
        let run_2 = run(&table, 2, false).unwrap();
        run_2.begin_request(&model()).unwrap().failed(Some(Duration::from_secs(40)));
        tokio::time::advance(Duration::from_secs(39)).await;
        assert!(run(&table, 3, false).is_err());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(run(&table, 3, false).is_ok());
    }
}
