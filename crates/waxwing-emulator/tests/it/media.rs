//! Media in both directions.

use std::time::Duration;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use waxwing_emulator::{DeliveryState, MediaKind, Rule};

use crate::support::{PNG, assert_error, assert_violates, fetch, start};

/// Meta: media.
#[tokio::test]
async fn an_upload_can_be_sent_read_downloaded_and_deleted() {
    let (emulator, _server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    ana.says("hi").await;
    let (status, body) = graph.upload(PNG.to_vec(), "image/png").await;
    assert_eq!(status, 200, "{body}");
    let id = body["id"].as_str().unwrap();

    let image = json!({"to": "34600000000", "type": "image", "image": {"id": id, "caption": "look"}});
    assert_eq!(graph.post(image.clone()).await.0, 200);
    let picture = ana.expect_image().await;
    assert_eq!((picture.bytes.as_ref(), picture.mime_type.as_str()), (PNG, "image/png"));
    assert_eq!(picture.caption.as_deref(), Some("look"));

    let (_, found) = graph.get(&format!("{id}?phone_number_id=1000001")).await;
    assert_eq!(found["sha256"], hex::encode(Sha256::digest(PNG)));
    assert_eq!((&found["file_size"], &found["mime_type"]), (&json!(PNG.len()), &json!("image/png")));
    let url = found["url"].as_str().unwrap();
    let bytes = graph.http.get(url).bearer_auth(&graph.token).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(bytes.as_ref(), PNG);

    assert_eq!(graph.delete(id).await, (200, json!({"success": true})));
    assert_error(graph.get(id).await, 400, 100);
    assert_error(graph.delete(id).await, 400, 100);
    assert_error(graph.post(image).await, 400, 100);
    assert_eq!(graph.http.get(url).bearer_auth(&graph.token).send().await.unwrap().status(), 404);
}

/// Meta: media.
#[tokio::test]
async fn downloads_need_a_token_a_user_agent_and_a_fresh_url() {
    let (emulator, _server, graph) = start().await;
    let (_, body) = graph.upload(PNG.to_vec(), "image/png").await;
    let id = body["id"].as_str().unwrap().to_owned();
    let url = async || graph.get(&id).await.1["url"].as_str().unwrap().to_owned();
    let first = url().await;
    let anonymous = reqwest::Client::builder().no_proxy().build().unwrap();
    let status = async |request: reqwest::RequestBuilder| request.send().await.unwrap().status().as_u16();
    assert_eq!(status(graph.http.get(&first)).await, 401);
    assert_eq!(status(graph.http.get(&first).bearer_auth("wrong")).await, 401);
    assert_eq!(status(anonymous.get(&first).bearer_auth(&graph.token)).await, 403);
    assert_eq!(status(graph.http.get(&first).bearer_auth(&graph.token)).await, 200);
    emulator.advance(Duration::from_mins(5));
    assert_eq!(status(graph.http.get(&first).bearer_auth(&graph.token)).await, 404);
    assert_eq!(status(graph.http.get(url().await).bearer_auth(&graph.token)).await, 200);
    assert_error(graph.get(&format!("{id}?phone_number_id=1000002")).await, 400, 100);
    assert_error(graph.delete(&format!("{id}?phone_number_id=1000002")).await, 400, 100);
}

/// Meta: supported media types.
#[tokio::test]
async fn uploads_are_checked_against_the_rules() {
    let (_sim, _server, graph) = start().await;
    assert_violates(graph.upload(PNG.to_vec(), "image/gif").await, Rule::UploadType, "5.1");
    assert_violates(graph.upload(b"PK".to_vec(), "application/zip").await, Rule::DocumentType, "5.3");
    assert_violates(graph.upload(vec![0; 5 * 1024 * 1024 + 1], "image/png").await, Rule::ImageSize, "5.3");
    assert_violates(graph.upload(Vec::new(), "image/png").await, Rule::EmptyFile, "5.3");

    let file = || Part::bytes(PNG).file_name("a.png").mime_str("image/png").unwrap();
    let whatsapp = || Form::new().text("messaging_product", "whatsapp");
    assert_error(graph.upload_form(whatsapp().text("type", "image/png")).await, 400, 100);
    assert_error(graph.upload_form(Form::new().text("type", "image/png").part("file", file())).await, 400, 100);
    let nameless = whatsapp().text("type", "image/png").part("file", Part::bytes(PNG).mime_str("image/png").unwrap());
    assert_error(graph.upload_form(nameless).await, 400, 100);
    // The parameter `type` does not matter.
    for mime_type in [None, Some("application/octet-stream")] {
        let mut file = Part::bytes(PNG).file_name("a.png");
        if let Some(mime_type) = mime_type {
            file = file.mime_str(mime_type).unwrap();
        }
        let form = whatsapp().text("type", "image/png").part("file", file);
        assert_violates(graph.upload_form(form).await, Rule::UploadType, "5.1");
    }
}

/// Meta: media messages.
#[tokio::test]
async fn a_file_can_be_sent_only_as_its_kind_of_media() {
    let (emulator, _server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    ana.says("hi").await;
    let (_, body) = graph.upload(b"%PDF".to_vec(), "application/pdf").await;
    let image = json!({"to": "34600000000", "type": "image", "image": {"id": body["id"]}});
    assert_violates(graph.post(image).await, Rule::MediaType, "5.3");
    let document = json!({"id": body["id"], "filename": "a.pdf"});
    assert_eq!(graph.post(json!({"to": "34600000000", "type": "document", "document": document})).await.0, 200);
    assert_eq!(ana.expect_media(MediaKind::Document).await.filename.as_deref(), Some("a.pdf"));
}

/// Meta: media messages.
#[tokio::test]
async fn linked_media_are_downloaded() {
    let (emulator, server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    ana.says("hi").await;
    let app = Router::new()
        .route("/a.png", get(|| async { ([(CONTENT_TYPE, "image/png")], PNG) }))
        .route("/a.html", get(|| async { ([(CONTENT_TYPE, "text/html")], "<p>") }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let files = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let image = |file: &str| json!({"to": "34600000000", "type": "image", "image": {"link": format!("{base}/{file}")}});

    assert_eq!(graph.post(image("a.png")).await.0, 200);
    assert_eq!(ana.expect_image().await.bytes.as_ref(), PNG);
    for (file, code) in [("missing.png", 131_052), ("a.html", 131_053)] {
        let (status, body) = graph.post(image(file)).await;
        assert_eq!(status, 200, "accepted first, and failed later");
        emulator.expect_idle().await;
        let status = server.statuses().last().unwrap()["statuses"][0].clone();
        assert_eq!((&status["id"], &status["status"]), (&body["messages"][0]["id"], &json!("failed")));
        assert_eq!(status["errors"][0]["code"], code);
    }
    ana.expect_nothing_more_than(1);
    files.abort();
}

/// Meta: webhooks.
#[tokio::test]
async fn media_of_users_are_reported_and_served() {
    let (emulator, server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    let id = ana.sends_image(PNG, "image/png", Some("a cat")).await;
    ana.sends_document("text", "text/plain", "a.txt", None).await;
    ana.sends_audio("ogg", "audio/ogg; codecs=opus").await;
    emulator.expect_idle().await;

    let messages = server.messages();
    let image = &messages[0]["image"];
    assert_eq!((&messages[0]["id"], &messages[0]["type"]), (&json!(id), &json!("image")));
    assert_eq!((&image["caption"], &image["mime_type"]), (&json!("a cat"), &json!("image/png")));
    assert_eq!(image["sha256"], STANDARD.encode(Sha256::digest(PNG)), "Base64 in webhooks");
    assert_eq!(
        (&messages[1]["document"]["filename"], &messages[1]["document"]["caption"]),
        (&json!("a.txt"), &Value::Null)
    );
    assert_eq!(messages[2]["audio"]["voice"], false);

    let with_number = format!("{}?phone_number_id=1000001", image["id"].as_str().unwrap());
    assert_violates(graph.get(&with_number).await, Rule::InboundMediaOwner, "5.1");
    assert_violates(graph.delete(&with_number).await, Rule::InboundMediaOwner, "5.1");
    let (_, found) = graph.get(image["id"].as_str().unwrap()).await;
    for url in [&found["url"], &image["url"]] {
        let request = graph.http.get(url.as_str().unwrap()).bearer_auth(&graph.token);
        assert_eq!(request.send().await.unwrap().bytes().await.unwrap().as_ref(), PNG);
    }
    emulator.advance(Duration::from_hours(7 * 24));
    assert_error(graph.get(image["id"].as_str().unwrap()).await, 400, 100);
}

/// Meta: media. An expired media id cannot be sent.
#[tokio::test]
async fn an_upload_expires_after_thirty_days() {
    let (emulator, _server, graph) = start().await;
    let (_, body) = graph.upload(PNG.to_vec(), "image/png").await;
    emulator.advance(Duration::from_hours(30 * 24));
    let ana = emulator.user("+34600000000");
    ana.says("hi").await;
    let image = json!({"to": "34600000000", "type": "image", "image": {"id": body["id"]}});
    assert_error(graph.post(image).await, 400, 100);
    assert!(ana.messages().iter().all(|message| message.state < DeliveryState::Read));
    let unauthorised = fetch(graph.http.get(format!("{}/{}", graph.base, body["id"].as_str().unwrap()))).await;
    assert_error(unauthorised, 401, 190);
}
