//! Requests to chat completions of OpenAI.

use serde_json::{Value, json};
use waxwing_agent::Reply;
use waxwing_llm::{ChatRequest, LlmAgent, OpenAiApi, Provider, StopReason, TokenUsage, ToolCall};

use super::{Stub, everything, formatted, header, hello};
use crate::support::run;

fn answer(message: &Value, finish: &str) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "model": "m-2026",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {
            "prompt_tokens": 20, "completion_tokens": 8, "total_tokens": 28,
            "prompt_tokens_details": {"cached_tokens": 16}, "completion_tokens_details": {"reasoning_tokens": 5}
        }
    })
}

fn chat(api_key: &str) -> Provider {
    Provider::openai(api_key).api(OpenAiApi::Chat)
}

fn hi() -> Value {
    answer(&json!({"role": "assistant", "content": "hi"}), "stop")
}

#[tokio::test]
async fn a_conversation_is_encoded_and_decoded() {
    let stub = Stub::responding_json(hi()).await;
    let response = stub.chat(chat("sk-1"), "mistral-medium", &everything()).await.unwrap();
    assert_eq!((response.text.as_str(), response.stop_reason), ("hi", StopReason::End));
    let mut usage = TokenUsage::new(20, 8);
    (usage.cached_input_tokens, usage.reasoning_tokens) = (16, 5);
    assert_eq!(response.usage, usage);

    let request = stub.request().await;
    assert_eq!(request.url.path(), "/base/v1/chat/completions");
    assert_eq!(header(&request, "authorization"), Some("Bearer sk-1"));
    assert_eq!(header(&request, "idempotency-key"), Some(r"run:\u{e9}:0"));
    let call = |id: &str, arguments: &str| json!({"type": "function", "id": id, "function": {"name": "weather", "arguments": arguments}});
    let expected = json!({
        "model": "mistral-medium",
        "stream": false,
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "What is the weather in Vigo?"},
            {"role": "assistant", "content": "", "tool_calls": [
                call("c1", r#"{"city":"Vigo"}"#), call("c2", "{}")
            ]},
            {"role": "tool", "tool_call_id": "c1", "content": "rain"},
            {"role": "tool", "tool_call_id": "c2", "content": "no JSON"},
            {"role": "assistant", "content": "Rain."},
            {"role": "user", "content": [
                {"type": "text", "text": "And what is this?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,cG5n"}}
            ]}
        ],
        "tools": [{"type": "function", "function": {
            "name": "weather", "description": "The weather of a city.",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
        }}],
        "temperature": 0.5, "max_tokens": 300, "stop": ["END"], "seed": 7
    });
    let mut body: Value = request.body_json().unwrap();
    body["tools"][0]["function"].as_object_mut().unwrap().remove("strict");
    assert_eq!(body, expected);
}

#[tokio::test]
async fn a_server_without_keys_gets_no_key() {
    let stub = Stub::responding_json(hi()).await;
    let mut request = hello();
    request.idempotency_key = Some("r:1".into());
    let provider = Provider::openai_compatible("http://replaced.invalid");
    stub.chat(provider, "qwen3:0.6b", &request).await.unwrap();
    let sent = stub.request().await;
    assert_eq!(sent.url.path(), "/base/v1/chat/completions");
    assert_eq!(header(&sent, "authorization"), None);
    assert_eq!(header(&sent, "idempotency-key"), Some("r:1"));
    let expected = json!({"model": "qwen3:0.6b", "stream": false, "messages": [{"role": "user", "content": "Hello"}]});
    assert_eq!(stub.body().await, expected);
}

#[tokio::test]
async fn a_response_format_and_a_reasoning_effort_are_sent() {
    let stub = Stub::responding_json(answer(&json!({"content": "{\"age\":3}"}), "length")).await;
    let response = stub.chat(chat("k"), "gpt-5-mini", &formatted()).await.unwrap();
    assert_eq!((response.text.as_str(), response.stop_reason), ("{\"age\":3}", StopReason::MaxTokens));
    let body = stub.body().await;
    assert_eq!(body["reasoning_effort"], "low");
    let format = json!({"type": "json_schema", "json_schema": {"name": "person", "strict": true, "schema": {
        "type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"], "additionalProperties": false
    }}});
    assert_eq!(body["response_format"], format);
}

#[tokio::test]
async fn tool_calls_are_sent_back_with_their_reasoning() {
    let message = json!({"content": null, "reasoning_content": "Rain?", "tool_calls": [
        {"id": "a", "type": "function", "function": {"name": "weather", "arguments": "{\"city\":\"Vigo\"}"}}
    ]});
    let stub = Stub::responding_json(answer(&message, "tool_calls")).await;
    let response = stub.chat(chat("k"), "m", &hello()).await.unwrap();
    assert_eq!(response.tool_calls, [ToolCall::new("a", "weather", json!({"city": "Vigo"}))]);
    assert_eq!((response.reasoning.as_deref(), response.stop_reason), (Some("Rain?"), StopReason::ToolCalls));

    let stub = Stub::responding_json(hi()).await;
    stub.chat(chat("k"), "m", &ChatRequest::new([response.to_message()])).await.unwrap();
    let sent = stub.body().await;
    assert_eq!(sent["messages"][0]["reasoning_content"], "Rain?");
    assert_eq!(sent["messages"][0]["tool_calls"][0]["id"], "a");
}

#[tokio::test]
async fn arguments_that_are_not_json_reach_the_model_as_text() {
    let message = json!({"content": " Let me see. ", "tool_calls": [
        {"id": "a", "type": "function", "function": {"name": "weather", "arguments": "{\"city\": "}},
        {"id": "b", "function": {"name": "now", "arguments": ""}},
        {"function": {"name": "weather", "arguments": {"city": "Vigo"}}},
    ]});
    let stub = Stub::responding_json(answer(&message, "tool_calls")).await;
    let response = stub.chat(chat("k"), "m", &hello()).await.unwrap();
    let expected = [
        ToolCall::new("a", "weather", json!("{\"city\": ")),
        ToolCall::new("b", "now", Value::Null),
        ToolCall::new("call_2", "weather", json!({"city": "Vigo"})),
    ];
    assert_eq!(response.tool_calls, expected);
    assert_eq!((response.text.as_str(), response.usage.input_tokens), ("Let me see.", 20));
}

#[tokio::test]
async fn reasoning_in_tags_is_not_part_of_the_answer() {
    let code = "Write:\n\n```\n<think>hm</think>\n```";
    for (said, expected) in [("<think>hm</think>\nYes.", &["> 💭 hm", "Yes."][..]), (code, &[code])] {
        let stub = Stub::responding_json(answer(&json!({ "content": said }), "stop")).await;
        let model = chat("k").base_url(stub.0.uri()).model("m").unwrap();
        let agent = LlmAgent::builder("a", model).show_reasoning().build().unwrap();
        let reply = run(&agent, "hi").await.unwrap();
        assert_eq!(reply, expected.iter().fold(Reply::none(), |reply, text| reply.with_markdown(*text)));
    }
}

#[tokio::test]
async fn empty_and_filtered_responses_are_told_apart() {
    let stub = Stub::responding_json(answer(&json!({"content": ""}), "stop")).await;
    assert!(stub.chat(chat("k"), "m", &hello()).await.unwrap().is_empty());
    let stub = Stub::responding_json(answer(&json!({"content": null}), "content_filter")).await;
    let response = stub.chat(chat("k"), "m", &hello()).await.unwrap();
    assert_eq!((response.is_empty(), response.stop_reason), (true, StopReason::Refused));
}
