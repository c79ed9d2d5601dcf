//! `GET /control/events`: everything that happens, as one stream of Server-Sent Events.
//!
//! The id of an event is `{run}-{timeline}.{exchange}.{bot}`, with the sequence number of the last event of each kind. A client that
//! reconnects states the last id and receives the later events. A client of an earlier run, or of a
//! world that another one has replaced, receives the event `reset`.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::request::error;
use crate::clock::unix_millis;
use crate::exchange_log::redaction::Redaction;
use crate::exchange_log::view;
use crate::shared::Shared;

/// Maximum number of events of each kind that are rendered at once.
const BATCH_SIZE: usize = 64;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StreamQuery {
    /// Number of past events of each kind with which a new stream begins. Default: all that the emulator keeps.
    last: Option<u64>,
    /// Kinds of events, separated by commas. Default: all.
    kinds: Option<String>,
}

pub(super) async fn stream(
    State(shared): State<Arc<Shared>>,
    query: Result<Query<StreamQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let query = match query {
        Ok(Query(query)) => query,
        Err(rejection) => return error(StatusCode::BAD_REQUEST, rejection.body_text()).into_response(),
    };
    let Some(kinds) = Kinds::parse(query.kinds.as_deref()) else {
        return error(StatusCode::BAD_REQUEST, "kinds has other names than timeline, exchange and bot").into_response();
    };
    let Ok(permit) = Arc::clone(&shared.logs.readers).try_acquire_owned() else {
        return error(StatusCode::SERVICE_UNAVAILABLE, "too many requests are waiting; close some of them")
            .into_response();
    };
    let last_id = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let generation = shared.world().generation;
    let resumed = last_id.and_then(|id| Cursor::parse(id, &shared.run(generation)));
    let mut queue = VecDeque::new();
    if last_id.is_some() && resumed.is_none() {
        queue.push_back(reset());
    }
    let cursor = resumed.unwrap_or_else(|| Cursor::before_end(&shared, query.last));
    let follower = Follower {
        world: shared.changes(),
        exchanges: shared.logs.exchanges.changes(),
        bot_events: shared.logs.bot_events.changes(),
        redaction: Redaction::new(&shared.settings),
        shared,
        generation,
        kinds,
        cursor,
        queue,
        _permit: permit,
    };
    Sse::new(stream::unfold(follower, Follower::next)).keep_alive(KeepAlive::default()).into_response()
}

/// Kinds of events that a client receives.
#[derive(Debug, Clone, Copy)]
struct Kinds {
    timeline: bool,
    exchange: bool,
    bot: bool,
}

impl Kinds {
    fn parse(kinds: Option<&str>) -> Option<Self> {
        let Some(names) = kinds else { return Some(Self { timeline: true, exchange: true, bot: true }) };
        let mut kinds = Self { timeline: false, exchange: false, bot: false };
        for name in names.split(',') {
            match name {
                "timeline" => kinds.timeline = true,
                "exchange" => kinds.exchange = true,
                "bot" => kinds.bot = true,
                _ => return None,
            }
        }
        Some(kinds)
    }
}

/// Sequence number of the last event of each kind that a client has received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cursor {
    timeline: u64,
    exchange: u64,
    bot: u64,
}

impl Cursor {
    /// Returns the cursor in an event id of this run.
    fn parse(id: &str, run_id: &str) -> Option<Self> {
        let mut numbers = id.strip_prefix(run_id)?.strip_prefix('-')?.split('.').map(|number| number.parse().ok());
        let cursor = Self { timeline: numbers.next()??, exchange: numbers.next()??, bot: numbers.next()?? };
        numbers.next().is_none().then_some(cursor)
    }

    /// Returns the cursor before the last events of each kind, or before all events.
    fn before_end(shared: &Shared, last: Option<u64>) -> Self {
        let before = |newest: u64| last.map_or(0, |last| newest.saturating_sub(last));
        let timeline = before(shared.world().runtime.timeline.last());
        let (exchange, bot) = (before(shared.logs.exchanges.last()), before(shared.logs.bot_events.last()));
        Self { timeline, exchange, bot }
    }

