//! A store in one SQLite file, for one process.
//!
//! One thread writes, and commits whatever is queued at once, so nothing waits for SQLite's own locks and concurrent callers share the
//! cost of a flush. The file is held with a lock that the operating system takes back when the process ends.

mod accept;
mod access;
mod compaction;
mod database;
mod erase;
mod events;
mod fault;
mod identity;
mod lock;
#[cfg(any(test, feature = "test-util"))]
mod memory;
mod operator;
mod outbox;
mod outbox_view;
mod reader;
mod retention;
mod schema;
mod send_queue;
mod session;
mod status;
mod turn;
mod tx;
mod user;
mod user_report;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use tokio::sync::broadcast;
use waxwing_types::{MediaId, PhoneNumberId};

use self::access::{Reading, Writing};
use self::database::Database;
use self::fault::Fault;
use self::lock::Lock;
#[cfg(any(test, feature = "test-util"))]
use self::memory::Memory;
use self::reader::Reader;
use self::send_queue::Attempt;
use self::turn::Run;
use self::writer::{Priority, Writer};
use crate::{
    AcceptSummary, Claims, Clock, CommittedTurn, ConversationFilter, ConversationId, ConversationRow,
    DELIVERY_EVENT_CAPACITY, DeliveryEvent, DeliveryEvents, Draft, ErasureReport, Error, InboxSeq, InboxStore,
    JournalStore, Lease, MonitorStore, NewOperatorAction, OperatorStore, OutboxId, OutboxRecord, OutboxRow,
    OutboxState, OutboxStore, PendingMessage, Retention, RetentionStats, RetentionStore, RunId, RunRef, SendAttempt,
    SendOutcome, SendPolicy, StepKey, StepRecord, StoredSession, SystemClock, Timestamp, TurnClaim, TurnCommit,
    TurnStore, UserKey, UserReport, WebhookItem,
};

/// How many compiled statements each connection keeps: all that there are.
const STATEMENTS: usize = 128;

/// How much of the database the connection that writes keeps in memory, in KiB.
const WRITER_CACHE: i64 = 16 * 1024;

/// The same for the one that reads: sessions, each once.
const READER_CACHE: i64 = 2 * 1024;

/// How a database is opened.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// The host of the Graph API that the messages of this database are sent through, such as `graph.facebook.com`. None for maintenance,
    /// when nothing is sent.
    pub graph_host: Option<String>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// How much longer each commit takes than it does: a slower disk, for benchmarks and tests. Default: 0.
    pub flush_delay: Duration,
}

impl SqliteOptions {
    /// A database for this Graph host, with the clock of the operating system.
    pub fn new(graph_host: impl Into<String>) -> Self {
        Self { graph_host: Some(graph_host.into()), ..Self::any_graph_host() }
    }

    /// A database for maintenance: of whatever Graph host it is, nothing is sent.
    pub fn any_graph_host() -> Self {
        Self { graph_host: None, clock: Arc::new(SystemClock), flush_delay: Duration::ZERO }
    }

    /// Sets the clock.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Makes each commit take so much longer.
    pub fn flush_delay(mut self, delay: Duration) -> Self {
        self.flush_delay = delay;
        self
    }
}

/// A store in one SQLite file, held by one process.
///
/// When it is dropped it finishes what was asked of it and gives the file back, which blocks the thread for as long as that takes;
/// [`close`](Self::close) does the same without blocking.
///
/// ```
/// use waxwing_store::{SqliteOptions, SqliteStore};
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("waxwing.db");
/// let store = SqliteStore::open(&path, SqliteOptions::new("graph.facebook.com")).await?;
/// store.close().await;
///
/// // A database belongs to one Graph host: emulated traffic cannot reach real people.
/// assert!(SqliteStore::open(&path, SqliteOptions::new("127.0.0.1")).await.is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct SqliteStore {
    writer: Writing,
    reader: Reading,
    deliveries: broadcast::Sender<DeliveryEvent>,
    clock: Arc<dyn Clock>,
}

