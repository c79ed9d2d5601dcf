//! The one thread that writes: group commit over a few queues.
//!
//! The thread takes whatever is queued, runs it in one transaction, and hands the results out once the transaction is on disk. If an operation
//! fails half-way, the transaction is taken back and made again with each operation in a savepoint of its own, so nobody pays for it.
//! There is no timer: a lone operation is not delayed, and while one group is flushed the next one
//! gathers. What goes first, and how much of it, is the business of `queues`.

mod queues;

use std::fmt;
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

pub(super) use self::queues::Priority;
use self::queues::{Places, Queues, queues};
use super::database::Database;
use super::fault::Fault;
use super::lock::Lock;
use super::tx::{Footing, Tx};
use crate::Error;

/// The handle of the writer thread.
#[derive(Debug)]
pub(super) struct Writer {
    places: Places<Box<dyn Job>>,
    thread: std::sync::Mutex<Option<JoinHandle<()>>>,
    closing: tokio::sync::Mutex<()>,
}

impl Writer {
    /// Starts the thread, which owns the database and the lock until it ends.
    pub(super) fn start(database: Database, lock: Lock, flush_delay: Duration) -> std::io::Result<Self> {
        let (places, queues) = queues();
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let body = Body { database, flush_delay, _lock: lock };
        let thread =
            std::thread::Builder::new().name("waxwing-sqlite".into()).spawn(move || body.work(queues, &runtime))?;
        Ok(Self { places, thread: Some(thread).into(), closing: tokio::sync::Mutex::new(()) })
    }

    /// Runs `op` in the next transaction and returns once it is on disk. It may be run twice, and what it wrote the first time is then gone.
    pub(super) async fn run<T, F>(&self, priority: Priority, op: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&Tx<'_>) -> Result<T, Fault> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Call { op, result: None, reply, needs_caller: priority.needs_caller() };
        if !self.places.put(priority, Box::new(job)).await {
            return Err(Error::Closed);
        }
        answer.await.unwrap_or(Err(Error::Closed))
    }

    /// Lets the thread finish what is queued and waits for its end.
    pub(super) async fn close(&self) {
        let _closing = self.closing.lock().await;
        if let Some(thread) = self.stop() {
            // Both failures mean that the thread is gone, which is what was asked for.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }

    fn stop(&self) -> Option<JoinHandle<()>> {
        self.places.stop();
        self.thread.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Some(thread) = self.stop() {
            // Once the store is gone its file can be opened again, so the thread must be over by then.
            let _ = thread.join();
        }
    }
}

/// What the thread owns.
struct Body {
    database: Database,
    flush_delay: Duration,
    /// Declared last, because fields are dropped in order: the file is closed before it can be opened by somebody else.
    _lock: Lock,
}

impl Body {
    fn work(self, mut queues: Queues<Box<dyn Job>>, runtime: &tokio::runtime::Runtime) {
        let Self { database, flush_delay, .. } = &self;
        loop {
            let mut group = runtime.block_on(queues.next_group());
            if group.is_empty() {
                break;
            }
            let before = database.conn.total_changes();
            let committed =
                database.transaction(|footing| group.iter_mut().try_for_each(|job| job.run(database, footing)));
            // What only reads does not wait for the disk.
            if !flush_delay.is_zero() && database.conn.total_changes() != before {
                std::thread::sleep(*flush_delay);
            }
            let lost = committed.err().map(|fault| Arc::new(Error::from(fault)));
            for job in group {
                job.finish(lost.as_ref());
            }
        }
        // A convenience for whoever copies the file; the log that may be left behind is read at the next start.
        if let Err(error) = database.conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |_| Ok(())) {
            tracing::warn!(%error, "could not move the write-ahead log into the database while closing it");
        }
    }
}

/// An operation with its caller.
trait Job: Send {
    /// Runs it, once more if need be; an error means that the transaction is lost.
    fn run(&mut self, database: &Database, footing: Footing) -> Result<(), Fault>;

    /// Tells the caller. `lost` is why the transaction did not come through.
    fn finish(self: Box<Self>, lost: Option<&Arc<Error>>);
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
    fn run(&mut self, database: &Database, footing: Footing) -> Result<(), Fault> {
        self.result = None;
        if self.needs_caller && self.reply.is_closed() {
            return Ok(());
        }
        match database.run(footing, &self.op) {
            Err(fault @ (Fault::Lost(_) | Fault::Entangled)) => return Err(fault),
            result => self.result = Some(result.map_err(Error::from)),
        }
        Ok(())
    }

    fn finish(self: Box<Self>, lost: Option<&Arc<Error>>) {
        let answer = match (self.result, lost) {
            (Some(Err(own)), _) => Err(own),
            (_, Some(error)) => Err(Error::Database(Box::new(Arc::clone(error)))),
            (Some(Ok(value)), None) => Ok(value),
            (None, None) => return,
        };
        // A caller that went away does not need the answer.
        let _ = self.reply.send(answer);
    }
}
