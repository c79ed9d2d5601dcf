//! Shared state of one emulator.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::logs::Logs;
use crate::settings::EmulatorSettings;
use crate::webhook::callback::Callbacks;
use crate::world::World;
use crate::world::effect::Effect;

/// Maximum number of webhooks that are posted at the same time.
const MAX_CONCURRENT_DELIVERIES: usize = 64;
/// Maximum number of open phone pages, and of requests that wait for a message.
const MAX_WAITING_REQUESTS: usize = 64;

/// Shared state of one emulator.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) settings: EmulatorSettings,
    /// Listening address. `None` without a port.
    pub(crate) address: Option<SocketAddr>,
    /// Random id of this run, by which a phone page recognizes a restart.
    pub(crate) run_id: String,
    pub(crate) clock: Clock,
    /// HTTP client for webhooks and linked media.
    pub(crate) http: reqwest::Client,
    pub(crate) callbacks: watch::Sender<Callbacks>,
    pub(crate) delivery_permits: Semaphore,
    pub(crate) waiting_permits: Arc<Semaphore>,
    pub(crate) logs: Logs,
    pub(crate) stopped: CancellationToken,
    pub(crate) tasks: TaskTracker,
    world: Mutex<World>,
    /// Number of changes of the world.
    changes: watch::Sender<u64>,
    effects: mpsc::UnboundedSender<Effect>,
}

impl Shared {
    /// Returns the shared state. The receiver of `effects` runs the effects of changes.
    pub(crate) fn new(
        settings: EmulatorSettings,
        address: Option<SocketAddr>,
        run_id: String,
        clock: Clock,
        http: reqwest::Client,
        world: World,
        effects: mpsc::UnboundedSender<Effect>,
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
            world: Mutex::new(world),
            changes: watch::Sender::new(0),
            effects,
        }
    }

    /// Locks the world. Changes through this guard run no effects and wake no waiting task; see [`change`](Self::change).
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        // A failed expectation panics while it holds the lock. The world stays consistent.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the world, requests the effects of the change, and wakes the tasks that wait for a change.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let (result, effects) = {
            let mut world = self.world();
            (change(&mut world), world.take_effects())
        };
        for effect in effects {
            // Sending fails only after the emulator has stopped, when effects no longer matter.
            let _ = self.effects.send(effect);
        }
        self.changes.send_modify(|count| *count += 1);
        result
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
