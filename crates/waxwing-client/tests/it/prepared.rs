//! Messages that are written in one expression.

use std::path::Path;

use serde_json::{Value, json};
use waxwing_client::{ErrorKind, MediaFile, MediaUpload};
use waxwing_types::{
    Bsuid, ContactCard, DirectSend, ListMenu, ListRow, LocationMessage, MarketingOptions, MediaId, MessageId,
    ReplyButton, TemplateMessage, WaId,
};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{assert_discreet, fake};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and more";

/// The first page of an Ogg file with Opus audio.
const OPUS: &[u8] = b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead";

fn ana() -> WaId {
    WaId::new("34600000000")
}

/// Accepts all requests: messages as `wamid.OUT`, and uploads as `77`.
async fn accept(fake: &MockServer) {
    let body = json!({ "id": "77", "messages": [{ "id": "wamid.OUT" }] });
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json(body)).mount(fake).await;
}

/// Returns the messages that were sent: path, and content under the name of the type.
async fn sent(fake: &MockServer) -> Vec<(String, Value)> {
    let requests = fake.received_requests().await.unwrap();
    let messages = requests.iter().filter_map(|request| {
        let body: Value = serde_json::from_slice(&request.body).ok()?;
        let kind = body["type"].as_str()?.to_owned();
        Some((request.url.path().to_owned(), json!({ &kind: body[&kind] })))
    });
    messages.collect()
}

/// Returns the forms that were uploaded.
async fn uploads(fake: &MockServer) -> Vec<String> {
    let requests = fake.received_requests().await.unwrap();
    let uploads = requests.iter().filter(|request| request.url.path().ends_with("/media"));
    uploads.map(|request| String::from_utf8_lossy(&request.body).into_owned()).collect()
}

#[tokio::test]
async fn content_of_every_kind_is_sent_in_one_expression() {
    let (fake, client) = fake().await;
    accept(&fake).await;
    let to = || client.to(ana());
    client
        .to(Bsuid::new("ES.1"))
        .text_with_preview("https://a.example")
        .reply_to(MessageId::new("wamid.IN"))
        .send()
        .await
        .unwrap();
    to().location(LocationMessage::new(40.5, -3.5)).send().await.unwrap();
    to().contact(ContactCard::new("Bea")).send().await.unwrap();
    to().reaction(MessageId::new("wamid.IN"), "👍").send().await.unwrap();
    to().buttons("Tea?", [ReplyButton::new("y", "Yes")]).callback_data("tea").send().await.unwrap();
    to().list("Which?", ListMenu::new("Choose").rows([ListRow::new("s", "Small")])).send().await.unwrap();
    to().text("Your code is 17").direct_send(DirectSend::authentication()).send().await.unwrap();
    to().template(TemplateMessage::new("offer", "en")).marketing(MarketingOptions::default()).send().await.unwrap();
    let sent = sent(&fake).await;
    let kinds: Vec<_> = sent.iter().map(|(_, content)| content.as_object().unwrap().keys().next().unwrap()).collect();
    assert_eq!(kinds, ["text", "location", "contacts", "reaction", "interactive", "interactive", "text", "template"]);
    let paths: Vec<_> = sent.iter().map(|(path, _)| path.rsplit('/').next().unwrap()).collect();
    assert_eq!(paths[6..], ["messages", "marketing_messages"]);
    let message = to().text("later").into_message();
    assert_eq!(message.content.text(), Some("later"));
}

#[tokio::test]
async fn files_are_uploaded_from_disk_and_from_memory() {
    let (fake, client) = fake().await;
    accept(&fake).await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("menu.png");
    std::fs::write(&path, PNG).unwrap();
    client.to(ana()).image(path.as_path()).caption("Our menu").send().await.unwrap();
    client.to(ana()).document(path.clone()).reply_to(MessageId::new("wamid.IN")).send().await.unwrap();
    let text = MediaUpload::new("text/csv", "a,b").filename("list.csv");
    client.to(ana()).document(text).callback_data("list").identity_key_hash("h").send().await.unwrap();
    client.to(ana()).sticker(MediaId::new("78")).send().await.unwrap();
    client.to(ana()).video(MediaFile::link("https://example.com/a.mp4")).send().await.unwrap();
    client.to(ana()).voice_note(MediaUpload::new("audio/ogg", OPUS.to_vec())).send().await.unwrap();
    let contents: Vec<_> = sent(&fake).await.into_iter().map(|(_, content)| content).collect();
    assert_eq!(
        contents,
        [
            json!({ "image": { "id": "77", "caption": "Our menu" } }),
            json!({ "document": { "id": "77", "filename": "menu.png" } }),
            json!({ "document": { "id": "77", "filename": "list.csv" } }),
            json!({ "sticker": { "id": "78" } }),
            json!({ "video": { "link": "https://example.com/a.mp4" } }),
            json!({ "audio": { "id": "77", "voice": true } }),
        ]
    );
    let uploads = uploads(&fake).await;
    assert_eq!(uploads.len(), 4);
    for (form, part) in uploads.iter().zip(["image/png", "image/png", "text/plain", "audio/ogg; codecs=opus"]) {
        assert!(form.contains(part), "{part}: {form}");
    }
    assert!(uploads[0].contains("menu.png") && uploads[0].contains("PNG\r\n"), "the file is whole: {}", uploads[0]);
    client.upload_path(&path).await.unwrap();
}

#[tokio::test]
async fn files_that_meta_would_refuse_are_not_uploaded() {
    let (fake, client) = fake().await;
    accept(&fake).await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("34600000000.gif");
    std::fs::write(&path, "GIF89a").unwrap();
    let large = dir.path().join("large.png");
    std::fs::File::create(&large).unwrap().set_len(6 * 1024 * 1024).unwrap();
    let missing = Path::new("34600000000/missing.png");
    let cases = [
        (client.to(ana()).image(path.as_path()), "the file is no JPEG and no PNG picture"),
        (client.to(ana()).image(large), "media file is larger than 5242880 bytes"),
        (client.to(ana()).image(missing), "media file cannot be read"),
        (client.to(ana()).image(dir.path()), "media file is not a regular file"),
        (client.to(ana()).sticker(MediaId::new("1")).caption("hi"), "audio and stickers have no caption"),
        (client.to(ana()).document(MediaUpload::new("text/plain", "")), "media file is empty"),
        (
            client.to(ana()).image(MediaUpload::new("image/png", PNG)).filename("a.png"),
            "only documents have a filename",
        ),
        (client.to(ana()).image(MediaUpload::new("image/png", PNG)).caption("x".repeat(1025)), "message is invalid"),
        (
            client.to(ana()).document(MediaUpload::new("application/octet-stream", b"\0\x01".to_vec())),
            "not one that Meta takes",
        ),
    ];
    for (message, expected) in cases {
        let error = message.send().await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(matches!(error.kind(), ErrorKind::Invalid | ErrorKind::TooLarge), "{error:?}");
        assert_discreet(&error);
    }
    assert!(fake.received_requests().await.unwrap().is_empty());
}