impl SqliteStore {
    /// Opens the database at `path`, or makes one.
    ///
    /// No other process works on the file, so whatever is under way in it belongs to a process that is gone: turns that were held are
    /// free at once, and count a death; requests that were under way are in doubt, and their window begins with the next claim. So does
    /// that of requests that were in doubt already: while no process ran, no status could tell of them.
    ///
    /// # Errors
    ///
    /// [`Error::InUse`] if the file is open already, here or in another process; [`Error::GraphHostMismatch`]; [`Error::SchemaTooNew`];
    /// [`Error::Database`] if the file cannot be opened or is no database.
    pub async fn open(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self, Error> {
        let path = path.as_ref().to_owned();
        let opening = tokio::task::spawn_blocking(move || Self::open_blocking(&path, options));
        opening.await.map_err(|error| Error::Database(Box::new(error)))?
    }

    fn open_blocking(path: &Path, options: SqliteOptions) -> Result<Self, Error> {
        let path = lock::canonical(path)?;
        let lock = Lock::take(&path)?;
        let mut conn = connect(&path, WRITER_CACHE)?;
        schema::migrate(&mut conn)?;
        if let Some(host) = &options.graph_host {
            schema::stamp(&conn, host)?;
        }
        let namespace = schema::namespace(&conn)?;
        take_over(&conn, options.clock.now())?;
        compaction::run(&conn).map_err(Error::from)?;
        let reader = Reader::new(connect(&path, READER_CACHE)?)?;
        let (deliveries, _) = broadcast::channel(DELIVERY_EVENT_CAPACITY);
        let clock = options.clock;
        let database = Database::new(conn, clock.clone(), namespace, deliveries.clone());
        let writer = Writer::start(database, lock, options.flush_delay);
        let writer = writer.map_err(|error| Error::Database(Box::new(error)))?;
        Ok(Self { writer: Writing::Thread(writer), reader: Reading::Thread(reader), deliveries, clock })
    }

    /// A new database in memory, gone when it is closed, on which every operation runs at once and on the thread of the caller: for tests
    /// that are in command of time.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if SQLite fails.
    #[cfg(any(test, feature = "test-util"))]
    pub fn in_memory(clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let mut conn = connect(Path::new(":memory:"), WRITER_CACHE)?;
        schema::migrate(&mut conn)?;
        let namespace = schema::namespace(&conn)?;
        Ok(Self::inside(conn, clock, namespace))
    }

    /// The same database in memory, as a process opens it that starts after another one has died: this handle is closed.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] if the handle was closed before, or is not one of a database in memory.
    #[cfg(any(test, feature = "test-util"))]
    pub fn reopen(&self) -> Result<Self, Error> {
        let Writing::Here(memory) = &self.writer else { return Err(Error::Closed) };
        let Database { conn, clock, namespace, .. } = memory.take().ok_or(Error::Closed)?;
        take_over(&conn, clock.now())?;
        Ok(Self::inside(conn, clock, namespace))
    }

    #[cfg(any(test, feature = "test-util"))]
    fn inside(conn: Connection, clock: Arc<dyn Clock>, namespace: String) -> Self {
        let (deliveries, _) = broadcast::channel(DELIVERY_EVENT_CAPACITY);
        let memory = Memory::new(Database::new(conn, clock.clone(), namespace, deliveries.clone()));
        Self { writer: Writing::Here(memory.clone()), reader: Reading::Here(memory), deliveries, clock }
    }

    /// Finishes what was asked of the store, moves the write-ahead log into the database and gives the file back. Calls that come later
    /// fail with [`Error::Closed`].
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}

fn connect(path: &Path, cache: i64) -> Result<Connection, Error> {
    let open = || -> rusqlite::Result<Connection> {
        let conn = Connection::open(path)?;
        conn.busy_timeout(Duration::from_secs(5))?;
        conn.pragma_update(None, "journal_mode", "WAL")?;
        conn.pragma_update(None, "synchronous", "FULL")?;
        conn.pragma_update(None, "foreign_keys", true)?;
        // Negative: in KiB, not pages.
        conn.pragma_update(None, "cache_size", -cache)?;
        conn.pragma_update(None, "temp_store", "MEMORY")?;
        // Else a statement on a table that has a partial index is compiled again whenever a parameter changes, which takes longer than to run
        // it: its value might make the index usable.
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        conn.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(conn)
    };
    open().map_err(|error| Fault::from(error).into())
}

/// Frees what a process held that is gone.
fn take_over(conn: &Connection, now: Timestamp) -> Result<(), Error> {
    let free = || -> rusqlite::Result<()> {
        let tx = conn.unchecked_transaction()?;
        tx.execute(
            "UPDATE conversation SET held = 0, crash_count = crash_count + 1, isolated_crash_count = isolated_crash_count + isolated, isolated = 0, wake = ?1
             WHERE held = 1",
            [now.as_millis()],
        )?;
        // Only the next claim knows how long the doubt window is: the lease ends now, and an attempt whose lease ended is in doubt.
        tx.execute("UPDATE send_queue SET wake = ?1 WHERE held = 1", [now.as_millis()])?;
        tx.execute(
            "UPDATE send_queue SET held = 1, wake = ?1
             WHERE conversation IN (SELECT conversation FROM outbox WHERE state = 'in_doubt')",
            [now.as_millis()],
        )?;
        tx.execute("UPDATE outbox SET state = 'sending' WHERE state = 'in_doubt'", [])?;
        tx.commit()
    };
    free().map_err(|error| Fault::from(error).into())
}

#[async_trait]
impl InboxStore for SqliteStore {
    async fn accept(&self, arrivals: Vec<WebhookItem>) -> Result<AcceptSummary, Error> {
        let has_messages =
            arrivals.iter().any(|arrival| matches!(arrival, WebhookItem::Message(_) | WebhookItem::MessageEcho(_)));
        let priority = if has_messages { Priority::Messages } else { Priority::News };
        self.writer.run(priority, move |tx| accept::accept(tx, &arrivals)).await
    }
}

#[async_trait]
impl TurnStore for SqliteStore {
    async fn claim_turns(
        &self,
        numbers: &[PhoneNumberId],
        limit: usize,
        lease: Duration,
    ) -> Result<Claims<TurnClaim>, Error> {
        let numbers = numbers.to_vec();
        self.writer.run(Priority::Claim, move |tx| turn::claim(tx, &numbers, limit, lease)).await
    }

