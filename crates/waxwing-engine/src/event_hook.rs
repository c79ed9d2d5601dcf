//! Calls a function of the program with each event of a webhook.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;
use waxwing_webhook::{Notification, WebhookEvent};

use crate::log_once::LogOnce;
use crate::shutdown::ShutdownSignal;

/// Number of webhooks that wait for the function at most.
const MAX_WEBHOOKS: usize = 1024;

/// Size of the webhooks that wait for the function at most, in bytes.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Memory of an event without its JSON, as an upper estimate in bytes.
const EVENT_BYTES: usize = 1024;

type Calls = Pin<Box<dyn Future<Output = ()> + Send>>;
type Function = Arc<dyn Fn(WebhookEvent) -> Calls + Send + Sync>;

/// Events of one webhook with their size in bytes.
type Queued = (Vec<WebhookEvent>, usize);

/// A function that is called with each event of a webhook. Clones share the queue.
#[derive(Clone)]
pub(crate) struct EventHook {
    function: Function,
    queue: mpsc::Sender<Queued>,
    /// The other end of the queue, until the worker takes it.
    receiver: Arc<Mutex<Option<mpsc::Receiver<Queued>>>>,
    queued_bytes: Arc<AtomicUsize>,
}

impl EventHook {
    pub(crate) fn new<F>(function: impl Fn(WebhookEvent) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (queue, receiver) = mpsc::channel(MAX_WEBHOOKS);
        let function: Function = Arc::new(move |event| Box::pin(function(event)));
        Self { function, queue, receiver: Arc::new(Mutex::new(Some(receiver))), queued_bytes: Arc::default() }
    }

    /// Returns the events of a webhook to pass on after the webhook is stored.
    pub(crate) fn events(notification: &Notification) -> Vec<WebhookEvent> {
        match notification {
            Notification::WhatsApp(events) => events.clone(),
            Notification::OtherObject(_) | Notification::Unrecognized(_) => Vec::new(),
        }
    }

    /// Queues the events of a stored webhook. If the function is too slow, the events are left out.
    pub(crate) fn pass_on(&self, events: Vec<WebhookEvent>, log_once: &LogOnce) {
        let size = events.iter().map(|event| EVENT_BYTES + event.raw().len()).sum();
        let queued = self.queued_bytes.fetch_add(size, Ordering::Relaxed);
        // One webhook fits in any case.
        let is_full = queued > 0 && queued.saturating_add(size) > MAX_BYTES;
        if is_full || self.queue.try_send((events, size)).is_err() {
            self.queued_bytes.fetch_sub(size, Ordering::Relaxed);
            log_once.once("event hook", "", || {
                tracing::warn!("the on_event function is too slow; events are left out");
            });
        }
    }

    /// Calls the function with one event after the other, until the engine drains.
    pub(crate) async fn run(self, shutdown: ShutdownSignal) {
        let receiver = self.receiver.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut receiver) = receiver else { return };
        loop {
            let queued = tokio::select! {
                () = shutdown.drain.cancelled() => return,
                queued = receiver.recv() => queued,
            };
            let Some((events, size)) = queued else { return };
            for event in events {
                self.call(event, &shutdown).await;
            }
            self.queued_bytes.fetch_sub(size, Ordering::Relaxed);
        }
    }

    async fn call(&self, event: WebhookEvent, shutdown: &ShutdownSignal) {
        let function = self.function.clone();
        // A panic ends the task only.
        let mut call = tokio::spawn(async move { function(event).await });
        tokio::select! {
            result = &mut call => if result.is_err() {
                tracing::error!("the on_event function panicked");
            },
            () = shutdown.abort.cancelled() => call.abort(),
        }
    }
}

impl fmt::Debug for EventHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventHook").finish_non_exhaustive()
    }
}
