//! The metrics of a server.

use waxwing_engine::Engine;
use waxwing_metrics::{Metric, Metrics};

use crate::database::Database;
use crate::process_metrics::{measure_files, measure_process};

/// The metrics of a running server: those of its engine, of its database and of the process. Clones share them.
///
/// Created by [`Server::metrics`](crate::Server::metrics). `docs/metrics.md` of the project lists the names.
///
/// ```
/// use std::sync::Arc;
///
/// use waxwing::agent::Echo;
/// use waxwing::store::{SqliteStore, SystemClock};
/// use waxwing::{AgentOs, WhatsApp};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let interface = WhatsApp::builder(Echo).access_token("EAAG").phone_number_id("1").app_secret("secret").build()?;
/// # let store = Arc::new(SqliteStore::in_memory(Arc::new(SystemClock))?);
/// let server = AgentOs::new().interface(interface).store(store).start().await?;
/// let page = server.metrics().page().await;
/// assert!(page.contains("waxwing_ready 1.0"), "{page}");
/// # server.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ServerMetrics {
    engine: Engine,
    /// Database whose files are measured. `None` if the program has a store of its own.
    database: Option<Database>,
}

impl ServerMetrics {
    pub(crate) fn new(engine: Engine, database: Option<Database>) -> Self {
        engine.metrics().set(Metric::BuildInfo, [env!("CARGO_PKG_VERSION")], 1.0);
        Self { engine, database }
    }

    /// Returns the metrics, for example to count in them.
    pub fn metrics(&self) -> &Metrics {
        self.engine.metrics()
    }

    /// Returns the page for Prometheus, in version 0.0.4 of its text format. Takes at most 4 s.
    pub async fn page(&self) -> String {
        self.engine.measure().await;
        let (metrics, database) = (self.metrics().clone(), self.database.clone());
        let measured = tokio::task::spawn_blocking(move || {
            measure_process(&metrics);
            if let Some(database) = &database {
                measure_files(&metrics, database);
            }
            metrics.encode()
        });
        // Fails only while the runtime shuts down.
        measured.await.unwrap_or_default()
    }
}
