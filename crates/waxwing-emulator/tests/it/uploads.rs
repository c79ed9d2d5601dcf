//! Resumable uploads, and the handles that they return. Meta: resumable upload.

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use waxwing_emulator::{Emulator, Rule};

use crate::support::{Graph, assert_error, assert_violates, fetch, start};

/// Starts a session for a file of 10 bytes. Returns its id.
async fn session(graph: &Graph) -> String {
    let url = format!("{}/3000003/uploads?file_name=a.png&file_length=10&file_type=image/png", graph.base);
    let (status, started) = fetch(graph.http.post(url).bearer_auth(&graph.token)).await;
    assert_eq!(status, 200, "{started}");
    let id = started["id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("upload:") && id.contains("?sig="), "{id}");
    id
}

async fn send(graph: &Graph, session: &str, offset: &str, bytes: &'static [u8]) -> (u16, Value) {
    let request = graph.http.post(format!("{}/{session}", graph.base));
    let request = request.header("authorization", format!("OAuth {}", graph.token)).header("file_offset", offset);
    fetch(request.body(bytes)).await
}

/// Uploads a file. Returns its handle.
async fn upload(graph: &Graph) -> String {
    let session = session(graph).await;
    let (status, sent) = send(graph, &session, "0", b"0123456789").await;
    assert_eq!(status, 200, "{sent}");
    sent["h"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_upload_continues_where_it_broke_off() {
    let (emulator, _server, graph) = start().await;
    let session = session(&graph).await;
    break_off(&emulator, &graph, &session, b"0123").await;
    let received = async || graph.get(&session).await.1["file_offset"].as_u64();
    while received().await != Some(4) {
        tokio::task::yield_now().await;
    }
    assert_violates(send(&graph, &session, "0", b"0123456789").await, Rule::UploadOffset, "9.6");
    assert_violates(send(&graph, &session, "many", b"0").await, Rule::UploadOffset, "9.6");
    assert_violates(send(&graph, &session, "4", b"456789ab").await, Rule::UploadOffset, "9.6");
    let (_, part) = send(&graph, &session, "4", b"45").await;
    assert_eq!(part["file_offset"], 6);
    let (status, done) = send(&graph, &session, "6", b"6789").await;
    assert!(status == 200 && done["h"].as_str().unwrap().starts_with("4:"), "{done}");
    assert_violates(send(&graph, &session, "10", b"0").await, Rule::UploadOffset, "9.6");
    assert_violates(send(&graph, "upload:unknown", "0", b"0").await, Rule::UnknownObject, "7.2");
    assert_violates(graph.get("upload:unknown").await, Rule::UnknownObject, "7.2");
}

/// Sends part of a body, and closes the connection.
async fn break_off(emulator: &Emulator, graph: &Graph, session: &str, part: &[u8]) {
    let mut stream = tokio::net::TcpStream::connect(emulator.address().unwrap()).await.unwrap();
    let head = format!(
        "POST /v25.0/{session} HTTP/1.1\r\nhost: localhost\r\nauthorization: OAuth {}\r\nfile_offset: 0\r\ncontent-length: 10\r\n\r\n",
        graph.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(part).await.unwrap();
    stream.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_session_states_the_file() {
    let (_emulator, _server, graph) = start().await;
    let path = "3000003/uploads";
    let body = |length: usize, kind: &str| json!({"file_name": "a", "file_length": length, "file_type": kind});
    assert_eq!(graph.post_to(path, &body(1, "video/mp4")).await.0, 200);
    assert_violates(graph.post_to(path, &body(0, "image/png")).await, Rule::UploadFile, "9.6");
    assert_violates(graph.post_to(path, &body(1, "image/gif")).await, Rule::UploadFile, "9.6");
    assert_violates(graph.post_to(path, &json!({"file_type": "image/png"})).await, Rule::Required, "12.5");
    assert_violates(graph.post_to("2000002/uploads", &body(1, "image/png")).await, Rule::UnknownObject, "7.2");
    let session = session(&graph).await;
    let request = graph.http.post(format!("{}/{session}", graph.base)).header("authorization", "OAuth wrong");
    assert_error(fetch(request.body("0")).await, 401, 190);
}

#[tokio::test]
async fn handles_of_templates_are_checked() {
    let (_emulator, _server, graph) = start().await;
    let template = |name: &str, handle: &str| {
        let header = json!({"type": "HEADER", "format": "IMAGE", "example": {"header_handle": [handle]}});
        let body = json!({"type": "BODY", "text": "Hello"});
        json!({"name": name, "language": "en", "category": "UTILITY", "components": [header, body]})
    };
    let path = "2000002/message_templates";
    assert_violates(graph.post_to(path, &template("a", "4::aW1hZ2U=:ARZ")).await, Rule::FileHandle, "9.6");
    let handle = upload(&graph).await;
    let (status, created) = graph.post_to(path, &template("a", &handle)).await;
    assert_eq!(status, 200, "{created}");
}

#[tokio::test]
async fn the_picture_of_a_profile_is_an_uploaded_file() {
    let (_emulator, _server, graph) = start().await;
    let path = "1000001/whatsapp_business_profile";
    let body = |handle: &str| json!({"messaging_product": "whatsapp", "profile_picture_handle": handle});
    assert_violates(graph.post_to(path, &body("4:made:up")).await, Rule::FileHandle, "9.6");
    let handle = upload(&graph).await;
    assert_eq!(graph.post_to(path, &body(&handle)).await, (200, json!({"success": true})));
    let (_, profile) = graph.get(&format!("{path}?fields=profile_picture_url")).await;
    assert!(profile["data"][0]["profile_picture_url"].as_str().unwrap().starts_with("https://"), "{profile}");
}
