//! Requests to Amazon Bedrock and Google Vertex AI.

use serde_json::json;
use waxwing_llm::{Provider, ReasoningEffort, StopReason, TokenUsage, ToolCall};

use super::{Stub, everything, header};

#[tokio::test]
async fn bedrock_gets_converse_requests() {
    let answer = json!({
        "output": { "message": { "role": "assistant", "content": [
            { "text": "Wait." }, { "toolUse": { "toolUseId": "t1", "name": "weather", "input": { "city": "Vigo" } } }
        ] } },
        "stopReason": "tool_use", "usage": { "inputTokens": 3, "outputTokens": 4, "totalTokens": 7 }
    });
    let stub = Stub::responding_json(answer).await;
    let model = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0";
    let response = stub.chat(Provider::bedrock("key", "eu-west-1"), model, &everything()).await.unwrap();
    assert_eq!(response.tool_calls, [ToolCall::new("t1", "weather", json!({ "city": "Vigo" }))]);
    assert_eq!((response.text.as_str(), response.usage), ("Wait.", TokenUsage::new(3, 4)));
    let request = stub.request().await;
    assert_eq!(request.url.path(), "/base/v1/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse");
    assert_eq!(header(&request, "authorization"), Some("Bearer key"));
    let body = stub.body().await;
    assert_eq!(body["inferenceConfig"]["maxTokens"], 300);
    assert_eq!(body["messages"][0], json!({ "role": "user", "content": [{ "text": "What is the weather in Vigo?" }] }));
}

#[tokio::test]
async fn vertex_gets_the_requests_of_gemini_and_of_claude() {
    let gemini = json!({ "candidates": [{ "content": { "parts": [{ "text": "hi" }] }, "finishReason": "STOP" }] });
    let stub = Stub::responding_json(gemini).await;
    let vertex = || Provider::vertex("token", "shop", "europe-west1");
    let mut request = everything();
    request.parameters.reasoning_effort = Some(ReasoningEffort::Low);
    let response = stub.chat(vertex(), "gemini-2.5-flash", &request).await.unwrap();
    assert_eq!((response.text.as_str(), response.stop_reason), ("hi", StopReason::End));
    let sent = stub.request().await;
    assert_eq!(sent.url.path(), "/base/v1/publishers/google/models/gemini-2.5-flash:generateContent");
    assert_eq!((header(&sent, "authorization"), header(&sent, "x-goog-api-key")), (Some("Bearer token"), None));

    let claude = json!({ "content": [{ "type": "text", "text": "hi" }], "stop_reason": "end_turn" });
    let stub = Stub::responding_json(claude).await;
    let response = stub.chat(vertex(), "claude-sonnet-4-5", &request).await.unwrap();
    assert_eq!(response.text, "hi");
    assert_eq!(stub.request().await.url.path(), "/base/v1/publishers/anthropic/models/claude-sonnet-4-5:rawPredict");
    assert_eq!(stub.body().await["anthropic_version"], "vertex-2023-10-16");
    let url = format!("{:?}", vertex().model("gemini-2.5-flash").unwrap());
    assert!(url.contains("europe-west1-aiplatform.googleapis.com"), "{url}");
}
