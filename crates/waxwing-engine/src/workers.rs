//! The background tasks of an engine.
//!
//! One loop claims turns and one loop claims sends. Further tasks renew leases, show the typing indicator, watch the
//! budgets and handoffs, feed campaigns, deliver events and apply the retention rules.

mod claim_loop;
mod sends;
mod turns;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::alarms;
use crate::budget_watch;
use crate::campaign::feeder;
use crate::delivery_spans;
use crate::handoff;
use crate::outgoing;
use crate::retention;
use crate::shared::Shared;
use crate::shutdown::ShutdownSignal;
use sends::Sends;
use turns::Turns;

/// The background tasks of a running engine.
///
/// Dropping this value without [`shutdown`](Self::shutdown) stops the tasks at once. The next start resumes unfinished work.
#[derive(Debug)]
pub struct Workers {
    crew: Crew,
    /// Loops that end when the engine drains.
    loops: Vec<JoinHandle<()>>,
    /// The loop that claims sends. It also sends what the last turns commit.
    sender: Option<JoinHandle<()>>,
    /// Loops that serve turns in progress, and end when the last turn has ended.
    keepers: Vec<JoinHandle<()>>,
}

impl Workers {
    pub(crate) fn start(shared: &Arc<Shared>) -> Self {
        let shutdown = ShutdownSignal::default();
        let crew = Crew { shared: shared.clone(), shutdown, turns: TaskTracker::new(), sends: TaskTracker::new() };
        let ShutdownSignal { drain, stop_claiming_sends, abort } = crew.shutdown.clone();
        let sends = Sends(shared.slots.sends.clone());
        let loops = vec![
            tokio::spawn(claim_loop::run(Turns, crew.clone(), drain)),
            tokio::spawn(retention::run(shared.clone(), crew.shutdown.clone())),
            tokio::spawn(budget_watch::run(shared.clone(), crew.shutdown.clone())),
            tokio::spawn(feeder::run(shared.clone(), crew.shutdown.clone())),
            tokio::spawn(alarms::run(shared.clone(), crew.shutdown.clone())),
            tokio::spawn(outgoing::run(shared.clone(), crew.shutdown.clone())),
            tokio::spawn(handoff::run(shared.clone(), crew.shutdown.clone())),
        ];
        let hook = shared.reports.hook.clone();
        let hook = hook.map(|hook| tokio::spawn(hook.run(crew.shutdown.clone())));
        let loops = loops.into_iter().chain(hook).collect();
        let sender = Some(tokio::spawn(claim_loop::run(sends, crew.clone(), stop_claiming_sends)));
        let (leases, typing) = (shared.lease_renewer.clone(), shared.typing_indicator.clone());
        let statuses = shared.reports.traces.is_on().then(|| {
            tokio::spawn(delivery_spans::run(
                shared.reports.traces.clone(),
                shared.store.delivery_events(),
                abort.clone(),
            ))
        });
        let mut keepers = vec![
            tokio::spawn({
                let abort = abort.clone();
                async move { leases.run(abort).await }
            }),
            tokio::spawn(async move { typing.run(abort).await }),
        ];
        keepers.extend(statuses);
        Self { crew, loops, sender, keepers }
    }

    /// Shuts the engine down gracefully: claims no more turns, waits for turns in progress, and sends what they committed.
    ///
    /// After `timeout`, unfinished work is released to the store, where the next process finds it. Messages that wait for a retry, or for a
    /// limit beyond the timeout, stay there as well.
    pub async fn shutdown(mut self, timeout: Duration) {
        let end = Instant::now() + timeout;
        let Crew { shutdown, turns, sends, shared } = &self.crew;
        shutdown.drain.cancel();
        for worker in self.loops.drain(..) {
            // A loop that panicked has stopped as well.
            let _ = worker.await;
        }
        turns.close();
        let _ = tokio::time::timeout_at(end, turns.wait()).await;
        shutdown.stop_claiming_sends.cancel();
        if let Some(sender) = self.sender.take() {
            let _ = sender.await;
        }
        sends.close();
        Sends(shared.slots.sends.clone()).finish(&self.crew, end).await;
        let unfinished = turns.len() + sends.len();
        if unfinished > 0 {
            tracing::warn!(unfinished, "shutdown timeout reached; releasing unfinished work");
        }
        shutdown.abort.cancel();
        turns.wait().await;
        sends.wait().await;
        for keeper in self.keepers.drain(..) {
            let _ = keeper.await;
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        let ShutdownSignal { drain, stop_claiming_sends, abort } = &self.crew.shutdown;
        [drain, stop_claiming_sends, abort].into_iter().for_each(CancellationToken::cancel);
    }
}

/// The parts that every claiming loop uses.
#[derive(Debug, Clone)]
struct Crew {
    shared: Arc<Shared>,
    shutdown: ShutdownSignal,
    /// Turns in progress.
    turns: TaskTracker,
    /// Sends in progress.
    sends: TaskTracker,
}
