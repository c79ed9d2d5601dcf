//! Tests of the public API with receivers on real sockets.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests as well")]

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use waxwing_event_sender::{EventSender, EventSenderBuilder, EventSenderError, SendResult, WebhookSecret};
use waxwing_network::NetworkPolicy;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn secret(text: &str) -> WebhookSecret {
    WebhookSecret::parse(text).unwrap()
}

/// Starts a receiver that answers one request. Returns its URL, and its request.
async fn receiver(answer: &'static str) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook?key=hush", listener.local_addr().unwrap());
    let request = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let (mut request, mut chunk) = (String::new(), [0; 4096]);
        while !request.ends_with("\"hi\"}") {
            let count = socket.read(&mut chunk).await.unwrap();
            request.push_str(std::str::from_utf8(&chunk[..count]).unwrap());
        }
        if answer.is_empty() {
            // The request times out while the connection is open.
            let _ = socket.read(&mut chunk).await;
        }
        let _ = socket.write_all(answer.as_bytes()).await;
        request
    });
    (url, request)
}

fn sender(url: &str) -> EventSenderBuilder {
    EventSender::builder(url).secret(secret(SECRET)).allow_private_addresses(true)
}

async fn send(sender: EventSenderBuilder) -> SendResult {
    sender.build().unwrap().send("evt_1", r#"{"text":"hi"}"#.into()).await
}

#[tokio::test]
async fn a_request_has_the_headers_of_standard_webhooks() {
    let (url, request) = receiver("HTTP/1.1 204 No Content\r\n\r\n").await;
    assert_eq!(send(sender(&url).secret(secret(OTHER))).await, SendResult::Delivered);
    let request = request.await.unwrap();
    assert!(request.starts_with("POST /hook?key=hush HTTP/1.1\r\n"), "{request}");
    let header = |name: &str| {
        let line = request.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_else(|| panic!("no {name} in {request}")).to_owned()
    };
    assert_eq!((&*header("webhook-id"), &*header("content-type")), ("evt_1", "application/json"));
    let seconds: u64 = header("webhook-timestamp").parse().unwrap();
    let expected = [SECRET, OTHER].map(|text| secret(text).sign("evt_1", seconds, br#"{"text":"hi"}"#));
    assert_eq!(header("webhook-signature"), expected.join(" "));
}

#[tokio::test]
async fn the_status_decides() {
    let failed = |reason: &str, seconds: Option<u64>| SendResult::Failed {
        reason: reason.into(),
        retry_after: seconds.map(Duration::from_secs),
    };
    for (answer, expected) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", SendResult::Delivered),
        ("HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n", SendResult::Gone),
        ("HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n", failed("status 500", None)),
        ("HTTP/1.1 429 Slow\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n", failed("status 429", Some(7))),
        ("HTTP/1.1 503 Away\r\nretry-after: 99999\r\ncontent-length: 0\r\n\r\n", failed("status 503", Some(3600))),
        (
            "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
            failed("status 302; redirects are not followed", None),
        ),
        ("nonsense\r\n\r\n", failed("the request failed", None)),
    ] {
        let (url, _request) = receiver(answer).await;
        assert_eq!(send(sender(&url)).await, expected, "{answer}");
    }
}

#[tokio::test]
async fn a_slow_receiver_and_a_closed_port_fail() {
    let (url, _request) = receiver("").await;
    let timeout = SendResult::Failed { reason: "timeout".into(), retry_after: None };
    assert_eq!(send(sender(&url).timeout(Duration::from_millis(100))).await, timeout);
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let refused = SendResult::Failed { reason: "no connection".into(), retry_after: None };
    assert_eq!(send(sender(&format!("http://{free}/"))).await, refused);
}

/// The name is harmless, and the address is not.
#[tokio::test]
async fn a_name_does_not_lead_into_a_private_network() {
    let (url, request) = receiver("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let port = url.rsplit_once(':').unwrap().1;
    let url = format!("http://localhost:{port}");
    let direct = NetworkPolicy::default().use_proxies(false);
    let SendResult::Failed { reason, .. } = send(sender(&url).allow_private_addresses(false).network(direct)).await
    else {
        panic!("delivered to a private address");
    };
    assert!(reason.contains("allow_private_addresses"), "{reason}");
    assert_eq!(send(sender(&url).network(direct)).await, SendResult::Delivered);
    request.await.unwrap();
}

#[test]
fn a_definition_is_checked() {
    let built = |url: &str| EventSender::builder(url).secret(secret(SECRET)).build();
    for url in ["", "shop.example", "ftp://shop.example/", "https://"] {
        assert!(matches!(built(url), Err(EventSenderError::InvalidUrl)), "{url}");
    }
    assert!(matches!(built("https://a:b@shop.example"), Err(EventSenderError::Credentials)));
    assert!(matches!(built("http://shop.example"), Err(EventSenderError::PlainHttp(_))));
    for host in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:10.0.0.1]", "0x7f.1", "2130706433"] {
        assert!(matches!(built(&format!("https://{host}/")), Err(EventSenderError::PrivateAddress)), "{host}");
    }
    assert!(matches!(EventSender::builder("https://shop.example").build(), Err(EventSenderError::NoSecret)));
    let sender = built("https://shop.example/hush").unwrap();
    assert_eq!(sender.host(), "shop.example");
    let shown = format!("{sender:?} {:?}", EventSender::builder("https://shop.example/hush").secret(secret(SECRET)));
    assert!(!shown.contains("hush"), "{shown}");
}
