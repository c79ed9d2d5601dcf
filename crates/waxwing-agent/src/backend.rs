//! Services that agents depend on.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A service that runs of an agent need, such as a language model with its API key.
///
/// All agents of an engine that use a backend share its circuit: after failures in several conversations the engine stops requests to the
/// backend, and lets one conversation at a time probe whether it works again. [`RunContext::begin_request`](crate::RunContext::begin_request)
/// asks the circuit, and [`Agent::backends`](crate::Agent::backends) tells the engine which agents need no run while a circuit is open.
///
/// ```
/// use std::time::Duration;
///
/// use waxwing_agent::{AgentError, Backend, Reply, RunContext};
///
/// async fn stock(ctx: &RunContext) -> Result<Reply, AgentError> {
///     let backend = Backend::new("stock service", "https://stock.example");
///     let away = |wait| AgentError::outage("the stock service is away").with_retry_after(wait);
///     let request = ctx.begin_request(&backend).map_err(away)?;
///     match Ok::<u32, Duration>(7) /* the call of the service */ {
///         Ok(pieces) => {
///             request.succeeded();
///             Ok(Reply::text(format!("{pieces} left")))
///         }
///         Err(retry_after) => {
///             request.failed(Some(retry_after));
///             Err(away(retry_after))
///         }
///     }
/// }
/// # async fn example() -> Result<(), AgentError> {
/// assert_eq!(stock(&RunContext::in_memory("34600000000")).await?, Reply::text("7 left"));
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Backend {
    name: Arc<str>,
    identity: Arc<str>,
}

impl Backend {
    /// Creates a backend. Two backends with the same name and the same identity are the same one. Logs show the name. They do not show the
    /// identity, which tells accounts and addresses apart; a digest of them suits best.
    pub fn new(name: impl Into<Arc<str>>, identity: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), identity: identity.into() }
    }

    /// Returns the backends of which an agent needs at least one that passes its turns to one of several agents with these backends. An agent
    /// without backends may work at any time, so the result is empty then.
    pub fn of_any(agents: impl IntoIterator<Item = Vec<Self>>) -> Vec<Self> {
        let agents: Vec<_> = agents.into_iter().collect();
        if agents.iter().any(Vec::is_empty) { Vec::new() } else { agents.concat() }
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Prints the name only.
impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Backend").field(&self.name).finish()
    }
}

/// The circuits of backends for one run. The engine implements the trait.
pub trait BackendCircuits: Send + Sync {
    /// Admits a request to a backend.
    ///
    /// # Errors
    ///
    /// How long the circuit of the backend stays open, about.
    fn begin_request(&self, backend: &Backend) -> Result<BackendRequest, Duration>;
}

/// An admitted request to a [`Backend`]. A request that is dropped says nothing about the backend.
#[must_use]
pub struct BackendRequest(Option<Record>);

type Record = Box<dyn FnOnce(BackendResult) + Send>;

/// Result of a request to a [`Backend`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackendResult {
    /// The backend answered.
    Worked,
    /// The backend is overloaded, failed, or was not reached: other conversations would fail, too.
    Failed {
        /// How long the backend asked to wait.
        retry_after: Option<Duration>,
    },
}

impl BackendRequest {
    /// Creates a request. `record` gets its result, and is dropped without a call if there is none.
    pub fn new(record: impl FnOnce(BackendResult) + Send + 'static) -> Self {
        Self(Some(Box::new(record)))
    }

    /// Creates a request whose result is not recorded.
    pub(crate) fn unrecorded() -> Self {
        Self(None)
    }

    /// Records that the backend answered.
    pub fn succeeded(self) {
        self.record(BackendResult::Worked);
    }

    /// Records that the backend is overloaded, failed, or was not reached. `retry_after` is how long it asked to wait.
    pub fn failed(self, retry_after: Option<Duration>) {
        self.record(BackendResult::Failed { retry_after });
    }

    fn record(self, result: BackendResult) {
        if let Some(record) = self.0 {
            record(result);
        }
    }
}

impl fmt::Debug for BackendRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BackendRequest")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backend_is_its_name_and_its_identity_and_shows_its_name_only() {
        let backend = Backend::new("model", "sk-1");
        assert_eq!(backend, Backend::new("model", "sk-1"));
        assert_ne!(backend, Backend::new("model", "sk-2"));
        assert_eq!(format!("{backend:?}"), r#"Backend("model")"#);
    }

    #[test]
    fn an_agent_without_backends_may_always_work() {
        let model = |name: &str| vec![Backend::new(name, "")];
        assert_eq!(Backend::of_any([model("a"), model("b")]), [Backend::new("a", ""), Backend::new("b", "")]);
        assert_eq!(Backend::of_any([model("a"), Vec::new()]), []);
    }
}
