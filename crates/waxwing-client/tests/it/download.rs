//! Downloads.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use waxwing_client::{Client, Error, ErrorKind, MediaDownload, MediaInfo};
use waxwing_types::MediaId;
use wiremock::{MockServer, ResponseTemplate};

use crate::support::{assert_discreet, builder, call, fake};

fn medium(url: impl Into<String>) -> MediaInfo {
    MediaInfo::new(MediaId::new("77"), url)
}

async fn whole(mut download: MediaDownload) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = download.chunk().await? {
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

async fn fetch(client: &Client, url: String, max_bytes: u64) -> Result<Vec<u8>, Error> {
    whole(client.download(&medium(url), max_bytes).await?).await
}

/// Starts a server that sends a raw response to one request, for responses that an HTTP library would not send.
async fn raw(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            stream.read_buf(&mut request).await.unwrap();
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
    });
    format!("http://{address}")
}

#[tokio::test]
async fn a_download_carries_token_and_user_agent() {
    let (fake, client) = fake().await;
    call("GET", "/media/77")
        .respond_with(ResponseTemplate::new(200).set_body_bytes(vec![7; 100_000]))
        .expect(1)
        .mount(&fake)
        .await;
    let mut download = client.download(&medium(format!("{}/media/77?hash=x", fake.uri())), 100_000).await.unwrap();
    assert_eq!(download.content_length(), Some(100_000));
    let first = download.chunk().await.unwrap().unwrap();
    assert_eq!(download.content_length(), Some(100_000));
    assert_eq!(first.len() + whole(download).await.unwrap().len(), 100_000);
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_early() {
    let (fake, client) = fake().await;
    let mut announced = medium(format!("{}/media/77", fake.uri()));
    announced.file_size = Some(101);
    assert_eq!(client.download(&announced, 100).await.unwrap_err().kind(), ErrorKind::TooLarge);
    assert!(fake.received_requests().await.unwrap().is_empty());

    call("GET", "/media/77").respond_with(ResponseTemplate::new(200).set_body_bytes([7; 101])).mount(&fake).await;
    let error = client.download(&medium(format!("{}/media/77", fake.uri())), 100).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert_eq!(error.to_string(), "media file is larger than 100 bytes; use a smaller file");

    let url =
        raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8\r\n12345678\r\n8\r\n12345678\r\n0\r\n\r\n").await;
    let client = builder(&url).build().unwrap();
    let download = client.download(&medium(&url), 15).await.unwrap();
    assert_eq!(download.content_length(), None);
    assert_eq!(whole(download).await.unwrap_err().kind(), ErrorKind::TooLarge);
}

#[tokio::test]
async fn a_file_that_ends_early_is_an_error() {
    let url = raw("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n12345678").await;
    let client = builder(&url).build().unwrap();
    assert_eq!(fetch(&client, url, 100).await.unwrap_err().kind(), ErrorKind::Transport);
}

#[tokio::test]
async fn a_file_that_never_ends_times_out() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let client = builder(&url).media_timeout(Duration::from_millis(200)).build().unwrap();
    let error = client.download(&medium(&url), 100).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
}

#[tokio::test]
async fn an_expired_url_gives_its_status() {
    let (fake, client) = fake().await;
    call("GET", "/expired").respond_with(ResponseTemplate::new(404)).mount(&fake).await;
    let error = client.download(&medium(format!("{}/expired?hash=x", fake.uri())), 100).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Decode, Some(404)));
    assert_discreet(&error);

    let body = serde_json::json!({ "error": { "code": 190 } });
    call("GET", "/denied").respond_with(ResponseTemplate::new(401).set_body_json(body)).mount(&fake).await;
    let error = client.download(&medium(format!("{}/denied", fake.uri())), 100).await.unwrap_err();
    assert_eq!(error.api().map(|api| api.code), Some(190));
}

#[tokio::test]
async fn redirects_on_allowed_hosts_are_followed_three_times() {
    let (fake, client) = fake().await;
    for (from, to) in [("/0", "/1"), ("/1", "2"), ("/2", "/3?hash=x")] {
        let response = ResponseTemplate::new(302).insert_header("location", to);
        call("GET", from).respond_with(response).mount(&fake).await;
    }
    call("GET", "/3").respond_with(ResponseTemplate::new(200).set_body_bytes("bytes")).mount(&fake).await;
    let uri = fake.uri();
    assert_eq!(fetch(&client, format!("{uri}/0"), 100).await.unwrap(), b"bytes");

    let response = ResponseTemplate::new(302).insert_header("location", "/0");
    call("GET", "/before").respond_with(response).mount(&fake).await;
    let error = fetch(&client, format!("{uri}/before"), 100).await.unwrap_err();
    assert_eq!(error.to_string(), "URL of the media file has more than 3 redirects; look the file up again");
    let response = ResponseTemplate::new(302);
    call("GET", "/nowhere").respond_with(response).mount(&fake).await;
    assert_eq!(fetch(&client, format!("{uri}/nowhere"), 100).await.unwrap_err().status(), Some(302));
}

#[tokio::test]
async fn the_token_is_not_sent_to_other_hosts() {
    let (fake, client) = fake().await;
    let elsewhere = MockServer::start().await;
    let location = format!("{}/media/77?hash=x", elsewhere.uri());
    let response = ResponseTemplate::new(302).insert_header("location", location.as_str());
    call("GET", "/leads-away").respond_with(response).expect(1).mount(&fake).await;
    let port = elsewhere.address().port();

    for url in [
        format!("{}/leads-away", fake.uri()),
        elsewhere.uri(),
        format!("http://localhost:{port}/"),
        format!("http://lookaside.fbsbx.com@127.0.0.1:{port}/"),
        format!("http://user@{}/media/77", fake.address()),
        "http://lookaside.fbsbx.com/".to_owned(),
        "https://evilfbsbx.com/".to_owned(),
        "https://lookaside.fbsbx.com.evil.com/".to_owned(),
        "https://fbsbx.com@evil.com/".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let error = fetch(&client, url.clone(), 100).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ForbiddenHost, "{url}");
        assert!(!error.is_retryable());
        assert_discreet(&error);
    }
    let error = fetch(&client, "no address".to_owned(), 100).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn other_media_hosts_can_be_allowed_and_need_https() {
    let client = builder("http://127.0.0.1:9").media_hosts(["localhost"]).build().unwrap();
    for url in ["http://localhost/", "https://lookaside.fbsbx.com/"] {
        assert_eq!(fetch(&client, url.to_owned(), 100).await.unwrap_err().kind(), ErrorKind::ForbiddenHost);
    }
}
