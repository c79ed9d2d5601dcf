//! Attacks by clients that are not authenticated, over real sockets.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use waxwing_axum::{BodyBudget, ConnectionLimits, ConnectionMonitor, ConnectionStats, HttpServer, Prefix, Webhook};
use waxwing_webhook::AppSecrets;

use crate::support::{DEADLINE, Fixture, signed, text};

/// Longer than a loaded machine takes for any request, and shorter than the deadline of a slow body with some content.
const SOON: Duration = Duration::from_secs(12);

/// A webhook on a loopback port. It stops when it is dropped.
struct TestServer {
    address: SocketAddr,
    monitor: ConnectionMonitor,
    budget: BodyBudget,
    serving: JoinHandle<std::io::Result<()>>,
    fixture: Fixture,
}

impl TestServer {
    async fn start(change: impl FnOnce(&mut ConnectionLimits)) -> Self {
        let (fixture, budget) = (Fixture::new().await, BodyBudget::new(BodyBudget::MIN_BYTES));
        let webhook = Webhook::with_budget(fixture.engine(DEADLINE), signed("s"), None, budget.clone());
        let mut limits = ConnectionLimits::default();
        change(&mut limits);
        let server = HttpServer::new(webhook.router(&Prefix::default()), limits);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, monitor) = (listener.local_addr().unwrap(), server.monitor());
        let serving = tokio::spawn(server.serve(listener, std::future::pending()));
        Self { address, monitor, budget, serving, fixture }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends the head of an unsigned webhook of `len` bytes, and the first `sent` of them.
    async fn unsigned(&self, len: usize, sent: usize) -> TcpStream {
        let mut stream = self.connect().await;
        let head = format!("POST /whatsapp/webhook HTTP/1.1\r\nhost: w\r\ncontent-length: {len}\r\n\r\n");
        // The server may have closed the connection in the meantime.
        let _ = stream.write_all(head.as_bytes()).await;
        let _ = stream.write_all(&vec![b' '; sent]).await;
        stream
    }

    /// Delivers a signed webhook of at least `len` bytes over a new connection, and returns the response.
    async fn deliver(&self, id: &str, len: usize) -> String {
        let mut body = text(id).into_bytes();
        body.resize(body.len().max(len), b' ');
        let signature = AppSecrets::parse("s").unwrap().sign(&body);
        let head = format!(
            "POST /whatsapp/webhook HTTP/1.1\r\nhost: w\r\nconnection: close\r\nx-hub-signature-256: {signature}\r\n\
             content-length: {}\r\n\r\n",
            body.len()
        );
        let mut stream = self.connect().await;
        stream.write_all(&[head.as_bytes(), &body].concat()).await.unwrap();
        response(stream).await
    }

