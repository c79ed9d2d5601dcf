//! The end of an HTTP server.

use axum::Router;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use waxwing_axum::{ConnectionLimits, HttpServer};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_connected_before_the_stop_is_answered() {
    let server = HttpServer::new(Router::new().route("/", get(|| async { "here" })), ConnectionLimits::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, monitor) = (listener.local_addr().unwrap(), server.monitor());
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(server.serve(listener, async {
        let _ = stopped.await;
    }));
    let mut stream = TcpStream::connect(address).await.unwrap();
    while monitor.stats().open == 0 {
        tokio::task::yield_now().await;
    }
    stop.send(()).unwrap();
    while TcpStream::connect(address).await.is_ok() {}
    stream.write_all(b"GET / HTTP/1.1\r\nhost: w\r\n\r\n").await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 200") && response.ends_with("here"), "{response:?}");
    serving.await.unwrap().unwrap();
    assert_eq!(monitor.stats().open, 0);
}
