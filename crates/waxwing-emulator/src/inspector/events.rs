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
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::request::error;
use crate::bot_event::RecordedBotEvent;
use crate::clock::unix_millis;
use crate::exchange_log::redaction::Redaction;
use crate::exchange_log::{Exchange, matching, view};
use crate::shared::Shared;
use crate::timeline::TimelineEvent;

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
        queue.push_back(QueuedEvent::Reset);
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

    /// Returns the id of the event at this cursor.
    fn id(&self, run: &str) -> String {
        format!("{run}-{}.{}.{}", self.timeline, self.exchange, self.bot)
    }
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
    queue: VecDeque<QueuedEvent>,
    _permit: OwnedSemaphorePermit,
}

impl Follower {
    async fn next(mut self) -> Option<(Result<sse::Event, Infallible>, Self)> {
        loop {
            if let Some(event) = self.queue.pop_front() {
                let event = self.render(&event);
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
                changed = self.world.changed() => changed.ok()?,
                changed = self.exchanges.changed(), if self.kinds.exchange => changed.ok()?,
                changed = self.bot_events.changed(), if self.kinds.bot => changed.ok()?,
                () = self.shared.stopped.cancelled() => return None,
            }
        }
    }

    /// Queues the next events in the order of their times. They are rendered one by one, because an exchange may be large.
    fn fill_queue(&mut self) {
        let mut events: Vec<(u64, QueuedEvent)> = Vec::new();
        let world = self.shared.world();
        if world.generation != self.generation {
            (self.generation, self.cursor.timeline) = (world.generation, 0);
            self.queue.push_back(QueuedEvent::Reset);
        }
        if self.kinds.timeline {
            for event in world.runtime.timeline.after(self.cursor.timeline).take(BATCH_SIZE) {
                events.push((unix_millis(event.at), QueuedEvent::Timeline(event.clone())));
            }
        }
        drop(world);
        if self.kinds.exchange {
            let log = &self.shared.logs.exchanges;
            for exchange in matching(log, self.cursor.exchange, BATCH_SIZE, |_| true).exchanges {
                events.push((unix_millis(exchange.at()), QueuedEvent::Exchange(exchange)));
            }
        }
        if self.kinds.bot {
            for (_, recorded) in self.shared.logs.bot_events.after(self.cursor.bot, BATCH_SIZE) {
                events.push((unix_millis(recorded.event.time()), QueuedEvent::Bot(recorded)));
            }
        }
        // Exchanges are recorded when they end, so their times are not in the order of their numbers. A cursor needs that order.
        let mut latest = Cursor { timeline: 0, exchange: 0, bot: 0 };
        for (at, event) in &mut events {
            let time = event.part_of(&mut latest);
            *time = (*time).max(*at);
            *at = *time;
        }
        events.sort_by_key(|(at, _)| *at);
        self.queue.extend(events.into_iter().map(|(_, event)| event));
    }

    /// Renders an event, and moves the cursor to it.
    fn render(&mut self, event: &QueuedEvent) -> sse::Event {
        let Some(seq) = event.seq() else { return sse::Event::default().event("reset").data("{}") };
        *event.part_of(&mut self.cursor) = seq;
        let id = self.cursor.id(&self.shared.run(self.generation));
        let (kind, data) = match event {
            QueuedEvent::Reset => ("reset", json!({})),
            QueuedEvent::Timeline(event) => {
                ("timeline", json!({ "seq": event.seq, "at": unix_millis(event.at), "event": event.kind }))
            }
            QueuedEvent::Exchange(exchange) => ("exchange", view::exchange(exchange, &self.redaction)),
            QueuedEvent::Bot(recorded) => ("bot", serde_json::to_value(&**recorded).unwrap_or_default()),
        };
        sse::Event::default().id(id).event(kind).data(data.to_string())
    }
}

/// Event that waits for its client.
enum QueuedEvent {
    /// The events of an earlier world are void.
    Reset,
    Timeline(TimelineEvent),
    Exchange(Arc<Exchange>),
    Bot(Arc<RecordedBotEvent>),
}

impl QueuedEvent {
    /// Returns the sequence number among the events of its kind.
    fn seq(&self) -> Option<u64> {
        match self {
            Self::Reset => None,
            Self::Timeline(event) => Some(event.seq),
            Self::Exchange(exchange) => Some(exchange.seq()),
            Self::Bot(recorded) => Some(recorded.seq),
        }
    }

    /// Returns the part of a cursor that counts the events of its kind.
    fn part_of<'a>(&self, cursor: &'a mut Cursor) -> &'a mut u64 {
        match self {
            Self::Reset | Self::Timeline(_) => &mut cursor.timeline,
            Self::Exchange(_) => &mut cursor.exchange,
            Self::Bot(_) => &mut cursor.bot,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_id_resumes_each_kind() {
        let cursor = Cursor { timeline: 1, exchange: 7, bot: 0 };
        let id = cursor.id("run");
        assert_eq!(id, "run-1.7.0");
        assert_eq!(Cursor::parse(&id, "run"), Some(cursor));
        for id in ["other-1.7.0", "run-1.7", "run-1.7.0.2", "run-a.7.0", "run", ""] {
            assert_eq!(Cursor::parse(id, "run"), None, "{id}");
        }
    }
}