    /// Waits until the counts meet a condition.
    async fn wait_for(&self, condition: impl Fn(&ConnectionStats) -> bool) -> ConnectionStats {
        let waiting = async {
            loop {
                let stats = self.monitor.stats();
                if condition(&stats) {
                    return stats;
                }
                tokio::task::yield_now().await;
            }
        };
        let stats = || format!("the counts stay at {:?}", self.monitor.stats());
        tokio::time::timeout(DEADLINE, waiting).await.unwrap_or_else(|_| panic!("{}", stats()))
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Everything that the server sends until it closes the connection.
async fn response(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(SOON, stream.read_to_end(&mut bytes)).await;
    // A reset ends the response too.
    let _ = read.expect("the server neither responds nor closes the connection");
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_do_not_shut_the_port() {
    let server = TestServer::start(|limits| limits.max_connections = 8).await;
    let mut idle = Vec::new();
    for nth in 0..40 {
        idle.push(server.connect().await);
        if nth % 2 == 0 {
            idle[nth].write_all(b"POST /whatsapp/webhook HTTP/1.1\r\n").await.unwrap();
        }
    }
    assert!(server.deliver("wamid.1", 0).await.starts_with("HTTP/1.1 200"));
    let stats = server.monitor.stats();
    assert!(stats.open <= 8 && stats.evicted >= 33 && stats.refused == 0, "{stats:?}");
    assert_eq!(server.fixture.waiting().await, ["wamid.1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_with_slow_bodies_do_not_shut_the_port() {
    let server = TestServer::start(|limits| limits.max_connections = 8).await;
    let mut slow = Vec::new();
    for _ in 0..20 {
        slow.push(server.unsigned(1000, 10).await);
    }
    assert!(server.deliver("wamid.1", 0).await.starts_with("HTTP/1.1 200"));
    assert_eq!(server.fixture.waiting().await, ["wamid.1"]);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn one_peer_does_not_take_the_connections_of_others() {
    let server = TestServer::start(|limits| limits.max_connections_per_peer = 4).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let mut other = socket.connect(server.address).await.unwrap();
    server.wait_for(|stats| stats.open == 1).await;
    let mut many = Vec::new();
    for _ in 0..20 {
        many.push(server.connect().await);
    }
    // The new connection is counted a moment after the one that gave way to it.
    server.wait_for(|stats| stats.evicted == 16 && stats.open == 5).await;
    // The oldest connection belongs to another peer and stays.
    other.write_all(b"GET /whatsapp/status HTTP/1.1\r\nhost: w\r\nconnection: close\r\n\r\n").await.unwrap();
    assert!(response(other).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_wait_too_long_are_closed() {
    let server = TestServer::start(|limits| {
        limits.idle_timeout = Duration::from_millis(50);
        limits.head_timeout = Duration::from_millis(50);
        limits.body_timeout = Duration::from_millis(50);
    })
    .await;
    let mut head = server.connect().await;
    head.write_all(b"POST /whatsapp/webhook HTTP/1.1\r\n").await.unwrap();
    for stream in [server.connect().await, head, server.unsigned(1000, 10).await] {
        assert_eq!(response(stream).await, "");
    }
    assert_eq!(server.wait_for(|stats| stats.expired == 3).await.open, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn unsigned_bodies_stay_within_the_budget_and_do_not_delay_signed_ones() {
    let server = TestServer::start(|_| {}).await;
    let mut slow = Vec::new();
    for _ in 0..64 {
        slow.push(server.unsigned(2 * 1024 * 1024, 1024 * 1024).await);
        assert!(server.budget.used_bytes() <= BodyBudget::MIN_BYTES);
    }
    let in_memory = async {
        while server.budget.used_bytes() < 2 * 1024 * 1024 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(DEADLINE, in_memory).await.expect("the flood is not in memory");
    for (id, len) in [("wamid.1", 0), ("wamid.2", 100_000), ("wamid.3", 2_500_000)] {
        let response = server.deliver(id, len).await;
        assert!(response.starts_with("HTTP/1.1 200"), "{id}: {response}");
        assert!(server.budget.used_bytes() <= BodyBudget::MIN_BYTES);
    }
    let mut waiting = server.fixture.waiting().await;
    waiting.sort_unstable();
    assert_eq!(waiting, ["wamid.1", "wamid.2", "wamid.3"]);
    let ended = response(slow.swap_remove(0)).await;
    assert!(ended.contains("503") && ended.contains("send it again"), "the first body gave way: {ended:?}");
    drop(slow);
    server.wait_for(|stats| stats.open == 0).await;
    assert_eq!(server.budget.used_bytes(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn http2_is_refused_and_connect_is_answered() {
    let server = TestServer::start(|_| {}).await;
    let mut stream = server.connect().await;
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let refused = response(stream).await;
    assert!(refused.is_empty() || refused.starts_with("HTTP/1.1 4"), "{refused:?}");
    for target in ["graph.facebook.com:443", "/whatsapp/webhook"] {
        let mut stream = server.connect().await;
        stream.write_all(format!("CONNECT {target} HTTP/1.1\r\nhost: w\r\n\r\n").as_bytes()).await.unwrap();
        let mut bytes = [0; 12];
        tokio::time::timeout(SOON, stream.read_exact(&mut bytes)).await.expect("no answer").unwrap();
        assert!(bytes.starts_with(b"HTTP/1.1 40"), "{target}: {:?}", String::from_utf8_lossy(&bytes));
    }
}
