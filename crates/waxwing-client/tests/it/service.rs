//! Tower service in place of the network.

use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use futures_util::stream::{self, StreamExt as _};
use waxwing_client::{Client, Error, ErrorKind, MediaInfo, MediaUpload, RetryAdvice};
use waxwing_types::{MediaId, PhoneNumberId, WaId};

use crate::support::{TOKEN, assert_discreet, builder};

const BASE: &str = "https://graph.test:8080";
const SENT: &str = r#"{"messages":[{"id":"wamid.A"}]}"#;

fn client(router: Router) -> Client {
    // The timeout ends only requests that are never answered.
    builder(BASE).timeout(Duration::from_secs(20)).service(router).build().unwrap()
}

async fn send(client: &Client) -> Result<(), Error> {
    client.send_text(WaId::new("34600000000"), "secret words").await.map(|sent| assert_eq!(sent.id.as_str(), "wamid.A"))
}

async fn fails(client: &Client) -> Error {
    let error = send(client).await.unwrap_err();
    assert_discreet(&error);
    error
}

#[tokio::test]
async fn requests_equal_those_on_the_network() {
    let seen = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&seen);
    let record = async move |request: Request| {
        *keep.lock().unwrap() = Some((request.uri().to_string(), request.headers().clone()));
        SENT
    };
    let client = client(Router::new().route("/v26.0/{number}/messages", post(record)));
    send(&client).await.unwrap();
    send(&client.for_number(PhoneNumberId::new("2"))).await.unwrap();
    let (uri, headers): (String, HeaderMap) = seen.lock().unwrap().take().unwrap();
    assert_eq!(uri, format!("{BASE}/v26.0/2/messages"));
    assert_eq!(headers["authorization"], format!("Bearer {TOKEN}"));
    assert_eq!(headers["user-agent"], concat!("waxwing/", env!("CARGO_PKG_VERSION")));
    assert_eq!(headers["content-type"], "application/json");
}

#[tokio::test]
async fn media_is_uploaded_and_downloaded() {
    let upload = async |body: Bytes| {
        let found = body.windows(5).any(|window| window == b"bytes");
        if found { r#"{"id":"77"}"# } else { r#"{"error":{"code":100}}"# }
    };
    let redirect = async || (StatusCode::FOUND, [("location", "/media/2")]);
    let router = Router::new()
        .route("/v26.0/{number}/media", post(upload))
        .route("/media/1", get(redirect))
        .route("/media/2", get(async || "0123456789"));
    let client = client(router);
    let id =
        client.upload(MediaUpload::new("image/png", Bytes::from_static(b"bytes")).filename("a.png")).await.unwrap();
    assert_eq!(id.as_str(), "77");

    let mut info = MediaInfo::new(MediaId::new("77"), format!("{BASE}/media/1"));
    let mut download = client.download(&info, 10).await.unwrap();
    assert_eq!(download.content_length(), Some(10), "the length is known as it is on the network");
    let mut bytes = Vec::new();
    while let Some(chunk) = download.chunk().await.unwrap() {
        bytes.extend_from_slice(&chunk);
    }
    assert_eq!(bytes, b"0123456789");
    assert_eq!(client.download(&info, 9).await.unwrap_err().kind(), ErrorKind::TooLarge);
    info.url = "https://elsewhere.test/media/2".into();
    assert_eq!(client.download(&info, 10).await.unwrap_err().kind(), ErrorKind::ForbiddenHost);
}

#[tokio::test]
async fn responses_of_other_servers_are_recognised() {
    let refusal = async || (StatusCode::BAD_REQUEST, r#"{"error":{"code":131047}}"#);
    let error = fails(&client(Router::new().fallback(refusal))).await;
    assert_eq!((error.kind(), error.api().map(|api| api.code)), (ErrorKind::Api, Some(131_047)));
    let error = fails(&client(Router::new())).await;
    assert_eq!((error.kind(), error.status()), (ErrorKind::Decode, Some(404)));
    let broken = async || {
        let chunks = [Ok(Bytes::from_static(b"{\"mess")), Err(io::Error::from(io::ErrorKind::ConnectionReset))];
        Body::from_stream(stream::iter(chunks))
    };
    let error = fails(&client(Router::new().fallback(broken))).await;
    assert_eq!((error.kind(), error.may_have_been_accepted()), (ErrorKind::Transport, true));
}

#[tokio::test]
async fn a_missing_or_endless_response_is_in_doubt() {
    let silent = Router::new().fallback(async || std::future::pending::<()>().await);
    let endless = Router::new().fallback(async || {
        let first = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"{"))]);
        Body::from_stream(first.chain(stream::pending()))
    });
    for router in [silent, endless] {
        let client = builder(BASE).timeout(Duration::from_millis(20)).service(router).build().unwrap();
        let error = fails(&client).await;
        assert_eq!((error.kind(), error.retry_advice()), (ErrorKind::Transport, RetryAdvice::Backoff));
        assert!(error.may_have_been_accepted());
    }
}

/// Service that fails before or after it has taken a request.
#[derive(Clone)]
struct Faulty {
    ready: bool,
}

impl tower::Service<axum::http::Request<reqwest::Body>> for Faulty {
    type Response = axum::http::Response<Body>;
    type Error = io::Error;
    type Future = std::future::Ready<io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(if self.ready { Ok(()) } else { Err(io::ErrorKind::ConnectionRefused.into()) })
    }

    fn call(&mut self, _: axum::http::Request<reqwest::Body>) -> Self::Future {
        std::future::ready(Err(io::ErrorKind::ConnectionReset.into()))
    }
}

#[tokio::test]
async fn a_failed_service_is_in_doubt_only_after_it_took_the_request() {
    for ready in [false, true] {
        let error = fails(&builder(BASE).service(Faulty { ready }).build().unwrap()).await;
        assert_eq!((error.kind(), error.may_have_been_accepted()), (ErrorKind::Transport, ready));
        assert!(std::error::Error::source(&error).is_some());
    }
}
