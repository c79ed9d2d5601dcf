//! Timeline as Server-Sent Events.
//!
//! Changes of the clock and of the groups are events without an id: the page always needs the latest state only. So are the events of the
//! bot, which tell why an answer takes long.
//!
//! The id of an event is `{run}-{seq}`. A page that reconnects states the last id and receives the later events. A page of an earlier
//! run of the emulator, or of a world that another one has replaced, receives the event `reset`.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::view;
use super::view::surroundings::Surroundings;
use crate::shared::Shared;

/// Maximum number of events that are rendered at once.
const BATCH_SIZE: usize = 256;

pub(super) async fn stream(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let permit = match shared.waiting_permit() {
        Ok(permit) => permit,
        Err(error) => return (StatusCode::SERVICE_UNAVAILABLE, error.to_string()).into_response(),
    };
    let generation = shared.world().generation;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let seen = last
        .and_then(|id| id.split_once('-'))
        .and_then(|(run, seq)| if run == shared.run(generation) { seq.parse().ok() } else { None });
    let is_other_run = last.is_some() && seen.is_none();
    let mut queue = VecDeque::new();
    if is_other_run {
        queue.push_back(reset());
    }
    let (changes, bot_changes) = (shared.changes(), shared.logs.bot_events.changes());
    let bot_seen = shared.logs.bot_events.last();
    let follower = TimelineFollower {
        shared,
        changes,
        bot_changes,
        bot_seen,
        generation,
        seen: seen.unwrap_or(0),
        surroundings: Surroundings::default(),
        queue,
        _permit: permit,
    };
    Sse::new(stream::unfold(follower, TimelineFollower::next)).keep_alive(KeepAlive::default()).into_response()
}

/// Returns the event after which a page loads its state again.
fn reset() -> sse::Event {
    sse::Event::default().event("reset").data("{}")
}

/// Page that follows the timeline.
struct TimelineFollower {
    shared: Arc<Shared>,
    changes: watch::Receiver<u64>,
    bot_changes: watch::Receiver<u64>,
    /// Sequence number of the last event of the bot that was rendered.
    bot_seen: u64,
    /// Generation of the world whose events were rendered.
    generation: u64,
    /// Sequence number of the last rendered event.
    seen: u64,
    /// State outside the timeline that the page has.
    surroundings: Surroundings,
    queue: VecDeque<sse::Event>,
    _permit: OwnedSemaphorePermit,
}

impl TimelineFollower {
    async fn next(mut self) -> Option<(Result<sse::Event, Infallible>, Self)> {
        loop {
            if let Some(event) = self.queue.pop_front() {
                return Some((Ok(event), self));
            }
            self.changes.mark_unchanged();
            self.bot_changes.mark_unchanged();
            if self.fill_queue() {
                continue;
            }
            tokio::select! {
                changed = self.changes.changed() => changed.ok()?,
                changed = self.bot_changes.changed() => changed.ok()?,
                () = self.shared.stopped.cancelled() => return None,
            }
        }
    }

    /// Renders the next events. Returns false if there were none.
    fn fill_queue(&mut self) -> bool {
        let world = self.shared.world();
        if world.generation != self.generation {
            (self.generation, self.seen) = (world.generation, 0);
            self.queue.push_back(reset());
        }
        for event in world.runtime.timeline.after(self.seen).take(BATCH_SIZE) {
            self.seen = event.seq;
            if let Some(view) = view::event(&world, event) {
                let id = format!("{}-{}", self.shared.run(self.generation), event.seq);
                self.queue.push_back(sse::Event::default().id(id).data(view.to_string()));
            }
        }
        for (seq, recorded) in self.shared.logs.bot_events.after(self.bot_seen, BATCH_SIZE) {
            self.bot_seen = seq;
            let view = json!({ "kind": "bot", "event": &*recorded });
            self.queue.push_back(sse::Event::default().data(view.to_string()));
        }
        let changed = self.surroundings.update(&world).into_iter();
        self.queue.extend(changed.map(|view| sse::Event::default().data(view.to_string())));
        !self.queue.is_empty() || self.seen < world.runtime.timeline.last()
    }
}
