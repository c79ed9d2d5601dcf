//! Isolates runs that may have crashed the process.

use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

/// Lets runs execute side by side, or one run alone.
#[derive(Debug, Default)]
pub(crate) struct Isolation {
    lock: Arc<RwLock<()>>,
    /// Held by the one run that waits for exclusive access, so that other runs start between two isolated runs.
    queue: Arc<Mutex<()>>,
}

/// The place of the one run that waits for isolation.
#[derive(Debug)]
#[must_use]
pub(crate) struct QueuePlace(#[expect(dead_code, reason = "held for its effect on the queue")] OwnedMutexGuard<()>);

/// The right of a run to execute, until it is dropped.
#[derive(Debug)]
#[must_use]
pub(crate) enum RunPermit {
    /// The run executes side by side with others.
    Shared(#[expect(dead_code, reason = "held for its effect on the lock")] OwnedRwLockReadGuard<()>),
    /// The run executes alone in the process.
    Isolated(#[expect(dead_code, reason = "held for its effect on the lock")] OwnedRwLockWriteGuard<()>),
}

impl Isolation {
    /// Waits until no run is isolated.
    pub(crate) async fn shared(&self) -> RunPermit {
        RunPermit::Shared(self.lock.clone().read_owned().await)
    }

    /// Takes the place of the run that waits for isolation. Returns none if another run has it.
    pub(crate) fn queue(&self) -> Option<QueuePlace> {
        self.queue.clone().try_lock_owned().ok().map(QueuePlace)
    }

    /// Waits until no other run executes.
    pub(crate) async fn isolated(&self, _place: QueuePlace) -> RunPermit {
        RunPermit::Isolated(self.lock.clone().write_owned().await)
    }
}
