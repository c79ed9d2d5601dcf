//! Stream of the events of an engine, for people who watch it at work.
//!
//! Events are live: they are not stored. Without a watcher, none is created except those of runs, which the metrics count.

mod event;

use std::sync::Arc;

use tokio::sync::broadcast::{self, Receiver, error::RecvError};
use waxwing_agent::{RunEvent, RunObserver};
use waxwing_metrics::Metrics;
use waxwing_store::{Clock, ConversationId, EventType, OutgoingEvent, Peer, TurnClaim};

use crate::run_counts;
use crate::run_tally::RunTally;
use crate::run_trace::RunTrace;

pub(crate) use event::outcome_name;
pub use event::{BudgetReport, EngineEvent, EngineEventKind, OutgoingReport};

/// Number of events that are kept for a slow watcher.
const CAPACITY: usize = 1024;

/// Publishes the events of an engine.
#[derive(Debug)]
pub(crate) struct EventPublisher {
    sender: broadcast::Sender<EngineEvent>,
    clock: Arc<dyn Clock>,
}

impl EventPublisher {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { sender: broadcast::Sender::new(CAPACITY), clock }
    }

    pub(crate) fn subscribe(&self, stored: Receiver<OutgoingEvent>) -> EngineEvents {
        EngineEvents { own: self.sender.subscribe(), stored }
    }

    /// Returns true if someone watches.
    pub(crate) fn is_watched(&self) -> bool {
        self.sender.receiver_count() > 0
    }

    /// Publishes an event of a conversation, or of a user whose conversation is not known.
    pub(crate) fn publish(&self, conversation: Option<ConversationId>, user: Option<String>, kind: EngineEventKind) {
        self.send(EngineEvent { at: self.clock.now(), number: None, conversation, user, turn: None, kind });
    }

    fn send(&self, event: EngineEvent) {
        // Sending fails if the last watcher has just gone.
        let _ = self.sender.send(event);
    }
}

/// Publishes the events of one turn.
#[derive(Debug, Clone)]
pub(crate) struct TurnEvents {
    publisher: Arc<EventPublisher>,
    metrics: Metrics,
    tally: Arc<RunTally>,
    conversation: ConversationId,
    epoch: i64,
    /// Label of the user; `None` in groups.
    user: Option<Arc<str>>,
    /// Trace of the run that is observed.
    trace: Option<RunTrace>,
}

impl TurnEvents {
    pub(crate) fn new(publisher: Arc<EventPublisher>, metrics: Metrics, claim: &TurnClaim) -> Self {
        let user = match &claim.conversation.peer {
            Peer::User(user) if !user.label().is_empty() && publisher.is_watched() => Some(user.label().into()),
            _ => None,
        };
        let (conversation, epoch) = (claim.lease.conversation, claim.lease.epoch);
        Self { publisher, metrics, tally: Arc::default(), conversation, epoch, user, trace: None }
    }

    /// Returns the observer of a run with this trace.
    pub(crate) fn in_trace(&self, trace: Option<RunTrace>) -> Self {
        Self { trace, ..self.clone() }
    }

    /// Returns true if someone watches.
    pub(crate) fn has_watchers(&self) -> bool {
        self.publisher.is_watched()
    }

    /// Returns the counts of the turn.
    pub(crate) fn tally(&self) -> &RunTally {
        &self.tally
    }

    /// Publishes an event. Without a watcher, `kind` is not called.
    pub(crate) fn publish(&self, kind: impl FnOnce() -> EngineEventKind) {
        if !self.publisher.is_watched() {
            return;
        }
        self.publisher.send(EngineEvent {
            at: self.publisher.clock.now(),
            number: None,
            conversation: Some(self.conversation),
            user: self.user.as_deref().map(str::to_owned),
            turn: Some(format!("{}.{}", self.conversation.0, self.epoch)),
            kind: kind(),
        });
    }
}

impl RunObserver for TurnEvents {
    /// Returns true, since the metrics count each event.
    fn is_watched(&self) -> bool {
        true
    }

    fn observe(&self, event: RunEvent) {
        run_counts::count(&self.metrics, &event);
        self.tally.count(&event);
        if let Some(trace) = &self.trace {
            trace.observe(&event);
        }
        self.publish(|| EngineEventKind::Run(event));
    }

    fn traceparent(&self) -> Option<String> {
        self.trace.as_ref().map(RunTrace::traceparent)
    }
}

/// Stream of events from [`Engine::events`](crate::Engine::events).
#[derive(Debug)]
pub struct EngineEvents {
    own: Receiver<EngineEvent>,
    /// Events that other systems can subscribe to.
    stored: Receiver<OutgoingEvent>,
}

impl EngineEvents {
    /// Returns the next event, or `None` after the engine is gone. A receiver that falls far behind gets
    /// [`EngineEventKind::Missed`] in place of the oldest events.
    ///
    /// The method is cancel safe.
    pub async fn next(&mut self) -> Option<EngineEvent> {
        loop {
            let event = tokio::select! {
                own = self.own.recv() => own,
                stored = self.stored.recv() => match stored {
                    // The engine reports this with the user.
                    Ok(stored) if stored.kind == EventType::MessageReceived => continue,
                    stored => stored.map(EngineEvent::from),
                },
            };
            return match event {
                Ok(event) => Some(event),
                Err(RecvError::Closed) => None,
                Err(RecvError::Lagged(count)) => Some(EngineEvent::missed(count)),
            };
        }
    }
}