    async fn pending_messages(&self, lease: &Lease) -> Result<Vec<PendingMessage>, Error> {
        let lease = lease.clone();
        self.writer.run(Priority::Claim, move |tx| turn::pending_messages(tx, &lease)).await
    }

    async fn new_messages(&self, lease: &Lease, after: InboxSeq) -> Result<Vec<PendingMessage>, Error> {
        let lease = lease.clone();
        self.writer.run(Priority::Claim, move |tx| turn::new_messages(tx, &lease, after)).await
    }

    async fn renew_lease(&self, lease: &Lease, length: Duration) -> Result<(), Error> {
        let lease = lease.clone();
        self.writer.run(Priority::Write, move |tx| turn::renew_lease(tx, &lease, length)).await
    }

    async fn release(&self, lease: &Lease, delay: Duration, failed: bool) -> Result<(), Error> {
        let lease = lease.clone();
        self.writer.run(Priority::Write, move |tx| turn::release(tx, &lease, delay, failed)).await
    }

    async fn isolate(&self, lease: &Lease) -> Result<(), Error> {
        let lease = lease.clone();
        self.writer.run(Priority::Write, move |tx| turn::isolate(tx, &lease)).await
    }

    async fn session(&self, lease: &Lease, agent: &str, label: &str, history: usize) -> Result<StoredSession, Error> {
        let (lease, agent, label) = (lease.clone(), agent.to_owned(), label.to_owned());
        // While the conversation is held nobody else writes to its session: what is committed is all there is.
        let key = (lease.clone(), agent.clone());
        let found = self.reader.run(move |conn| session::find(conn, &key.0, &key.1, history)).await?;
        match found {
            Some(session) => Ok(session),
            None => {
                self.writer.run(Priority::Claim, move |tx| session::current(tx, &lease, &agent, &label, history)).await
            }
        }
    }

    async fn abandon_run(&self, lease: &Lease) -> Result<(), Error> {
        let lease = lease.clone();
        self.writer.run(Priority::Write, move |tx| turn::abandon_run(tx, &lease)).await
    }

    async fn commit_turn(&self, lease: &Lease, commit: TurnCommit) -> Result<CommittedTurn, Error> {
        let lease = lease.clone();
        self.writer.run(Priority::Write, move |tx| turn::commit(tx, &lease, &commit)).await
    }
}

#[async_trait]
impl JournalStore for SqliteStore {
    async fn steps(&self, lease: &Lease, run: &RunId) -> Result<Vec<StepRecord>, Error> {
        let (lease, run) = (lease.clone(), run.clone());
        self.writer.run(Priority::Claim, move |tx| session::steps(tx, &lease, &run)).await
    }

    async fn begin_step(&self, run: RunRef<'_>, key: &StepKey) -> Result<(), Error> {
        let (run, key) = (Run::from(run), key.clone());
        self.writer.run(Priority::Write, move |tx| session::begin_step(tx, &run, &key)).await
    }

