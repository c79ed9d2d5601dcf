//! The HTTP server.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::MissedTickBehavior;
use tokio_util::io::InspectReader;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::connection_table::{ConnectionGuard, ConnectionStats, ConnectionTable};
use crate::limits::ConnectionLimits;
use crate::log_throttle::LogThrottle;
use crate::request_body::RequestBody;
use crate::response_body::ResponseBody;

/// Maximum size of the read buffer of a connection in bytes, and with it of a request's head. Nearly every webhook fits.
const MAX_BUFFER: usize = 32 * 1024;

/// Interval at which connections are checked for timeouts.
const TIMEOUT_CHECKS: Duration = Duration::from_millis(500);

/// Time that the first request of a connection gets to arrive when the server stops.
const FIRST_REQUEST_GRACE: Duration = Duration::from_secs(1);

/// Pause after the operating system refused a connection, for example because the process has too many files open.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(100);

/// Serves a router over HTTP/1.1, within limits of connections, time and memory.
///
/// HTTP/2 is not spoken: Meta does not use it for webhooks, and one HTTP/2 connection can hold as much memory as a thousand others.
#[derive(Debug)]
pub struct HttpServer {
    router: Router,
    table: Arc<ConnectionTable>,
    failures: LogThrottle,
}

/// Reads the counts of an [`HttpServer`] while it serves.
#[derive(Debug, Clone)]
pub struct ConnectionMonitor(Arc<ConnectionTable>);

impl ConnectionMonitor {
    /// The counts at this time.
    pub fn stats(&self) -> ConnectionStats {
        self.0.stats()
    }
}

impl HttpServer {
    /// Creates a server.
    pub fn new(router: Router, limits: ConnectionLimits) -> Self {
        Self { router, table: Arc::new(ConnectionTable::new(limits)), failures: LogThrottle::default() }
    }

    /// The counts of the connections.
    pub fn monitor(&self) -> ConnectionMonitor {
        ConnectionMonitor(self.table.clone())
    }

    /// Accepts connections until `signal` completes. Then closes the listener, and waits for requests in progress without a time limit.
    /// Dropping the future closes all connections at once.
    ///
    /// # Errors
    ///
    /// If the listener is unusable. Other failures of the operating system are logged, counted, and followed by a short pause.
    pub async fn serve(self, listener: TcpListener, signal: impl Future<Output = ()>) -> io::Result<()> {
        let (connections, stopping) = (TaskTracker::new(), CancellationToken::new());
        let _close_all = self.table.close_all.clone().drop_guard();
        let mut checks = tokio::time::interval(TIMEOUT_CHECKS);
        checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let accepting = async {
            loop {
                let (stream, peer) = self.accept(&listener).await?;
                if let Some(guard) = self.table.admit(peer.ip()).await {
                    connections.spawn(converse(stream, guard, self.router.clone(), stopping.clone()));
                }
            }
        };
        let ended = {
            let (mut signal, mut accepting) = (pin!(signal), pin!(accepting));
            loop {
                tokio::select! {
                    () = &mut signal => break Ok(()),
                    Err::<Infallible, _>(error) = &mut accepting => break Err(error),
                    _ = checks.tick() => self.table.close_expired(),
                }
            }
        };
        drop(listener);
        stopping.cancel();
        connections.close();
        let mut finished = pin!(connections.wait());
        loop {
            tokio::select! {
                () = &mut finished => return ended,
                _ = checks.tick() => self.table.close_expired(),
            }
        }
    }

    /// Waits for the next connection.
    async fn accept(&self, listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
        loop {
            let error = match listener.accept().await {
                Ok(accepted) => return Ok(accepted),
                // The socket does not listen.
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => return Err(error),
                Err(error) => error,
            };
            let failed = self.table.count_failure();
            self.failures.log(|| {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, failed, "connection could not be accepted; accepting again");
            });
            // A connection that its client has given up needs no pause.
            if error.kind() != io::ErrorKind::ConnectionAborted {
                tokio::time::sleep(ACCEPT_BACKOFF).await;
            }
        }
    }
}

/// Serves the requests of one connection. The guard is dropped last, when the socket is closed.
async fn converse(stream: TcpStream, guard: ConnectionGuard, router: Router, stopping: CancellationToken) {
    let connection = guard.connection.clone();
    // A response is written at once, so nothing is gained by waiting for more of it.
    let _ = stream.set_nodelay(true);
    let (reader, fresh, close) = (connection.clone(), connection.clone(), connection.close.clone());
    let io = TokioIo::new(InspectReader::new(stream, move |bytes| {
        if !bytes.is_empty() {
            reader.received();
        }
    }));
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let (connection, router) = (connection.clone(), router.clone());
        async move {
            let guard = connection.begin_request();
            let body = |incoming| Body::new(RequestBody::new(incoming, connection.clone()));
            let response = router.oneshot(request.map(body)).await;
            response.map(|response| response.map(|body| ResponseBody::new(body, guard)))
        }
    });
    let mut serving =
        pin!(http1::Builder::new().max_buf_size(MAX_BUFFER).header_read_timeout(None).serve_connection(io, service));
    let stopping = async {
        stopping.cancelled().await;
        // A client that connected just before has its request on the way, and would lose it.
        if fresh.is_new() {
            tokio::time::sleep(FIRST_REQUEST_GRACE).await;
        }
    };
    let ended = tokio::select! {
        ended = &mut serving => Some(ended),
        () = close.cancelled() => None,
        () = stopping => {
            serving.as_mut().graceful_shutdown();
            tokio::select! {
                ended = &mut serving => Some(ended),
                () = close.cancelled() => None,
            }
        }
    };
    if let Some(Err(error)) = ended {
        tracing::debug!(error = &error as &dyn std::error::Error, "connection failed");
    }
}
