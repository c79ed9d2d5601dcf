//! Check of the database structure, on a thread of its own.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::{Connection, InterruptHandle};

use super::connection::{READER_CACHE_KIB, connect};
use super::fault::Fault;

/// Time between two interrupts of a check that has to end.
const INTERRUPT_INTERVAL: Duration = Duration::from_millis(1);

/// A running check. Dropping it ends the check.
pub(super) struct QuickCheck {
    result: Receiver<CheckResult>,
    is_cancelled: Arc<AtomicBool>,
    interrupt: InterruptHandle,
    thread: Option<JoinHandle<()>>,
    started_at: Instant,
}

/// Result of a check.
#[derive(Debug)]
pub(super) enum CheckResult {
    /// No damage was found.
    Intact,
    /// The structure is damaged, with the first damage.
    Corrupt(String),
    /// The check could not be completed.
    Unknown(Fault),
}

impl QuickCheck {
    /// Starts a check of the file as it is on disk, past the page caches of other connections.
    pub(super) fn start(path: &Path) -> Result<Self, Fault> {
        let conn = connect(path, READER_CACHE_KIB)?;
        let interrupt = conn.get_interrupt_handle();
        let is_cancelled = Arc::new(AtomicBool::new(false));
        let (sender, result) = channel();
        let is_over = Arc::clone(&is_cancelled);
        let thread = std::thread::Builder::new().name("waxwing-check".into()).spawn(move || {
            if !is_over.load(Ordering::SeqCst) {
                // Fails if nobody waits for the result any more.
                let _ = sender.send(check(&conn));
            }
        });
        let thread = thread.map_err(|error| Fault::Refused(crate::Error::Database(Box::new(error))))?;
        Ok(Self { result, is_cancelled, interrupt, thread: Some(thread), started_at: Instant::now() })
    }

    /// Waits for the result, and returns it with the time since the start. Returns `None` if the check takes longer.
    pub(super) fn wait(&self, time: Duration) -> Option<(CheckResult, Duration)> {
        Some((self.result.recv_timeout(time).ok()?, self.started_at.elapsed()))
    }
}

impl Drop for QuickCheck {
    fn drop(&mut self) {
        self.is_cancelled.store(true, Ordering::SeqCst);
        let Some(thread) = self.thread.take() else { return };
        while !thread.is_finished() {
            // An interrupt ends a statement that is running, not one that is about to start.
            self.interrupt.interrupt();
            std::thread::sleep(INTERRUPT_INTERVAL);
        }
        let _ = thread.join();
    }
}

fn check(conn: &Connection) -> CheckResult {
    match conn.query_row("PRAGMA quick_check(1)", (), |row| row.get::<_, String>(0)) {
        Ok(result) if result == "ok" => CheckResult::Intact,
        Ok(damage) => CheckResult::Corrupt(damage),
        Err(error) => CheckResult::Unknown(error.into()),
    }
}
