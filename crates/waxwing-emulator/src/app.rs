//! What handlers, background tasks and test users share: the world behind its lock, and the machinery around it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::builder::EmulatorSettings;
use crate::clock::Clock;
use crate::webhook::carrier;
use crate::webhook::target::Target;
use crate::world::{Effect, World};

/// Most webhooks that are posted at the same time.
const CARRIERS: usize = 64;
/// Most open phone pages.
pub(crate) const PAGES: usize = 64;

/// The emulator without its handle.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) settings: EmulatorSettings,
    /// Where the emulator listens; none without a port.
    pub(crate) address: Option<SocketAddr>,
    /// Names this start, so that a page notices that it talks to another.
    pub(crate) run: String,
    pub(crate) clock: Clock,
    pub(crate) http: reqwest::Client,
    pub(crate) gate: watch::Sender<Gate>,
    pub(crate) carriers: Semaphore,
    pub(crate) pages: Arc<Semaphore>,
    pub(crate) stopped: CancellationToken,
    pub(crate) tasks: TaskTracker,
    world: Mutex<World>,
    /// Counts the changes of the world, for those who wait for one.
    changes: watch::Sender<u64>,
}

/// What a webhook has to pass before it is posted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gate {
    /// The callback of the app.
    pub(crate) target: Option<Target>,
    /// The callback URL of the account, which goes before that of the app.
    pub(crate) account_override: Option<String>,
    pub(crate) statuses_held: bool,
}

impl Gate {
    /// Where webhooks go now.
    pub(crate) fn callback(&self) -> Option<Target> {
        self.account_override.clone().map(Target::Url).or_else(|| self.target.clone())
    }
}

impl App {
    pub(crate) fn new(
        settings: EmulatorSettings,
        address: Option<SocketAddr>,
        run: String,
        clock: Clock,
        http: reqwest::Client,
        world: World,
    ) -> Self {
        let gate = Gate { target: settings.webhook.clone().map(Target::Url), ..Gate::default() };
        Self {
            settings,
            address,
            run,
            clock,
            http,
            gate: watch::Sender::new(gate),
            carriers: Semaphore::new(CARRIERS),
            pages: Arc::new(Semaphore::new(PAGES)),
            stopped: CancellationToken::new(),
            tasks: TaskTracker::new(),
            world: Mutex::new(world),
            changes: watch::Sender::new(0),
        }
    }

    /// Looks at the world. What changes here wakes nobody and starts nothing.
    pub(crate) fn look(&self) -> MutexGuard<'_, World> {
        // A panic under the lock is a failed expectation of a test; the world itself is whole.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the world, starts what follows from that, and wakes those who wait.
    pub(crate) fn change<T>(self: &Arc<Self>, change: impl FnOnce(&mut World) -> T) -> T {
        let (result, effects) = {
            let mut world = self.look();
            (change(&mut world), world.take_effects())
        };
        for effect in effects {
            self.start(effect);
        }
        self.changes.send_modify(|count| *count += 1);
        result
    }

    /// Winds the clock forward, and carries out what is due by then.
    pub(crate) fn advance(self: &Arc<Self>, by: Duration) {
        self.clock.advance(by);
        self.change(World::run_due);
    }

    /// Told of every change from now on.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Waits until `look` finds something.
    pub(crate) async fn wait<T>(&self, mut look: impl FnMut(&mut World) -> Option<T>) -> T {
        let mut changes = self.changes();
        loop {
            changes.mark_unchanged();
            if let Some(found) = look(&mut self.look()) {
                return found;
            }
            if changes.changed().await.is_err() {
                // Cannot happen while `self` holds the sender.
                std::future::pending::<()>().await;
            }
        }
    }

    fn start(self: &Arc<Self>, effect: Effect) {
        let app = Arc::clone(self);
        match effect {
            Effect::Carry(lane) => self.spawn(async move { carrier::carry(&app, &lane).await }),
            Effect::Fetch { prepared, link } => self.spawn(async move {
                const DOWNLOAD_FAILED: u32 = 131_052;
                match fetch(&app.http, &link).await {
                    Some((mime_type, bytes)) => app.change(|world| world.fetched(*prepared, &mime_type, bytes)),
                    None => app.change(|world| world.lost(&prepared, DOWNLOAD_FAILED)),
                }
            }),
        }
    }

    /// Carries out what is planned, each thing at its time, for as long as the emulator runs.
    pub(crate) fn follow_agenda(self: &Arc<Self>) {
        let app = Arc::clone(self);
        self.spawn(async move {
            let mut changes = app.changes();
            loop {
                changes.mark_unchanged();
                let next = app.look().agenda.next();
                let Some(next) = next else {
                    if changes.changed().await.is_err() {
                        return;
                    }
                    continue;
                };
                let left = next.duration_since(app.clock.now()).unwrap_or_default();
                if left.is_zero() {
                    app.change(World::run_due);
                    continue;
                }
                tokio::select! {
                    () = app.clock.sleep(left) => {}
                    _ = changes.changed() => {}
                }
            }
        });
    }

    /// Runs a task that ends with the emulator.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stopped = self.stopped.clone();
        self.tasks.spawn(async move { stopped.run_until_cancelled_owned(task).await });
    }
}

/// Fetches a linked medium: its type and its bytes.
async fn fetch(http: &reqwest::Client, link: &str) -> Option<(String, bytes::Bytes)> {
    const PATIENCE: Duration = Duration::from_secs(30);
    let mut response = http.get(link).timeout(PATIENCE).send().await.ok()?;
    if response.status() != reqwest::StatusCode::OK {
        return None;
    }
    let mime_type = response.headers().get(reqwest::header::CONTENT_TYPE)?.to_str().ok()?.to_owned();
    let mut bytes = bytes::BytesMut::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if bytes.len() + chunk.len() > crate::rules::media::LARGEST {
            return None;
        }
        bytes.extend_from_slice(&chunk);
    }
    Some((mime_type, bytes.freeze()))
}
