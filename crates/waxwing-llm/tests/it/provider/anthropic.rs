//! Requests to Anthropic.

use serde_json::{Value, json};
use waxwing_llm::{ChatRequest, Provider, StopReason, TokenUsage, ToolCall};

use super::{Stub, everything, formatted, header, hello};

fn answer(content: &Value, stop: &str) -> Value {
    json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5",
        "content": content, "stop_reason": stop,
        "usage": {"input_tokens": 12, "cache_read_input_tokens": 30, "output_tokens": 6}
    })
}

fn provider() -> Provider {
    Provider::anthropic("sk-ant")
}

#[tokio::test]
async fn a_conversation_is_encoded_and_decoded() {
    let stub = Stub::responding_json(answer(&json!([{"type": "text", "text": "hi"}]), "end_turn")).await;
    let response = stub.chat(provider(), "claude-sonnet-4-5", &everything()).await.unwrap();
    assert_eq!((response.text.as_str(), response.stop_reason), ("hi", StopReason::End));
    let mut usage = TokenUsage::new(42, 6);
    usage.cached_input_tokens = 30;
    assert_eq!(response.usage, usage);

    let request = stub.request().await;
    assert_eq!(request.url.path(), "/base/v1/messages");
    assert_eq!(header(&request, "x-api-key"), Some("sk-ant"));
    assert_eq!(header(&request, "anthropic-version"), Some("2023-06-01"));
    let body: Value = request.body_json().unwrap();
    let expected = json!([
        {"role": "user", "content": "What is the weather in Vigo?"},
        {"role": "assistant", "content": [
            {"type": "tool_use", "id": "c1", "name": "weather", "input": {"city": "Vigo"}},
            {"type": "tool_use", "id": "c2", "name": "weather", "input": {}}
        ]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "c1", "content": "rain"},
            {"type": "tool_result", "tool_use_id": "c2", "content": "no JSON"}
        ]},
        {"role": "assistant", "content": "Rain."},
        {"role": "user", "content": [
            {"type": "text", "text": "And what is this?"},
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "cG5n"}}
        ]}
    ]);
    assert_eq!(body["messages"], expected);
    assert_eq!((&body["system"], &body["max_tokens"]), (&json!("Be brief."), &json!(300)));
    assert_eq!((&body["temperature"], &body["stop_sequences"]), (&json!(0.5), &json!(["END"])));
    assert_eq!(body["tools"][0]["name"], "weather");
    assert_eq!(body["tools"][0]["input_schema"]["required"], json!(["city"]));
}

#[tokio::test]
async fn tool_calls_are_sent_back_with_their_reasoning() {
    let content = json!([
        {"type": "thinking", "thinking": "Rain?", "signature": "sig"},
        {"type": "text", "text": "Let me see."},
        {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Vigo"}},
        {"type": "tool_use", "id": "t2", "name": "now", "input": {}}
    ]);
    let stub = Stub::responding_json(answer(&content, "tool_use")).await;
    let response = stub.chat(provider(), "claude-sonnet-4-5", &hello()).await.unwrap();
    let calls = [ToolCall::new("t1", "weather", json!({"city": "Vigo"})), ToolCall::new("t2", "now", json!({}))];
    assert_eq!(response.tool_calls, calls);
    assert_eq!((response.text.as_str(), response.reasoning.as_deref()), ("Let me see.", Some("Rain?")));

    let journaled = serde_json::to_vec(&response).unwrap();
    let response: waxwing_llm::ChatResponse = serde_json::from_slice(&journaled).unwrap();
    let again = ChatRequest::new([response.to_message()]);
    let stub = Stub::responding_json(answer(&json!([]), "end_turn")).await;
    stub.chat(provider(), "claude-sonnet-4-5", &again).await.unwrap();
    assert_eq!(stub.body().await["messages"][1]["content"], content, "unchanged, with the signature");

    let stub = Stub::responding_json(json!({"choices": [{"message": {"content": "hi"}}]})).await;
    stub.chat(Provider::openai_compatible("http://replaced.invalid"), "m", &again).await.unwrap();
    let sent = stub.body().await;
    assert_eq!(sent["messages"][0]["content"], "Let me see.", "another provider gets the text");
    assert_eq!(sent["messages"][0]["tool_calls"][1]["id"], "t2");
}

#[tokio::test]
async fn a_response_format_and_a_reasoning_effort_are_sent() {
    let stub = Stub::responding_json(answer(&json!([{"type": "text", "text": "{\"age\":3}"}]), "max_tokens")).await;
    let response = stub.chat(provider(), "claude-sonnet-4-5", &formatted()).await.unwrap();
    assert_eq!(response.stop_reason, StopReason::MaxTokens);
    let body = stub.body().await;
    assert_eq!(body["thinking"], json!({"type": "enabled", "budget_tokens": 1024}));
    assert_eq!(body["output_config"]["format"]["schema"]["required"], json!(["age"]));
}

#[tokio::test]
async fn empty_responses_and_refusals_are_told_apart() {
    let stub = Stub::responding_json(answer(&json!([]), "end_turn")).await;
    assert!(stub.chat(provider(), "claude-sonnet-4-5", &hello()).await.unwrap().is_empty());
    let stub = Stub::responding_json(answer(&json!([]), "refusal")).await;
    let response = stub.chat(provider(), "claude-sonnet-4-5", &hello()).await.unwrap();
    assert_eq!(response.stop_reason, StopReason::Refused);
}
