//! Requests to Google Gemini.

use serde_json::{Value, json};
use waxwing_llm::{ChatMessage, ChatRequest, Provider, StopReason, TokenUsage, ToolCall, ToolResult};

use super::{Stub, everything, formatted, header, hello};

fn answer(parts: &Value, finish: &str) -> Value {
    json!({
        "candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": finish}],
        "usageMetadata": {
            "promptTokenCount": 9, "candidatesTokenCount": 4, "thoughtsTokenCount": 3, "totalTokenCount": 16
        },
        "modelVersion": "gemini-2.5-flash"
    })
}

fn provider() -> Provider {
    Provider::gemini("AIza")
}

#[tokio::test]
async fn a_conversation_is_encoded_and_decoded() {
    let stub = Stub::responding_json(answer(&json!([{"text": "h"}, {"text": "i"}]), "STOP")).await;
    let response = stub.chat(provider(), "gemini-2.5-flash", &everything()).await.unwrap();
    assert_eq!((response.text.as_str(), response.stop_reason), ("hi", StopReason::End));
    let mut usage = TokenUsage::new(9, 7);
    usage.reasoning_tokens = 3;
    assert_eq!(response.usage, usage);

    let request = stub.request().await;
    assert_eq!(request.url.path(), "/base/v1/models/gemini-2.5-flash:generateContent");
    assert_eq!((header(&request, "x-goog-api-key"), request.url.query()), (Some("AIza"), None));
    let body: Value = request.body_json().unwrap();
    assert_eq!(body["systemInstruction"], json!({"parts": [{"text": "Be brief."}]}));
    let contents = body["contents"].as_array().unwrap();
    let roles: Vec<_> = contents.iter().map(|content| content["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["user", "model", "user", "model", "user"]);
    assert_eq!(contents[1]["parts"][0]["functionCall"]["args"], json!({"city": "Vigo"}));
    let results = contents[2]["parts"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    assert_eq!(results[1]["functionResponse"]["name"], "weather");
    let picture = json!({"inline_data": {"mime_type": "image/png", "data": "cG5n"}});
    assert_eq!(contents[4]["parts"], json!([{"text": "And what is this?"}, picture]));
    let generation = json!({"temperature": 0.5, "maxOutputTokens": 300, "stopSequences": ["END"], "seed": 7});
    assert_eq!(body["generationConfig"], generation);
    assert_eq!(body["tools"][0]["functionDeclarations"][0]["name"], "weather");
}

#[tokio::test]
async fn tool_calls_are_sent_back_with_their_reasoning() {
    let parts = json!([
        {"text": "Rain?", "thought": true},
        {"functionCall": {"name": "weather", "args": {"city": "Vigo"}}, "thoughtSignature": "sig"},
        {"functionCall": {"name": "weather", "args": {"city": "Lugo"}}}
    ]);
    let stub = Stub::responding_json(answer(&parts, "STOP")).await;
    let response = stub.chat(provider(), "gemini-3-pro", &hello()).await.unwrap();
    assert_eq!((response.reasoning.as_deref(), response.stop_reason), (Some("Rain?"), StopReason::ToolCalls));
    let [ToolCall { id: first, arguments, .. }, ToolCall { id: second, .. }] = &response.tool_calls[..] else {
        panic!("two calls: {response:?}")
    };
    assert_ne!(first, second, "Gemini has no call ids");
    assert_eq!(arguments, &json!({"city": "Vigo"}));

    let stub = Stub::responding_json(answer(&json!([{"text": "hi"}]), "STOP")).await;
    stub.chat(provider(), "gemini-3-pro", &ChatRequest::new([response.to_message()])).await.unwrap();
    let sent = stub.body().await;
    let parts = &sent["contents"][0]["parts"];
    assert_eq!((&parts[0]["thoughtSignature"], &parts[0]["functionCall"]["name"]), (&json!("sig"), &json!("weather")));
}

#[tokio::test]
async fn a_fallback_provider_gets_valid_call_ids() {
    let parts = json!([{"functionCall": {"name": "weather", "args": {"city": "Vigo"}}}]);
    let stub = Stub::responding_json(answer(&parts, "STOP")).await;
    let response = stub.chat(provider(), "gemini-2.5-flash", &hello()).await.unwrap();
    let result = ToolResult::new(&response.tool_calls[0], "rain");
    let round = [response.to_message(), ChatMessage::Tools(vec![result])];
    let request = ChatRequest::new([round.clone(), round].concat());

    let stub = Stub::responding_json(json!({})).await;
    // The response is invalid. Only the request matters here.
    let _ = stub.chat(Provider::anthropic("k"), "claude-sonnet-4-5", &request).await;
    let body = stub.body().await;
    let messages = body["messages"].as_array().unwrap();
    let ids: Vec<_> = messages
        .iter()
        .skip(1)
        .map(|message| &message["content"][0])
        .map(|part| part.get("id").or(part.get("tool_use_id")).unwrap().as_str().unwrap())
        .collect();
    assert_eq!(ids, ["call_1_0", "call_1_0", "call_2_0", "call_2_0"]);
}

#[tokio::test]
async fn a_response_format_and_a_reasoning_effort_are_sent() {
    let stub = Stub::responding_json(answer(&json!([{"text": "{\"age\":3}"}]), "MAX_TOKENS")).await;
    let response = stub.chat(provider(), "gemini-2.5-flash", &formatted()).await.unwrap();
    assert_eq!(response.stop_reason, StopReason::MaxTokens);
    let generation = &stub.body().await["generationConfig"];
    assert_eq!(generation["responseMimeType"], "application/json");
    assert_eq!(generation["responseJsonSchema"]["required"], json!(["age"]));
    assert_eq!(generation["thinkingConfig"]["includeThoughts"], true);
}

#[tokio::test]
async fn empty_responses_and_two_kinds_of_refusals_are_told_apart() {
    let ask = async |answer: Value| {
        Stub::responding_json(answer).await.chat(provider(), "gemini-2.5-flash", &hello()).await.unwrap()
    };
    assert!(ask(json!({"candidates": [{"finishReason": "STOP"}]})).await.is_empty());
    assert_eq!(ask(json!({"candidates": [{"finishReason": "SAFETY"}]})).await.stop_reason, StopReason::Refused);
    assert_eq!(ask(json!({"promptFeedback": {"blockReason": "SAFETY"}})).await.stop_reason, StopReason::Refused);
}
