//! The timeline as Server-Sent Events.
//!
//! An event's id is `{run}-{number}`. A page that reconnects names the last one it has seen and gets what came after; one that
//! comes from another run of the emulator is told to start anew.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::view;
use crate::app::App;

/// Most events that are written at once.
const BATCH: usize = 256;

pub(super) async fn stream(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let Ok(place) = Arc::clone(&app.pages).try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many open pages").into_response();
    };
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let seen = last
        .and_then(|id| id.split_once('-'))
        .and_then(|(run, seq)| if run == app.run { seq.parse().ok() } else { None });
    let reset = last.is_some() && seen.is_none();
    let queue = if reset { VecDeque::from([sse::Event::default().event("reset").data("{}")]) } else { VecDeque::new() };
    let changes = app.changes();
    let follower = Follower { app, changes, seen: seen.unwrap_or(0), queue, _place: place };
    Sse::new(stream::unfold(follower, Follower::next)).keep_alive(KeepAlive::default()).into_response()
}

/// One page that follows the timeline.
struct Follower {
    app: Arc<App>,
    changes: watch::Receiver<u64>,
    /// The number of the last event that was looked at.
    seen: u64,
    queue: VecDeque<sse::Event>,
    _place: OwnedSemaphorePermit,
}

impl Follower {
    async fn next(mut self) -> Option<(Result<sse::Event, Infallible>, Self)> {
        loop {
            if let Some(event) = self.queue.pop_front() {
                return Some((Ok(event), self));
            }
            self.changes.mark_unchanged();
            if self.fill() {
                continue;
            }
            tokio::select! {
                changed = self.changes.changed() => changed.ok()?,
                () = self.app.stopped.cancelled() => return None,
            }
        }
    }

    /// Takes the next events. False if there were none.
    fn fill(&mut self) -> bool {
        let world = self.app.look();
        for event in world.timeline.after(self.seen).take(BATCH) {
            self.seen = event.seq;
            if let Some(view) = view::event(&world, event) {
                let id = format!("{}-{}", self.app.run, event.seq);
                self.queue.push_back(sse::Event::default().id(id).data(view.to_string()));
            }
        }
        !self.queue.is_empty() || self.seen < world.timeline.last()
    }
}
