//! Responses that wait for content, over real sockets and with paused time.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use futures_util::{StreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use waxwing_axum::{ConnectionLimits, ConnectionMonitor, HttpServer};

/// Much longer than every timeout of a connection.
const LONG: Duration = Duration::from_hours(1);

/// Starts a server with the streams `/events`, whose lines the sender writes, and `/endless`.
async fn start(limits: ConnectionLimits) -> (SocketAddr, ConnectionMonitor, watch::Sender<&'static str>) {
    let (lines, receiver) = watch::channel("");
    let events = move || async move {
        Body::from_stream(stream::unfold(receiver, |mut receiver| async {
            receiver.changed().await.ok()?;
            let line = *receiver.borrow_and_update();
            Some((Ok::<_, std::io::Error>(line), receiver))
        }))
    };
    let endless = || async {
        Body::from_stream(stream::repeat([b'x'; 4096]).map(|bytes| Ok::<_, std::io::Error>(bytes.to_vec())))
    };
    let server = HttpServer::new(Router::new().route("/events", get(events)).route("/endless", get(endless)), limits);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, monitor) = (listener.local_addr().unwrap(), server.monitor());
    tokio::spawn(server.serve(listener, std::future::pending()));
    (address, monitor, lines)
}

async fn request(address: SocketAddr, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: w\r\n\r\n").as_bytes()).await.unwrap();
    stream
}

/// Reads until the response contains `end`.
async fn read_until(stream: &mut TcpStream, end: &str) {
    let mut received = String::new();
    while !received.contains(end) {
        let mut bytes = [0; 1024];
        let len = stream.read(&mut bytes).await.unwrap();
        assert_ne!(len, 0, "the server closed the connection after {received:?}");
        received.push_str(std::str::from_utf8(&bytes[..len]).unwrap());
    }
}

#[tokio::test(start_paused = true)]
async fn a_response_that_waits_for_content_does_not_expire() {
    let (address, monitor, lines) = start(ConnectionLimits::default()).await;
    let mut stream = request(address, "/events").await;
    read_until(&mut stream, "\r\n\r\n").await;
    for line in ["first\n", "second\n"] {
        tokio::time::sleep(LONG).await; // tidy: allow sleep - time is paused
        lines.send(line).unwrap();
        read_until(&mut stream, line).await;
    }
    assert_eq!(monitor.stats().expired, 0);
    // The connection is idle after the end of the response.
    drop(lines);
    read_until(&mut stream, "0\r\n\r\n").await;
    tokio::time::sleep(LONG).await; // tidy: allow sleep - time is paused
    assert_eq!((monitor.stats().expired, monitor.stats().open), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_response_that_waits_for_content_is_not_evicted() {
    let mut limits = ConnectionLimits::default();
    limits.max_connections = 1;
    let (address, monitor, lines) = start(limits).await;
    let mut stream = request(address, "/events").await;
    read_until(&mut stream, "\r\n\r\n").await;
    let mut refused = Vec::new();
    // A reset ends the connection too.
    let _ = TcpStream::connect(address).await.unwrap().read_to_end(&mut refused).await;
    assert!(refused.is_empty());
    assert_eq!((monitor.stats().evicted, monitor.stats().refused), (0, 1));
    lines.send("first\n").unwrap();
    read_until(&mut stream, "first\n").await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_a_stream_is_disconnected() {
    let (address, monitor, _lines) = start(ConnectionLimits::default()).await;
    let stream = request(address, "/endless").await;
    tokio::time::timeout(LONG, async {
        while monitor.stats().expired == 0 {
            tokio::time::sleep(Duration::from_secs(1)).await; // tidy: allow sleep - time is paused
        }
    })
    .await
    .expect("the connection stays open");
    assert_eq!(monitor.stats().open, 0);
    drop(stream);
}
