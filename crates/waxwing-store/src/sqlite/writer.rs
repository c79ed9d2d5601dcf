//! Writer thread with group commit.
//!
//! The thread takes the waiting operations, runs them in one transaction, and returns their results after the commit. No timer delays a
//! single operation: while one group is flushed, the next group gathers.

mod priority;

use std::fmt;
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

pub(super) use self::priority::Priority;
use self::priority::{Queues, Submit, queues};
use super::database::Database;
use super::fault::Fault;
use super::lock::Lock;
use super::stopwatch::Stopwatch;
use super::supervisor::Supervisor;
use super::tx::{RollbackScope, Tx};
use crate::{Error, StoreFault, StoreOperation};

/// Time between two inspections of the files while the store is idle.
const INSPECTION_INTERVAL: Duration = Duration::from_secs(1);

/// Handle of the writer thread.
#[derive(Debug)]
pub(super) struct Writer {
    submit: Submit<Box<dyn Job>>,
    thread: std::sync::Mutex<Option<JoinHandle<()>>>,
    stopwatch: Stopwatch,
    closing: tokio::sync::Mutex<()>,
}

impl Writer {
    /// Starts the thread, which owns the database with its lock.
    pub(super) fn start(
        supervisor: Supervisor,
        lock: Arc<Lock>,
        flush_delay: Duration,
        stopwatch: Stopwatch,
    ) -> std::io::Result<Self> {
        let (submit, queues) = queues();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let worker = Worker { supervisor, flush_delay, stopwatch: stopwatch.clone(), _lock: lock };
        let thread =
            std::thread::Builder::new().name("waxwing-sqlite".into()).spawn(move || worker.work(queues, &runtime))?;
        Ok(Self { submit, thread: Some(thread).into(), stopwatch, closing: tokio::sync::Mutex::new(()) })
    }

    /// Runs `op` in the next transaction. Returns after the commit. `op` may run twice; the writes of the first run are rolled back then.
    pub(super) async fn run<T, F>(&self, priority: Priority, op: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&Tx<'_>) -> Result<T, Fault> + Send + 'static,
    {
        let _timing = self.stopwatch.start(StoreOperation::Write);
        let (reply, answer) = oneshot::channel();
        let job = Call { op, result: None, reply, needs_caller: priority.needs_caller() };
        if !self.submit.put(priority, Box::new(job)).await {
            return Err(Error::Closed);
        }
        answer.await.unwrap_or(Err(Error::Closed))
    }

    /// Waits until the thread has finished the submitted operations.
    pub(super) async fn close(&self) {
        let _closing = self.closing.lock().await;
        if let Some(thread) = self.stop() {
            // In both error cases the thread has ended.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }

    fn stop(&self) -> Option<JoinHandle<()>> {
        self.submit.stop();
        self.thread.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Some(thread) = self.stop() {
            // The file can be opened again as soon as the store is dropped, so the thread must end first.
            let _ = thread.join();
        }
    }
}

/// State of the thread.
struct Worker {
    supervisor: Supervisor,
    flush_delay: Duration,
    stopwatch: Stopwatch,
    /// The last field, because fields are dropped in order: the file is closed before the lock is released.
    _lock: Arc<Lock>,
}

impl Worker {
    fn work(mut self, mut queues: Queues<Box<dyn Job>>, runtime: &tokio::runtime::Runtime) {
        loop {
            match runtime.block_on(async { tokio::time::timeout(INSPECTION_INTERVAL, queues.next_group()).await }) {
                Ok(group) if group.is_empty() => break,
                Ok(group) => self.run(group),
                // Faults are found, and their repair is noticed, without operations too.
                Err(_idle) => drop(self.supervisor.ready().err()),
            }
        }
        self.supervisor.close();
    }

    /// Runs a group of operations in one transaction.
    fn run(&mut self, mut group: Vec<Box<dyn Job>>) {
        let lost = self.commit(&mut group).err();
        for job in group {
            job.finish(lost.as_ref());
        }
    }

    fn commit(&mut self, group: &mut [Box<dyn Job>]) -> Result<(), Lost> {
        let _timing = self.stopwatch.start(StoreOperation::Commit);
        let database = self.supervisor.ready().map_err(Lost::Faulted)?;
        let before = database.conn.total_changes();
        let committed = database.transaction(|scope| group.iter_mut().try_for_each(|job| job.run(database, scope)));
        // A transaction without writes does not wait for the disk.
        if !self.flush_delay.is_zero() && database.conn.total_changes() != before {
            std::thread::sleep(self.flush_delay);
        }
        let fault = self.supervisor.finish(&committed);
        match (fault, committed) {
            (Some(fault), _) => Err(Lost::Faulted(fault)),
            (None, Err(fault)) => Err(Lost::Database(Arc::new(Error::from(fault)))),
            (None, Ok(())) => Ok(()),
        }
    }
}

/// Failure of a transaction with all its operations.
#[derive(Debug)]
enum Lost {
    /// The transaction failed, and the next one may succeed.
    Database(Arc<Error>),
    /// The store has latched a fault.
    Faulted(StoreFault),
}

impl Lost {
    fn error(&self) -> Error {
        match self {
            Self::Database(error) => Error::Database(Box::new(Arc::clone(error))),
            Self::Faulted(fault) => Error::Faulted(*fault),
        }
    }
}

/// A submitted operation.
trait Job: Send {
    /// Runs the operation. Runs it again if the transaction is repeated. An error means that the transaction is lost.
    fn run(&mut self, database: &Database, scope: RollbackScope) -> Result<(), Fault>;

    /// Returns the result to the caller. `lost` is the failure of the transaction.
    fn finish(self: Box<Self>, lost: Option<&Lost>);
}

impl fmt::Debug for dyn Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Job")
    }
}

struct Call<T, F> {
    op: F,
    result: Option<Result<T, Error>>,
    reply: oneshot::Sender<Result<T, Error>>,
    needs_caller: bool,
}

impl<T, F> Job for Call<T, F>
where
    T: Send,
    F: Fn(&Tx<'_>) -> Result<T, Fault> + Send,
{
    fn run(&mut self, database: &Database, scope: RollbackScope) -> Result<(), Fault> {
        self.result = None;
        if self.needs_caller && self.reply.is_closed() {
            return Ok(());
        }
        match database.run(scope, &self.op) {
            Err(fault @ (Fault::Lost(_) | Fault::NeedsSavepoint)) => return Err(fault),
            Err(fault) if fault.storage().is_some() => return Err(fault),
            result => self.result = Some(result.map_err(Error::from)),
        }
        Ok(())
    }

    fn finish(self: Box<Self>, lost: Option<&Lost>) {
        let answer = match (self.result, lost) {
            (Some(Err(own)), _) => Err(own),
            (_, Some(lost)) => Err(lost.error()),
            (Some(Ok(value)), None) => Ok(value),
            (None, None) => return,
        };
        // Fails if the caller has gone.
        let _ = self.reply.send(answer);
    }
}