    /// Moves the cursor to an event. Returns its id.
    fn pass(&mut self, run_id: &str, kind: &str, seq: u64) -> String {
        match kind {
            "timeline" => self.timeline = seq,
            "exchange" => self.exchange = seq,
            _ => self.bot = seq,
        }
        format!("{run_id}-{}.{}.{}", self.timeline, self.exchange, self.bot)
    }
}

/// Returns the event after which a client loads its state again.
fn reset() -> sse::Event {
    sse::Event::default().event("reset").data("{}")
}

/// Client that follows the events.
struct Follower {
    shared: Arc<Shared>,
    world: watch::Receiver<u64>,
    exchanges: watch::Receiver<u64>,
    bot_events: watch::Receiver<u64>,
    redaction: Redaction,
    /// Generation of the world whose events the client follows.
    generation: u64,
    kinds: Kinds,
    cursor: Cursor,
    queue: VecDeque<sse::Event>,
    _permit: OwnedSemaphorePermit,
}

impl Follower {
    async fn next(mut self) -> Option<(Result<sse::Event, Infallible>, Self)> {
        loop {
            if let Some(event) = self.queue.pop_front() {
                return Some((Ok(event), self));
            }
            self.world.mark_unchanged();
            self.exchanges.mark_unchanged();
            self.bot_events.mark_unchanged();
            self.fill_queue();
            if !self.queue.is_empty() {
                continue;
            }
            tokio::select! {
                changed = self.world.changed(), if self.kinds.timeline => changed.ok()?,
                changed = self.exchanges.changed(), if self.kinds.exchange => changed.ok()?,
                changed = self.bot_events.changed(), if self.kinds.bot => changed.ok()?,
                () = self.shared.stopped.cancelled() => return None,
            }
        }
    }

    /// Renders the next events in the order of their times.
    fn fill_queue(&mut self) {
        let mut events: Vec<(u64, &str, u64, Value)> = Vec::new();
        if self.kinds.timeline {
            let world = self.shared.world();
            if world.generation != self.generation {
                (self.generation, self.cursor.timeline) = (world.generation, 0);
                self.queue.push_back(reset());
            }
            for event in world.runtime.timeline.after(self.cursor.timeline).take(BATCH_SIZE) {
                let at = unix_millis(event.at);
                events.push((at, "timeline", event.seq, json!({ "seq": event.seq, "at": at, "event": event.kind })));
            }
        }
        if self.kinds.exchange {
            for (seq, exchange) in self.shared.logs.exchanges.after(self.cursor.exchange, BATCH_SIZE) {
                events.push((unix_millis(exchange.at()), "exchange", seq, view::exchange(&exchange, &self.redaction)));
            }
        }
        if self.kinds.bot {
            for (seq, recorded) in self.shared.logs.bot_events.after(self.cursor.bot, BATCH_SIZE) {
                let at = unix_millis(recorded.event.time());
                events.push((at, "bot", seq, serde_json::to_value(&*recorded).unwrap_or_default()));
            }
        }
        // Exchanges are recorded when they end, so their times are not in the order of their numbers. A cursor needs that order.
        let mut latest = Cursor { timeline: 0, exchange: 0, bot: 0 };
        for (at, kind, ..) in &mut events {
            let time = match *kind {
                "timeline" => &mut latest.timeline,
                "exchange" => &mut latest.exchange,
                _ => &mut latest.bot,
            };
            *time = (*time).max(*at);
            *at = *time;
        }
        events.sort_by_key(|(at, ..)| *at);
        for (_, kind, seq, data) in events {
            let id = self.cursor.pass(&self.shared.run(self.generation), kind, seq);
            self.queue.push_back(sse::Event::default().id(id).event(kind).data(data.to_string()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_id_resumes_each_kind() {
        let mut cursor = Cursor { timeline: 1, exchange: 0, bot: 0 };
        let id = cursor.pass("run", "exchange", 7);
        assert_eq!(id, "run-1.7.0");
        assert_eq!(Cursor::parse(&id, "run"), Some(cursor));
        for id in ["other-1.7.0", "run-1.7", "run-1.7.0.2", "run-a.7.0", "run", ""] {
            assert_eq!(Cursor::parse(id, "run"), None, "{id}");
        }
    }
}
