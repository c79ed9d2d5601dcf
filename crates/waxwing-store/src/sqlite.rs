//! Store in one SQLite file, for one process.
//!
//! One thread writes and commits all waiting operations together, so operations share the cost of a flush and never wait for the locks of
//! SQLite. A lock file limits the database to one process.

mod accept;
mod access;
mod account;
mod agent_control;
mod attempt;
mod backup;
mod call;
mod campaign;
mod campaign_store;
mod charge;
mod commit;
mod compaction;
mod connection;
mod content;
mod conversation_key;
mod database;
mod depth;
mod erase;
mod event_log;
mod events;
mod fault;
mod feeder;
mod file_watch;
mod handoff;
mod health;
mod identity;
mod ids;
mod in_doubt;
mod journal;
mod lease;
mod lock;
mod log;
#[cfg(any(test, feature = "test-util"))]
mod memory;
mod notice;
mod opening;
mod operator;
mod opt_out;
mod options;
mod outage;
mod outbox;
mod outbox_record;
mod outcome;
mod outgoing;
mod permissions;
mod preference;
mod proactive;
mod quick_check;
mod reader;
mod received_media;
mod recovery;
mod reseal;
mod responder;
mod retention;
mod run;
mod schedule;
mod schema;
mod send_queue;
mod senders;
mod session;
mod status;
mod stopwatch;
mod store;
mod supervisor;
mod tables;
mod thread;
mod token;
mod turn;
mod tx;
mod usage;
mod user_report;
mod withdrawal;
mod writer;

use std::path::Path;
use std::sync::Arc;

use self::access::{ReadAccess, WriteAccess};
pub use self::backup::SqliteFiles;
#[cfg(any(test, feature = "test-util"))]
use self::connection::{WRITER_CACHE_KIB, connect};
#[cfg(any(test, feature = "test-util"))]
use self::content::ContentConnection;
#[cfg(any(test, feature = "test-util"))]
use self::database::Database;
use self::events::EventChannels;
use self::health::Health;
use self::lock::Lock;
#[cfg(any(test, feature = "test-util"))]
use self::memory::Memory;
use self::opening::Opening;
pub use self::options::SqliteOptions;
use self::reader::{Reader, ReaderSlot};
use self::stopwatch::Stopwatch;
use self::supervisor::Supervisor;
use self::writer::Writer;
use crate::vault::Vault;
use crate::{Clock, Error};

/// Store in one SQLite file, for one process.
///
/// A fault of the disk or of the files is latched: writes fail with [`Error::Faulted`] until the store has recovered. The store recovers
/// without a restart from a full disk, from I/O errors, and from damage that was repaired in place. A write-ahead log that another program
/// has truncated, and a file that was replaced, need a restart.
///
/// [`close`](Self::close) finishes submitted operations and closes the file. Dropping the store does the same, and blocks the thread for
/// that time.
///
/// ```
/// use waxwing_store::{MonitorStore, SqliteOptions, SqliteStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("waxwing.db");
/// let store = SqliteStore::open(path, SqliteOptions::new("graph.facebook.com")).await?;
/// store.check_health().await?;
/// store.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct SqliteStore {
    writer: WriteAccess,
    reader: ReadAccess,
    channels: EventChannels,
    clock: Arc<dyn Clock>,
}

impl SqliteStore {
    /// Opens the database at `path`, and creates it if it does not exist.
    ///
    /// Work in progress belongs to a process that has ended. Held turns are due at once. They count as crashes if that
    /// process was killed while it could use the database: neither the end of a lease nor a latched fault is a crash. Requests in progress become in
    /// doubt. In-doubt windows start again with the next claim, because no status could arrive while no process was running.
    ///
    /// # Errors
    ///
    /// [`Error::InUse`] if the file is open already, in this or another process; [`Error::GraphHostMismatch`]; [`Error::SchemaTooNew`];
    /// [`Error::Corrupt`] if a check of at most 5 seconds finds damage; [`Error::Database`] if the file cannot be opened or is not a database.
    ///
    /// On a full disk the store opens with [`StoreFault::Disk`](crate::StoreFault::Disk), and recovers when the disk has space.
    pub async fn open(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self, Error> {
        let path = path.as_ref().to_owned();
        let opening = tokio::task::spawn_blocking(move || Self::open_blocking(&path, options));
        opening.await.map_err(|error| Error::Database(Box::new(error)))?
    }

    fn open_blocking(path: &Path, options: SqliteOptions) -> Result<Self, Error> {
        let path = lock::canonical(path)?;
        let lock = Arc::new(Lock::acquire(&path)?);
        let channels = EventChannels::default();
        let (slot, health) = (Arc::<ReaderSlot>::default(), Arc::<Health>::default());
        let stopwatch = Stopwatch::new(options.observer.clone());
        let reader = Reader::new(slot.clone(), health.clone(), stopwatch.clone());
        let (clock, flush_delay) = (options.clock.clone(), options.flush_delay);
        let vault = Vault::new(options.storage_keys.clone());
        let opening = Opening { path, options, channels: channels.clone(), vault };
        let supervisor = Supervisor::start(opening, lock.clone(), slot, health)?;
        let writer = Writer::start(supervisor, lock, flush_delay, stopwatch);
        let writer = writer.map_err(|error| Error::Database(Box::new(error)))?;
        Ok(Self { writer: WriteAccess::Thread(writer), reader: ReadAccess::Thread(reader), channels, clock })
    }

    /// Creates a database in memory, for tests that control time. Every operation runs at once, on the thread of the caller. Closing the store
    /// drops the database.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if SQLite fails.
    #[cfg(any(test, feature = "test-util"))]
    pub fn in_memory(clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let mut conn = connect(Path::new(":memory:"), WRITER_CACHE_KIB)?;
        schema::migrate(&mut conn)?;
        let namespace = schema::namespace(&conn)?;
        let conn = ContentConnection::new(conn, Vault::new(crate::StorageKeys::default()));
        Ok(Self::with_connection(conn, SqliteOptions::any_graph_host().clock(clock), namespace))
    }

    /// Reopens a database in memory as a process does after a crash of another process, and closes this handle.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] if the handle is closed or belongs to a file.
    #[cfg(any(test, feature = "test-util"))]
    pub fn reopen(&self) -> Result<Self, Error> {
        let WriteAccess::Caller(memory) = &self.writer else { return Err(Error::Closed) };
        let Database { conn, options, namespace, .. } = memory.take().ok_or(Error::Closed)?;
        recovery::run(&conn, options.clock.now(), true)?;
        Ok(Self::with_connection(conn, options, namespace))
    }

    #[cfg(any(test, feature = "test-util"))]
    fn with_connection(conn: ContentConnection, options: SqliteOptions, namespace: String) -> Self {
        let channels = EventChannels::default();
        let clock = options.clock.clone();
        let memory = Memory::new(Database::new(conn, options, namespace, channels.clone()));
        Self { writer: WriteAccess::Caller(memory.clone()), reader: ReadAccess::Caller(memory), channels, clock }
    }

    /// Finishes submitted operations, moves the write-ahead log into the database, and closes the file. Later calls fail with
    /// [`Error::Closed`].
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}
