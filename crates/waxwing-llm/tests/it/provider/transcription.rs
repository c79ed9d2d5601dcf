//! Transcription requests to OpenAI.

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use waxwing_llm::{Blob, ModelError, ModelErrorKind, Provider, Transcriber as _};
use wiremock::ResponseTemplate;

use super::failures::{HALF, assert_no_secrets, serve};
use super::{Stub, header};

fn note() -> Blob {
    Blob::new("audio/ogg", Bytes::from_static(b"OggS psst"))
}

async fn transcribed(base_url: &str) -> Result<String, ModelError> {
    let provider = Provider::openai("sk-secret").base_url(base_url).timeout(Duration::from_millis(500));
    provider.transcriber("whisper-1").unwrap().language("es").transcribe(&note()).await
}

#[tokio::test]
async fn a_voice_note_is_transcribed() {
    let stub = Stub::responding_json(json!({"text": " Hola.\n", "usage": {"seconds": 1}})).await;
    assert_eq!(transcribed(&format!("{}/base/v1", stub.0.uri())).await.unwrap(), "Hola.");
    let request = stub.request().await;
    assert_eq!((request.method.as_str(), request.url.path()), ("POST", "/base/v1/audio/transcriptions"));
    assert_eq!(header(&request, "authorization"), Some("Bearer sk-secret"));
    let body = String::from_utf8(request.body.clone()).unwrap();
    for part in [
        "name=\"file\"; filename=\"audio.ogg\"\r\nContent-Type: audio/ogg\r\n",
        "\r\n\r\nOggS psst\r\n",
        "name=\"model\"\r\n\r\nwhisper-1\r\n",
        "name=\"language\"\r\n\r\nes\r\n",
        "name=\"response_format\"\r\n\r\njson\r\n",
    ] {
        assert!(body.contains(part), "{part:?} in {body:?}");
    }
}

#[tokio::test]
async fn headers_and_queries_of_the_settings_are_sent() {
    let stub = Stub::responding_json(json!({"text": "Hola."})).await;
    let provider = Provider::openai_compatible(format!("{}/openai/deployments/whisper", stub.0.uri()))
        .header("Api-Key", "azure-secret")
        .query("api-version", "2024-10-21");
    let transcriber = provider.transcriber("whisper").unwrap();
    assert_eq!(transcriber.transcribe(&note()).await.unwrap(), "Hola.");
    let request = stub.request().await;
    assert_eq!(request.url.path(), "/openai/deployments/whisper/audio/transcriptions");
    assert_eq!(request.url.query(), Some("api-version=2024-10-21"));
    assert_eq!((header(&request, "api-key"), header(&request, "authorization")), (Some("azure-secret"), None));
}

async fn check(answer: ResponseTemplate, expected: ModelErrorKind) {
    let stub = Stub::responding(answer).await;
    let error = transcribed(&stub.0.uri()).await.unwrap_err();
    assert_eq!(error.kind(), expected, "{error}");
    assert_no_secrets(&error);
}

#[tokio::test]
async fn failures_become_error_kinds() {
    let words = json!({"error": {"code": "rate_limited", "message": "psst sk-secret"}});
    check(ResponseTemplate::new(429).set_body_json(words), ModelErrorKind::RateLimited).await;
    check(ResponseTemplate::new(500).set_body_string("psst"), ModelErrorKind::ServerError).await;
    check(ResponseTemplate::new(401), ModelErrorKind::Rejected).await;
    check(ResponseTemplate::new(307).insert_header("Location", "http://127.0.0.1:1/"), ModelErrorKind::Rejected).await;
    check(ResponseTemplate::new(200).set_body_string("<html>psst"), ModelErrorKind::InvalidResponse).await;
    check(ResponseTemplate::new(200).set_body_json(json!({"words": "psst"})), ModelErrorKind::InvalidResponse).await;
    let endless = json!({"text": "psst".repeat(300_000)});
    check(ResponseTemplate::new(200).set_body_json(endless), ModelErrorKind::InvalidResponse).await;
}

#[tokio::test]
async fn interrupted_and_endless_bodies_are_errors() {
    for (hang_up, expected) in [(true, ModelErrorKind::Unreachable), (false, ModelErrorKind::Timeout)] {
        let error = transcribed(&serve(HALF, hang_up).await).await.unwrap_err();
        assert_eq!(error.kind(), expected, "{error:?}");
        assert_no_secrets(&error);
    }
}
