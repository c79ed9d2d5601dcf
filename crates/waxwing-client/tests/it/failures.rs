//! Failed connections, in doubt or not.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use waxwing_client::{Client, Error, ErrorKind, RetryAdvice};
use waxwing_types::{MediaId, WaId};

use crate::support::{assert_discreet, builder};

async fn send(client: &Client) -> Error {
    let error = client.send_text(WaId::new("34600000000"), "secret words").await.unwrap_err();
    assert_discreet(&error);
    error
}

#[track_caller]
fn assert_transport(error: &Error, accepted: bool) {
    assert_eq!(error.kind(), ErrorKind::Transport, "{error:?}");
    assert_eq!(error.retry_advice(), RetryAdvice::Backoff);
    assert_eq!(error.may_have_been_accepted(), accepted, "{error:?}");
}

/// Starts a server for one connection. It reads the request, writes `answer`, and closes the connection or keeps it open.
async fn server(answer: &'static str, then_close: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_request(&mut stream).await;
        stream.write_all(answer.as_bytes()).await.unwrap();
        if then_close {
            return;
        }
        // Until the client gives up.
        while stream.read(&mut [0; 64]).await.is_ok_and(|read| read > 0) {}
    });
    format!("http://{address}")
}

/// Reads until the end of the JSON body, so that closing does not reset the connection.
async fn read_request(stream: &mut TcpStream) {
    let mut request = Vec::new();
    while !request.ends_with(b"}}") {
        stream.read_buf(&mut request).await.unwrap();
    }
}

#[tokio::test]
async fn a_refused_connection_sends_nothing() {
    // A bound port without a listener: no other process can take it, and connections are refused.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let client = builder(format!("http://{}", socket.local_addr().unwrap())).build().unwrap();
    let error = send(&client).await;
    assert_transport(&error, false);
    assert_eq!(error.to_string(), "connection to the graph api failed; check network, DNS and proxy");
    // The error must not contain the query.
    assert_discreet(&client.media(&MediaId::new("77")).await.unwrap_err());
}

#[tokio::test]
async fn a_name_that_does_not_resolve_sends_nothing() {
    // The label is too long, so the name fails without a DNS request.
    let client = builder(format!("https://{}.invalid", "a".repeat(64))).build().unwrap();
    assert_transport(&send(&client).await, false);
}

#[tokio::test]
async fn a_failed_handshake_sends_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        while stream.read(&mut [0; 64]).await.is_ok_and(|read| read > 0) {}
    });
    let client = builder(format!("https://{address}")).timeout(Duration::from_secs(20)).build().unwrap();
    assert_transport(&send(&client).await, false);
}

#[tokio::test]
async fn a_connect_timeout_sends_nothing() {
    // TLS is a part of connecting: this server accepts the connection and sends nothing.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = builder(format!("https://{}", listener.local_addr().unwrap()))
        .timeout(Duration::from_secs(20))
        .connect_timeout(Duration::from_millis(100))
        .build()
        .unwrap();
    assert_transport(&send(&client).await, false);
}

#[tokio::test]
async fn a_closed_connection_is_in_doubt() {
    let client = builder(server("", true).await).timeout(Duration::from_secs(20)).build().unwrap();
    assert_transport(&send(&client).await, true);
}

#[tokio::test]
async fn a_reset_connection_is_in_doubt() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        // Closing with unread bytes resets the connection.
        stream.read_exact(&mut [0; 1]).await.unwrap();
    });
    let client = builder(format!("http://{address}")).timeout(Duration::from_secs(20)).build().unwrap();
    assert_transport(&send(&client).await, true);
}

#[tokio::test]
async fn a_missing_response_is_in_doubt() {
    let client = builder(server("", false).await).build().unwrap();
    let error = send(&client).await;
    assert_transport(&error, true);
    assert_eq!(
        error.to_string(),
        "connection failed before the response was complete; the request may have been accepted"
    );
}

#[tokio::test]
async fn a_truncated_response_is_in_doubt() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"messages\":[";
    let client = builder(server(answer, true).await).timeout(Duration::from_secs(20)).build().unwrap();
    assert_transport(&send(&client).await, true);

    let client = builder(server(answer, false).await).build().unwrap();
    assert_transport(&send(&client).await, true);
}

#[tokio::test]
async fn a_truncated_refusal_is_in_doubt() {
    let answer = "HTTP/1.1 400 Bad Request\r\ncontent-length: 100\r\n\r\n{\"error\":{\"code\":131047}}";
    let client = builder(server(answer, true).await).timeout(Duration::from_secs(20)).build().unwrap();
    assert_transport(&send(&client).await, true);
}
