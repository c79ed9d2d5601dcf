//! Shared state of one emulator.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::logs::Logs;
use crate::rules::Rules;
use crate::settings::EmulatorSettings;
use crate::webhook::callback::Callbacks;
use crate::world::World;
use crate::world::effect::RequestedEffect;

/// Maximum number of webhooks that are posted at the same time.
const MAX_CONCURRENT_DELIVERIES: usize = 64;
/// Maximum number of open pages and event streams, and of requests that wait.
const MAX_WAITING_REQUESTS: usize = 1_024;

/// Shared state of one emulator.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) settings: EmulatorSettings,
    /// Listening address. `None` without a port.
    pub(crate) address: Option<SocketAddr>,
    /// Random id of this run of the emulator.
    run_id: String,
    pub(crate) clock: Clock,
    /// HTTP client for webhooks and linked media.
    pub(crate) http: reqwest::Client,
    pub(crate) callbacks: watch::Sender<Callbacks>,
    pub(crate) delivery_permits: Semaphore,
    waiting_permits: Arc<Semaphore>,
    pub(crate) logs: Logs,
    pub(crate) stopped: CancellationToken,
    pub(crate) tasks: TaskTracker,
    world: Mutex<World>,
    /// Copy of the rules of the world, for callers that hold its lock.
    rules: RwLock<Rules>,
    /// Number of changes of the world.
    changes: watch::Sender<u64>,
    effects: mpsc::UnboundedSender<RequestedEffect>,
}

/// Error for a request that would have to wait together with too many others.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("{MAX_WAITING_REQUESTS} pages, event streams and waiting requests are open; close some of them first")]
pub(crate) struct TooManyWaiting;

impl Shared {
    /// Returns the shared state. The receiver of `effects` runs the effects of changes.
    pub(crate) fn new(
        settings: EmulatorSettings,
        address: Option<SocketAddr>,
        run_id: String,
        clock: Clock,
        http: reqwest::Client,
        world: World,
        effects: mpsc::UnboundedSender<RequestedEffect>,
    ) -> Self {
        let callbacks = Callbacks::new(settings.webhook.clone());
        Self {
            settings,
            address,
            run_id,
            clock,
            http,
            callbacks: watch::Sender::new(callbacks),
            delivery_permits: Semaphore::new(MAX_CONCURRENT_DELIVERIES),
            waiting_permits: Arc::new(Semaphore::new(MAX_WAITING_REQUESTS)),
            logs: Logs::default(),
            stopped: CancellationToken::new(),
            tasks: TaskTracker::new(),
            rules: RwLock::new(world.account.rules.clone()),
            world: Mutex::new(world),
            changes: watch::Sender::new(0),
            effects,
        }
    }

    /// Returns the id of the events of a world, by which a page recognizes a restart and a replaced world.
    pub(crate) fn run(&self, generation: u64) -> String {
        format!("{}.{generation}", self.run_id)
    }

    /// Locks the world. Changes through this guard run no effects and wake no waiting task; see [`change`](Self::change).
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        // A failed expectation panics while it holds the lock. The world stays consistent.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the world, requests the effects of the change, and wakes the tasks that wait for a change.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let (result, effects, replaced) = {
            let mut world = self.world();
            let result = change(&mut world);
            self.copy_rules(&world.account.rules);
            (result, world.take_effects(), world.replaced.clone())
        };
        let effects = effects.into_iter().map(|effect| RequestedEffect { effect, replaced: replaced.clone() });
        for effect in effects {
            // Sending fails only after the emulator has stopped, when effects no longer matter.
            let _ = self.effects.send(effect);
        }
        self.changes.send_modify(|count| *count += 1);
        result
    }

    /// Returns the rules of the world. The caller may hold the lock of the world.
    pub(crate) fn rules(&self) -> Rules {
        self.rules.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn copy_rules(&self, rules: &Rules) {
        let is_same = *self.rules.read().unwrap_or_else(PoisonError::into_inner) == *rules;
        if !is_same {
            self.rules.write().unwrap_or_else(PoisonError::into_inner).clone_from(rules);
        }
    }

    /// Changes the world on behalf of work that an earlier change has requested. Does nothing if another world has replaced that one.
    pub(crate) fn change_unless<T>(
        &self,
        replaced: &CancellationToken,
        change: impl FnOnce(&mut World) -> T,
    ) -> Option<T> {
        // The token is cancelled under the lock of the world.
        self.change(|world| (!replaced.is_cancelled()).then(|| change(world)))
    }

    /// Returns the permit of a page, of an event stream, or of a request that waits.
    pub(crate) fn waiting_permit(&self) -> Result<OwnedSemaphorePermit, TooManyWaiting> {
        Arc::clone(&self.waiting_permits).try_acquire_owned().map_err(|_| TooManyWaiting)
    }

    /// Returns a receiver that observes every later change.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Waits until `find` returns a value. `find` runs now and after each change.
    pub(crate) async fn wait<T>(&self, mut find: impl FnMut(&mut World) -> Option<T>) -> T {
        let mut changes = self.changes();
        loop {
            changes.mark_unchanged();
            if let Some(found) = find(&mut self.world()) {
                return found;
            }
            if changes.changed().await.is_err() {
                // Unreachable: `self` holds the sender.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Spawns a task that ends when the emulator stops.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stopped = self.stopped.clone();
        self.tasks.spawn(async move { stopped.run_until_cancelled_owned(task).await });
    }
}
