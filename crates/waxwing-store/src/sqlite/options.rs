//! Options of a SQLite database.

use std::sync::Arc;
use std::time::Duration;

use crate::{Clock, StorageKeys, StoreObserver, SystemClock};

/// Options with which a database is opened.
///
/// ```
/// use waxwing_store::SqliteOptions;
///
/// let options = SqliteOptions::new("graph.facebook.com");
/// assert_eq!(options.graph_host.as_deref(), Some("graph.facebook.com"));
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SqliteOptions {
    /// Host of the Graph API to which the messages of this database are sent. `None` for maintenance, when no message is sent.
    pub graph_host: Option<String>,
    /// Clock of the store. Default: [`SystemClock`].
    pub clock: Arc<dyn Clock>,
    /// Additional duration of each commit, which simulates a slow disk in benchmarks and tests. Default: 0.
    pub flush_delay: Duration,
    /// Observer of the durations of operations. Default: none.
    pub observer: Option<Arc<dyn StoreObserver>>,
    /// Storage keys, which seal and open content. Default: none, so that content is plain.
    pub storage_keys: StorageKeys,
    /// Maximum number of pages of the database, which simulates a full disk in tests. 0 for no limit. Default: 0.
    #[cfg(any(test, feature = "test-util"))]
    pub max_pages: Arc<std::sync::atomic::AtomicU32>,
}

impl SqliteOptions {
    /// Creates options for a database whose messages are sent to this Graph host.
    pub fn new(graph_host: impl Into<String>) -> Self {
        Self { graph_host: Some(graph_host.into()), ..Self::any_graph_host() }
    }

    /// Creates options for maintenance of a database of any Graph host.
    pub fn any_graph_host() -> Self {
        Self {
            graph_host: None,
            clock: Arc::new(SystemClock),
            flush_delay: Duration::ZERO,
            observer: None,
            storage_keys: StorageKeys::default(),
            #[cfg(any(test, feature = "test-util"))]
            max_pages: Arc::default(),
        }
    }

    /// Sets the clock. Default: [`SystemClock`].
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sets the observer of the durations of operations. Default: none.
    pub fn observer(mut self, observer: Arc<dyn StoreObserver>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Sets the storage keys. Default: none.
    pub fn storage_keys(mut self, keys: StorageKeys) -> Self {
        self.storage_keys = keys;
        self
    }

    /// Applies the current limit of pages to a connection.
    #[cfg(any(test, feature = "test-util"))]
    pub(super) fn limit_pages(&self, conn: &rusqlite::Connection) -> rusqlite::Result<()> {
        /// The limit of SQLite itself.
        const NO_LIMIT: u32 = 0xffff_fffe;
        match self.max_pages.load(std::sync::atomic::Ordering::SeqCst) {
            0 => conn.pragma_update(None, "max_page_count", NO_LIMIT),
            pages => conn.pragma_update(None, "max_page_count", pages),
        }
    }

    /// Sets the additional duration of each commit. Default: 0.
    pub fn flush_delay(mut self, delay: Duration) -> Self {
        self.flush_delay = delay;
        self
    }
}
