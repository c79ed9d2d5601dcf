//! The open connections of a server.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::connection::{Connection, Peer};
use crate::limits::ConnectionLimits;
use crate::log_throttle::LogThrottle;

/// Admits connections within limits.
#[derive(Debug)]
pub(crate) struct ConnectionTable {
    limits: ConnectionLimits,
    /// Ends all connections at once.
    pub(crate) close_all: CancellationToken,
    slots: Arc<Semaphore>,
    open: Mutex<OpenConnections>,
    counts: Counts,
    full: LogThrottle,
}

#[derive(Debug, Default)]
struct OpenConnections {
    last_id: u64,
    by_id: HashMap<u64, Arc<Connection>>,
    by_peer: HashMap<Peer, usize>,
}

#[derive(Debug, Default)]
struct Counts {
    evicted: AtomicU64,
    refused: AtomicU64,
    expired: AtomicU64,
    failed: AtomicU64,
}

/// Counts of a server's connections since its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionStats {
    /// Open connections at this time.
    pub open: usize,
    /// Connections that were closed while they waited for their clients, because a new one needed the place.
    pub evicted: u64,
    /// New connections that were closed at once, because a limit was reached and every other connection had a complete request.
    pub refused: u64,
    /// Connections that were closed because they waited too long for their clients.
    pub expired: u64,
    /// Connections that the operating system failed to hand over.
    pub failed: u64,
}

/// A connection in the table. Dropping it frees the place.
#[derive(Debug)]
pub(crate) struct ConnectionGuard {
    pub(crate) connection: Arc<Connection>,
    id: u64,
    table: Arc<ConnectionTable>,
    _slot: OwnedSemaphorePermit,
}

impl ConnectionTable {
    pub(crate) fn new(limits: ConnectionLimits) -> Self {
        Self {
            limits,
            close_all: CancellationToken::new(),
            slots: Arc::new(Semaphore::new(limits.max_connections.clamp(1, Semaphore::MAX_PERMITS))),
            open: Mutex::default(),
            counts: Counts::default(),
            full: LogThrottle::default(),
        }
    }

    /// Admits a connection. At a limit, the connection that has waited longest for its client is closed. `None` if none waits.
    pub(crate) async fn admit(self: &Arc<Self>, address: IpAddr) -> Option<ConnectionGuard> {
        let peer = Peer::from(address);
        let has_room = self.count(peer) < self.limits.max_connections_per_peer || self.evict(Some(peer));
        let slot = if !has_room {
            None
        } else if let Ok(slot) = self.slots.clone().try_acquire_owned() {
            Some(slot)
        } else if self.evict(None) {
            // The evicted connection frees its slot when its task ends, which needs nothing from its client.
            self.slots.clone().acquire_owned().await.ok()
        } else {
            None
        };
        let Some(slot) = slot else {
            let refused = self.counts.refused.fetch_add(1, Ordering::Relaxed) + 1;
            self.full.log(|| tracing::warn!(refused, "connection limit reached; refusing connections"));
            return None;
        };
        let connection = Arc::new(Connection::new(peer, self.close_all.child_token()));
        let mut open = self.open();
        open.last_id += 1;
        let id = open.last_id;
        open.by_id.insert(id, connection.clone());
        *open.by_peer.entry(peer).or_default() += 1;
        drop(open);
        Some(ConnectionGuard { connection, id, table: self.clone(), _slot: slot })
    }

    /// Closes connections that have waited too long for their clients.
    pub(crate) fn close_expired(&self) {
        let expired = self.open().remove_if(|connection| connection.has_expired(&self.limits));
        self.counts.expired.fetch_add(expired, Ordering::Relaxed);
    }

    /// Counts a failure of the operating system, and returns their number.
    pub(crate) fn count_failure(&self) -> u64 {
        self.counts.failed.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn stats(&self) -> ConnectionStats {
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        ConnectionStats {
            open: self.open().by_id.len(),
            evicted: count(&self.counts.evicted),
            refused: count(&self.counts.refused),
            expired: count(&self.counts.expired),
            failed: count(&self.counts.failed),
        }
    }

    fn count(&self, peer: Peer) -> usize {
        self.open().by_peer.get(&peer).copied().unwrap_or_default()
    }

    /// Closes the connection that has waited longest for its client: of this peer, or of any.
    fn evict(&self, peer: Option<Peer>) -> bool {
        let mut open = self.open();
        let candidates = open.by_id.iter().filter(|(_, connection)| peer.is_none_or(|peer| connection.peer == peer));
        let waiting = candidates.filter_map(|(id, connection)| Some((connection.waiting_since()?, *id)));
        let Some((_, id)) = waiting.min() else { return false };
        if let Some(connection) = open.remove(id) {
            connection.close.cancel();
        }
        drop(open);
        let evicted = self.counts.evicted.fetch_add(1, Ordering::Relaxed) + 1;
        self.full.log(|| tracing::warn!(evicted, "connection limit reached; closing waiting connections"));
        true
    }

    fn open(&self) -> std::sync::MutexGuard<'_, OpenConnections> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenConnections {
    fn remove(&mut self, id: u64) -> Option<Arc<Connection>> {
        let connection = self.by_id.remove(&id)?;
        if let Some(count) = self.by_peer.get_mut(&connection.peer) {
            *count -= 1;
            if *count == 0 {
                self.by_peer.remove(&connection.peer);
            }
        }
        Some(connection)
    }

    /// Closes the connections that `condition` selects, and returns their number.
    fn remove_if(&mut self, condition: impl Fn(&Connection) -> bool) -> u64 {
        let selected: Vec<_> = self.by_id.iter().filter(|(_, one)| condition(one)).map(|(id, _)| *id).collect();
        let removed = selected.into_iter().filter_map(|id| self.remove(id));
        removed.map(|connection| connection.close.cancel()).fold(0, |count, ()| count + 1)
    }
}

impl Drop for ConnectionGuard {
    fn drop(&mut self) {
        self.table.open().remove(self.id);
    }
}
