//! Limits of the connections of an HTTP server.

use std::time::Duration;

/// Limits of the connections of an [`HttpServer`](crate::HttpServer).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionLimits {
    /// Maximum number of open connections. Default: 1024.
    ///
    /// At the limit a new connection takes the place of the one that has waited longest for its client. It is refused if every open
    /// connection has a complete request.
    pub max_connections: usize,
    /// Maximum number of open connections of one peer. Default: 512.
    ///
    /// A peer is an IPv4 address or an IPv6 network of 64 bits. A reverse proxy is one peer.
    pub max_connections_per_peer: usize,
    /// Maximum time from the first byte of a request to the end of its head. Default: 10 s.
    pub head_timeout: Duration,
    /// Maximum time from the head of a request to the end of its body. Default: 60 s. A webhook has its own, shorter limits.
    pub body_timeout: Duration,
    /// Maximum time between two requests. Default: 90 s, which is longer than the idle timeouts of common load balancers.
    ///
    /// It is also the maximum time in which a client takes a part of a response. The time in which a response waits for more content, as
    /// a stream of events does, has no limit.
    pub idle_timeout: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            max_connections: 1024,
            max_connections_per_peer: 512,
            head_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_mins(1),
            idle_timeout: Duration::from_secs(90),
        }
    }
}
