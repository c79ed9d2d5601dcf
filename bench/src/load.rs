//! Generator of load on a server.
//!
//! In a closed load, a connection waits for the response before it sends the next webhook. In an open load, webhooks are sent at a fixed
//! rate.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::http::Connection;
use crate::webhook::WebhookGenerator;

/// Largest number of connections of an open load. It is limited by the usual limit for open files.
const MOST_CONNECTIONS: usize = 4_000;

/// Results of a load.
#[derive(Debug, Default)]
pub(crate) struct LoadStats {
    /// Webhooks with status 200.
    pub(crate) taken: Cell<u64>,
    /// Webhooks with another status, or without a response.
    pub(crate) refused: Cell<u64>,
    /// Latencies of the responses.
    latencies: RefCell<Vec<Duration>>,
}

impl LoadStats {
    fn note(&self, answer: Option<u16>, since: Instant) {
        let counter = if answer == Some(200) { &self.taken } else { &self.refused };
        counter.set(counter.get() + 1);
        self.latencies.borrow_mut().push(since.elapsed());
    }

    /// Removes and returns all latencies so far.
    pub(crate) fn take_latencies(&self) -> Latencies {
        Latencies::new(self.latencies.take())
    }
}

/// Sorted latencies.
#[derive(Debug)]
pub(crate) struct Latencies(Vec<Duration>);

impl Latencies {
    pub(crate) fn new(mut all: Vec<Duration>) -> Self {
        all.sort_unstable();
        Self(all)
    }

    /// Returns the latency that `share` of all, from 0 to 1, does not exceed.
    pub(crate) fn quantile(&self, share: f64) -> Duration {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index below the length")]
        let at = ((self.0.len() as f64) * share) as usize;
        self.0.get(at.min(self.0.len().saturating_sub(1))).copied().unwrap_or_default()
    }

    pub(crate) fn longest(&self) -> Duration {
        self.quantile(1.0)
    }
}

/// Closed load. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct ClosedLoop {
    pub(crate) seen: Rc<LoadStats>,
    stop: Rc<Cell<bool>>,
    connections: JoinSet<()>,
}

impl ClosedLoop {
    /// Starts the load over this number of connections. The load ends after `limit` webhooks.
    pub(crate) fn start(
        server: SocketAddr,
        connections: usize,
        limit: usize,
        maker: &Rc<RefCell<WebhookGenerator>>,
    ) -> Self {
        let (seen, stop) = (Rc::new(LoadStats::default()), Rc::new(Cell::new(false)));
        let mut tasks = JoinSet::new();
        for _ in 0..connections {
            let (seen, stop, maker) = (seen.clone(), stop.clone(), maker.clone());
            tasks.spawn_local(async move {
                let Ok(mut connection) = Connection::open(server).await else { return };
                let (mut request, host) = (Vec::new(), server.to_string());
                while !stop.get() && maker.borrow().made() < limit {
                    maker.borrow_mut().request(&host, &mut request);
                    let since = Instant::now();
                    let answer = connection.ask(&request).await.ok();
                    let broken = answer.is_none();
                    seen.note(answer, since);
                    if broken {
                        return;
                    }
                }
            });
        }
        Self { seen, stop, connections: tasks }
    }

    /// Waits for the end of the load and returns its results. With `at_once`, each connection ends after its current webhook. Otherwise the
    /// load continues to its limit.
    pub(crate) async fn end(mut self, at_once: bool) -> Rc<LoadStats> {
        self.stop.set(at_once);
        while self.connections.join_next().await.is_some() {}
        self.seen
    }
}

/// Sends webhooks at a fixed rate for `time`, over as many connections as necessary. `each` gets the number of each webhook when it is
/// sent.
pub(crate) async fn open_loop(
    server: SocketAddr,
    per_second: f64,
    time: Duration,
    maker: &Rc<RefCell<WebhookGenerator>>,
    mut each: impl FnMut(usize),
) -> Rc<LoadStats> {
    let seen = Rc::new(LoadStats::default());
    let idle: Rc<RefCell<Vec<Connection>>> = Rc::default();
    let mut requests = JoinSet::new();
    let mut opened = 0;
    let (start, host) = (Instant::now(), server.to_string());
    let mut tick = tokio::time::interval(Duration::from_millis(1));
    let mut sent = 0.0;
    while start.elapsed() < time {
        tick.tick().await;
        let due = start.elapsed().min(time).as_secs_f64() * per_second;
        while sent < due {
            sent += 1.0;
            let connection = idle.borrow_mut().pop();
            if connection.is_none() && opened >= MOST_CONNECTIONS {
                // All connections wait for responses. The webhook counts as refused, because it would wait in the client.
                seen.refused.set(seen.refused.get() + 1);
                continue;
            }
            opened += usize::from(connection.is_none());
            let mut request = Vec::with_capacity(1024);
            each(maker.borrow().made());
            maker.borrow_mut().request(&host, &mut request);
            let (seen, idle) = (seen.clone(), idle.clone());
            requests.spawn_local(async move {
                let since = Instant::now();
                let connection = match connection {
                    Some(connection) => Ok(connection),
                    None => Connection::open(server).await,
                };
                match connection {
                    Ok(mut connection) => {
                        let answer = connection.ask(&request).await.ok();
                        let whole = answer.is_some();
                        seen.note(answer, since);
                        if whole {
                            idle.borrow_mut().push(connection);
                        }
                    }
                    Err(_) => seen.note(None, since),
                }
            });
            while requests.try_join_next().is_some() {}
        }
    }
    while requests.join_next().await.is_some() {}
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles() {
        let latencies = Latencies::new((1..=100).rev().map(Duration::from_millis).collect());
        assert_eq!(latencies.quantile(0.5), Duration::from_millis(51));
        assert_eq!(latencies.quantile(0.99), Duration::from_millis(100));
        assert_eq!(latencies.longest(), Duration::from_millis(100));
        assert_eq!(Latencies::new(Vec::new()).longest(), Duration::ZERO);
    }
}