    async fn finish_step(&self, run: RunRef<'_>, key: &StepKey, result: Bytes) -> Result<(), Error> {
        let (run, key) = (Run::from(run), key.clone());
        self.writer.run(Priority::Write, move |tx| session::finish_step(tx, &run, &key, &result)).await
    }

    async fn enqueue(&self, run: RunRef<'_>, key: &str, draft: Draft) -> Result<(), Error> {
        let (run, key) = (Run::from(run), key.to_owned());
        self.writer.run(Priority::Write, move |tx| turn::enqueue(tx, &run, &key, &draft)).await
    }
}

#[async_trait]
impl OutboxStore for SqliteStore {
    async fn claim_sends(
        &self,
        numbers: &[PhoneNumberId],
        limit: usize,
        policy: SendPolicy,
    ) -> Result<Claims<SendAttempt>, Error> {
        let numbers = numbers.to_vec();
        self.writer.run(Priority::Claim, move |tx| send_queue::claim(tx, &numbers, limit, policy)).await
    }

    async fn record_upload(&self, attempt: &SendAttempt, media: &MediaId) -> Result<(), Error> {
        let (attempt, media) = (Attempt::from(attempt), media.clone());
        self.writer.run(Priority::Write, move |tx| send_queue::record_upload(tx, &attempt, &media)).await
    }

    async fn record_outcome(
        &self,
        attempt: &SendAttempt,
        outcome: SendOutcome,
        policy: SendPolicy,
    ) -> Result<Option<SendAttempt>, Error> {
        let attempt = Attempt::from(attempt);
        self.writer.run(Priority::Write, move |tx| send_queue::record_outcome(tx, &attempt, &outcome, policy)).await
    }
}

#[async_trait]
impl OperatorStore for SqliteStore {
    async fn outbox(&self, state: Option<OutboxState>, limit: usize) -> Result<Vec<OutboxRow>, Error> {
        self.reader.run(move |conn| outbox_view::list(conn, state, limit)).await
    }

    async fn outbox_record(&self, id: OutboxId) -> Result<OutboxRecord, Error> {
        self.reader.run(move |conn| outbox_view::record(conn, id)).await
    }

    async fn requeue(&self, id: OutboxId) -> Result<(), Error> {
        self.writer.run(Priority::Write, move |tx| outbox::requeue(tx, id)).await
    }

    async fn discard(&self, id: OutboxId) -> Result<(), Error> {
        self.writer.run(Priority::Write, move |tx| outbox::discard(tx, id)).await
    }

    async fn record_operator_action(
        &self,
        action: NewOperatorAction,
    ) -> Result<(ConversationId, Option<OutboxId>), Error> {
        self.writer.run(Priority::Write, move |tx| operator::record_action(tx, &action)).await
    }

    async fn conversations(&self, filter: &ConversationFilter, limit: usize) -> Result<Vec<ConversationRow>, Error> {
        let (filter, now) = (filter.clone(), self.clock.now());
        self.reader.run(move |conn| operator::conversations(conn, &filter, now, limit)).await
    }

    async fn user_report(&self, key: &UserKey) -> Result<UserReport, Error> {
        let (key, now) = (key.clone(), self.clock.now());
        self.reader.run(move |conn| user_report::read(conn, &key, now)).await
    }

    async fn erase_user(&self, key: &UserKey) -> Result<ErasureReport, Error> {
        let key = key.clone();
        let forgotten = self.writer.run(Priority::Write, move |tx| erase::user(tx, &key)).await?;
        self.writer.run(Priority::Write, compaction::check).await?;
        Ok(forgotten)
    }
}

#[async_trait]
impl RetentionStore for SqliteStore {
    async fn apply_retention(&self, keep: &Retention, limit: usize) -> Result<RetentionStats, Error> {
        let keep = keep.clone();
        self.writer.run(Priority::Upkeep, move |tx| retention::step(tx, &keep, limit)).await
    }
}

#[async_trait]
impl MonitorStore for SqliteStore {
    async fn ping(&self) -> Result<(), Error> {
        self.writer.run(Priority::Claim, |tx| tx.one("SELECT 1 FROM meta LIMIT 1", [], |_| Ok(()))).await
    }

    fn delivery_events(&self) -> DeliveryEvents {
        self.deliveries.subscribe()
    }
}
