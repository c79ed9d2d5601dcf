//! The state of one connection.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::limits::ConnectionLimits;

/// A client by its address: an IPv4 address, or an IPv6 network of 64 bits, which one customer of a provider usually has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Peer(IpAddr);

impl From<IpAddr> for Peer {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
            address @ IpAddr::V4(_) => address,
        })
    }
}

/// One open connection.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) peer: Peer,
    /// Ends the connection at once.
    pub(crate) close: CancellationToken,
    phase: Mutex<Phase>,
}

/// The phase of a connection, with the time at which it began.
#[derive(Debug, Clone, Copy)]
enum Phase {
    /// No byte has arrived.
    New(Instant),
    /// No byte of the next request has arrived.
    Idle(Instant),
    /// A part of the next request's head has arrived.
    Head(Instant),
    /// The head has arrived, and a part of the body is missing.
    Body(Instant),
    /// A complete request is being handled, or its response waits for more content.
    Request,
    /// A part of the response is on its way to the client.
    Response(Instant),
}

impl Connection {
    /// A new connection. It ends when `close` is cancelled.
    pub(crate) fn new(peer: Peer, close: CancellationToken) -> Self {
        Self { peer, close, phase: Mutex::new(Phase::New(Instant::now())) }
    }

    /// True if no byte has arrived.
    pub(crate) fn is_new(&self) -> bool {
        matches!(self.phase(), Phase::New(_))
    }

    /// Bytes arrived.
    pub(crate) fn received(&self) {
        self.change(|phase| matches!(phase, Phase::New(_) | Phase::Idle(_)).then(|| Phase::Head(Instant::now())));
    }

    /// The head of a request is complete. The connection is idle again when the result is dropped.
    pub(crate) fn begin_request(self: &Arc<Self>) -> RequestGuard {
        self.change(|_| Some(Phase::Body(Instant::now())));
        RequestGuard(self.clone())
    }

    /// The body of the request is complete.
    pub(crate) fn end_body(&self) {
        self.change(|phase| matches!(phase, Phase::Body(_)).then_some(Phase::Request));
    }

    /// The time since which the connection has waited for its client; `None` while a complete request is handled.
    pub(crate) fn waiting_since(&self) -> Option<Instant> {
        match self.phase() {
            Phase::New(since)
            | Phase::Idle(since)
            | Phase::Head(since)
            | Phase::Body(since)
            | Phase::Response(since) => Some(since),
            Phase::Request => None,
        }
    }

    /// True if the connection has waited too long for its client.
    pub(crate) fn has_expired(&self, limits: &ConnectionLimits) -> bool {
        let exceeds = |since: Instant, timeout: Duration| since.elapsed() > timeout;
        match self.phase() {
            Phase::New(since) | Phase::Idle(since) | Phase::Response(since) => exceeds(since, limits.idle_timeout),
            Phase::Head(since) => exceeds(since, limits.head_timeout),
            Phase::Body(since) => exceeds(since, limits.body_timeout),
            Phase::Request => false,
        }
    }

    fn phase(&self) -> Phase {
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, next: impl FnOnce(Phase) -> Option<Phase>) {
        let mut phase = self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(next) = next(*phase) {
            *phase = next;
        }
    }
}

/// A request in progress, until the end of its response.
#[derive(Debug)]
pub(crate) struct RequestGuard(Arc<Connection>);

impl RequestGuard {
    /// The client must take a part of the response: its head, or content.
    pub(crate) fn respond(&self) {
        self.0.change(|_| Some(Phase::Response(Instant::now())));
    }

    /// The client has nothing to do until the response has more content.
    pub(crate) fn await_content(&self) {
        self.0.change(|_| Some(Phase::Request));
    }
}

impl Drop for RequestGuard {
    fn drop(&mut self) {
        self.0.change(|_| Some(Phase::Idle(Instant::now())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(one: &str, other: &str, same: bool) {
        let peer = |address: &str| Peer::from(address.parse::<IpAddr>().unwrap());
        assert_eq!(peer(one) == peer(other), same, "{one} {other}");
    }

    #[test]
    fn an_ipv6_network_is_one_peer() {
        check("192.0.2.1", "192.0.2.2", false);
        check("192.0.2.1", "::ffff:192.0.2.1", true);
        check("2001:db8:1:2::3", "2001:db8:1:2:ffff::4", true);
        check("2001:db8:1:2::3", "2001:db8:1:3::3", false);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_expires_while_it_waits_for_its_client() {
        let limits = ConnectionLimits::default();
        let connection = Arc::new(Connection::new(IpAddr::from([192, 0, 2, 1]).into(), CancellationToken::new()));
        tokio::time::advance(limits.idle_timeout).await;
        assert!(!connection.has_expired(&limits));
        connection.received();
        tokio::time::advance(limits.head_timeout).await;
        connection.received();
        assert!(!connection.has_expired(&limits));
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(connection.has_expired(&limits), "later bytes of a head do not extend its time");
        let request = connection.begin_request();
        tokio::time::advance(limits.body_timeout + Duration::from_millis(1)).await;
        assert!(connection.has_expired(&limits));
        connection.end_body();
        tokio::time::advance(Duration::from_hours(1)).await;
        assert!(!connection.has_expired(&limits) && connection.waiting_since().is_none());
        request.respond();
        tokio::time::advance(limits.idle_timeout + Duration::from_millis(1)).await;
        assert!(connection.has_expired(&limits), "the client does not take the response");
        request.await_content();
        tokio::time::advance(Duration::from_hours(1)).await;
        assert!(!connection.has_expired(&limits) && connection.waiting_since().is_none());
        drop(request);
        tokio::time::advance(limits.idle_timeout + Duration::from_millis(1)).await;
        assert!(connection.has_expired(&limits));
    }
}
