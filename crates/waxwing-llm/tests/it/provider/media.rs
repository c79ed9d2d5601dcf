//! Media in requests to all providers.

use bytes::Bytes;
use serde_json::{Value, json};
use waxwing_llm::{Blob, ChatMessage, ChatRequest, ContentPart, OpenAiApi, Provider};

use super::Stub;

#[track_caller]
fn check(body: &Value, path: &str, expected: &Value) {
    assert_eq!(body.pointer(path), Some(expected), "{body:#}");
}

async fn sent(provider: Provider, model: &str) -> Value {
    let blob = |mime_type: &str| Blob::new(mime_type, Bytes::from_static(b"data"));
    let note = ContentPart::Audio(blob("audio/ogg"));
    let report = ContentPart::Document(blob("application/pdf").with_name("report.pdf"));
    let stub = Stub::responding_json(json!({})).await;
    // The response is invalid. Only the request matters here.
    let _ = stub.chat(provider, model, &ChatRequest::new([ChatMessage::User(vec![report, note])])).await;
    stub.body().await
}

#[tokio::test]
async fn audio_and_documents_are_encoded() {
    let openai = sent(Provider::openai("k").api(OpenAiApi::Chat), "gpt-audio").await;
    let file = json!({"type": "file", "file": {
        "filename": "report.pdf", "file_data": "data:application/pdf;base64,ZGF0YQ=="
    }});
    check(&openai, "/messages/0/content/0", &file);
    let audio = json!({"type": "input_audio", "input_audio": {"data": "ZGF0YQ==", "format": "ogg"}});
    check(&openai, "/messages/0/content/1", &audio);

    let gemini = sent(Provider::gemini("k"), "gemini-2.5-flash").await;
    let inline = |mime_type: &str| json!({"inline_data": {"mime_type": mime_type, "data": "ZGF0YQ=="}});
    check(&gemini, "/contents/0/parts", &json!([inline("application/pdf"), inline("audio/ogg")]));

    let anthropic = sent(Provider::anthropic("k"), "claude-sonnet-4-5").await;
    let source = json!({"type": "base64", "media_type": "application/pdf", "data": "ZGF0YQ=="});
    check(&anthropic, "/messages/0/content/0", &json!({"type": "document", "source": source}));
}
