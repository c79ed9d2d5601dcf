//! HTTPS proxy for clients that call https://graph.facebook.com.

use std::net::{Ipv4Addr, SocketAddr};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use waxwing_emulator::{Emulator, FaultEffect};

use crate::support::{PNG, WebhookServer, builder, fetch};

async fn start() -> Emulator {
    builder().https_proxy(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).start().await.unwrap()
}

/// Returns a client as a library with a hard-coded host uses it: with the proxy, and with the certificate of the emulator.
fn client(emulator: &Emulator) -> reqwest::Client {
    let proxy = reqwest::Proxy::https(emulator.https_proxy_url().unwrap()).unwrap();
    let ca = reqwest::Certificate::from_pem(emulator.ca_certificate().unwrap().as_bytes()).unwrap();
    reqwest::Client::builder().proxy(proxy).tls_certs_only([ca]).user_agent("hard-coded").build().unwrap()
}

const GRAPH: &str = "https://graph.facebook.com/v25.0/1000001";

#[tokio::test]
async fn a_client_with_a_hard_coded_host_works_unmodified() {
    let emulator = start().await;
    let server = WebhookServer::start(&emulator).await;
    let (http, token) = (client(&emulator), emulator.access_token());
    let ana = emulator.user("+34600000000");
    ana.sends_image(PNG, "image/png", None).await;
    emulator.expect_idle().await;
    let text = json!({"messaging_product": "whatsapp", "to": "34600000000", "type": "text", "text": {"body": "hello"}});
    let (status, sent) = fetch(http.post(format!("{GRAPH}/messages")).bearer_auth(token).json(&text)).await;
    assert_eq!(status, 200, "{sent}");
    ana.expect("hello").await;

    // Media URLs lead through the proxy, too.
    let media = server.messages()[0]["image"]["id"].as_str().unwrap().to_owned();
    let (_, file) = fetch(http.get(format!("https://graph.facebook.com/v25.0/{media}")).bearer_auth(token)).await;
    let url = file["url"].as_str().unwrap();
    assert!(url.starts_with("https://lookaside.fbsbx.com/"), "{url}");
    let downloaded = http.get(url).bearer_auth(token).send().await.unwrap();
    assert_eq!(downloaded.bytes().await.unwrap(), PNG);
    // A direct client gets a URL that works without the proxy.
    let direct = reqwest::Client::builder().no_proxy().user_agent("direct").build().unwrap();
    let (_, file) = fetch(direct.get(format!("{}/v25.0/{media}", emulator.url())).bearer_auth(token)).await;
    let url = file["url"].as_str().unwrap();
    assert_eq!(direct.get(url).bearer_auth(token).send().await.unwrap().bytes().await.unwrap(), PNG);
}

#[tokio::test]
async fn a_fault_drops_a_connection_of_the_proxy() {
    let emulator = start().await;
    emulator.next_send(FaultEffect::DropConnection);
    let text = json!({"messaging_product": "whatsapp", "to": "34600000000", "type": "text", "text": {"body": "hello"}});
    let call = client(&emulator).post(format!("{GRAPH}/messages")).bearer_auth(emulator.access_token()).json(&text);
    assert!(call.send().await.is_err());
}

/// The certificate authority must not be usable for other hosts, and the phone page has no password.
#[tokio::test]
async fn the_proxy_serves_the_graph_api_of_meta_only() {
    let emulator = start().await;
    let http = client(&emulator);
    let refused = http.get("https://example.com/").send().await.unwrap_err();
    assert!(refused.is_connect(), "{refused:?}");
    for path in ["control", "phone/state", "control/state"] {
        let (status, body) = fetch(http.get(format!("https://graph.facebook.com/{path}"))).await;
        assert!(status >= 400 && body["error"]["code"].is_number(), "{path}: {status} {body}");
    }
    let not_trusted = reqwest::Client::builder()
        .proxy(reqwest::Proxy::https(emulator.https_proxy_url().unwrap()).unwrap())
        .tls_certs_only([])
        .build()
        .unwrap();
    assert!(not_trusted.get(GRAPH).send().await.unwrap_err().is_connect());
}

async fn raw(emulator: &Emulator, request: &str) -> String {
    let address = emulator.https_proxy_url().unwrap();
    let mut stream = TcpStream::connect(address.strip_prefix("http://").unwrap()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}

#[tokio::test]
async fn other_hosts_are_refused_with_a_reason() {
    let emulator = start().await;
    let refused = raw(&emulator, "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n").await;
    assert!(refused.starts_with("HTTP/1.1 403 ") && refused.contains("connects to no other host"), "{refused}");
    let refused = raw(&emulator, "GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n").await;
    assert!(refused.starts_with("HTTP/1.1 405 ") && refused.contains("HTTPS_PROXY"), "{refused}");
    let endless = "x".repeat(8 * 1024);
    assert_eq!(raw(&emulator, &endless).await, "", "a head without an end is cut off");
}

#[tokio::test]
async fn an_emulator_without_a_proxy_has_no_certificate() {
    let emulator = builder().start().await.unwrap();
    assert_eq!((emulator.https_proxy_url(), emulator.ca_certificate()), (None, None));
    let proxied = start().await;
    let other = start().await;
    assert_ne!(proxied.ca_certificate(), other.ca_certificate(), "each run has a certificate authority of its own");
}
