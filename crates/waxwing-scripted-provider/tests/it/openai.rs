//! Rules of OpenAI.

use serde_json::{Value, json};
use waxwing_scripted_provider::Api::{AzureChat, OpenAiChat, OpenAiResponses};

use crate::check;

fn call(id: &str) -> Value {
    json!({ "id": id, "type": "function", "function": { "name": "weather", "arguments": "{}" } })
}

fn tool(name: &str) -> Value {
    json!({ "type": "function", "function": { "name": name, "parameters": { "type": "object" } } })
}

fn chat() -> Value {
    json!({
        "model": "gpt-4o", "stream": false, "temperature": 0.3, "max_tokens": 800, "tools": [tool("weather")],
        "messages": [
            { "role": "system", "content": "Be brief." },
            { "role": "user", "content": "Rain?" },
            { "role": "assistant", "content": "", "tool_calls": [call("a"), call("b")] },
            { "role": "tool", "tool_call_id": "a", "content": "rain" },
            { "role": "tool", "tool_call_id": "b", "content": "sun" },
        ]
    })
}

#[tokio::test]
async fn chat_completions() {
    let body = chat();
    let refused = async |changes: &[(&str, Value)], expected: &str| check(OpenAiChat, &body, changes, expected).await;
    refused(&[], "").await;
    check(AzureChat, &body, &[], "").await;
    refused(&[("/top_k", json!(4))], "Unknown parameter: 'top_k'").await;
    refused(&[("/messages/1/role", json!("human"))], "Invalid value: 'human'").await;
    refused(&[("/messages/1/content", Value::Null)], "expected a string, got null").await;
    refused(&[("/messages/2/tool_calls/1", call("a"))], "Duplicate value for 'tool_call_id'").await;
    refused(&[("/messages/4/tool_call_id", json!("a"))], "Duplicate value for 'tool_call_id' of 'a'").await;
    refused(&[("/messages/4/role", json!("user"))], "did not have response messages: b").await;
    refused(&[("/messages/2/tool_calls", Value::Null)], "must be a response to a preceeding message").await;
    refused(&[("/messages/2/tool_calls/0/id", json!("x".repeat(41)))], "maximum length 40").await;
    refused(&[("/messages/2/tool_calls/0/function/name", json!("get weather"))], "does not match pattern").await;
    refused(&[("/messages/2/tool_calls/0/function/arguments", json!({}))], "expected a string").await;
    refused(&[("/tools/0", tool("böse"))], "does not match pattern").await;
    refused(&[("/tools", json!([]))], "empty array").await;
    refused(&[("/tools", json!(vec![tool("a"); 129]))], "maximum length 128").await;
    refused(&[("/stop", json!(["1", "2", "3", "4", "5"]))], "Invalid 'stop'").await;
    let audio = json!([{ "type": "input_audio", "input_audio": { "data": "", "format": "ogg" } }]);
    refused(&[("/messages/1/content", audio)], "Supported values are: 'wav' and 'mp3'").await;
    let picture = json!([{ "type": "image_url", "image_url": { "url": "data:image/bmp;base64,AA==" } }]);
    refused(&[("/messages/1/content", picture)], "unsupported image").await;
    let format = json!({ "type": "json_schema", "json_schema": { "name": "p", "strict": true, "schema": { "type": "object" } } });
    refused(&[("/response_format", format)], "'additionalProperties' is required").await;
}

#[tokio::test]
async fn models_with_reasoning_in_chat_completions() {
    let plain = json!({ "model": "gpt-5-mini", "messages": [{ "role": "user", "content": "Hi" }] });
    let refused = async |changes: &[(&str, Value)], expected: &str| check(OpenAiChat, &plain, changes, expected).await;
    refused(&[("/max_completion_tokens", json!(800)), ("/reasoning_effort", json!("minimal"))], "").await;
    refused(&[("/temperature", json!(0.3))], "'temperature' does not support 0.3").await;
    refused(&[("/max_tokens", json!(800))], "Use 'max_completion_tokens' instead").await;
    refused(&[("/stop", json!(["END"]))], "'stop' is not supported").await;
    refused(&[("/reasoning_effort", json!("none"))], "does not support 'none'").await;
    refused(&[("/model", json!("gpt-4o")), ("/reasoning_effort", json!("low"))], "'reasoning_effort' is not supported")
        .await;
    refused(&[("/model", json!("o3")), ("/temperature", json!(1.0))], "'temperature' is not supported").await;
    let tools = ("/tools", json!([tool("weather")]));
    refused(std::slice::from_ref(&tools), "").await;
    refused(&[tools.clone(), ("/model", json!("gpt-5.4"))], "").await;
    let effort = ("/reasoning_effort", json!("low"));
    refused(&[tools.clone(), ("/model", json!("gpt-5.4")), effort], "use /v1/responses").await;
    refused(&[tools.clone(), ("/model", json!("gpt-5.6-terra"))], "use /v1/responses").await;
    refused(&[tools, ("/model", json!("gpt-5.6-terra")), ("/reasoning_effort", json!("none"))], "").await;
}

#[tokio::test]
async fn responses() {
    let body = json!({
        "model": "gpt-5.6", "store": false, "stream": false, "instructions": "Be brief.", "max_output_tokens": 800,
        "reasoning": { "effort": "low" }, "include": ["reasoning.encrypted_content"],
        "tools": [{ "type": "function", "name": "weather", "parameters": { "type": "object" } }],
        "input": [
            { "role": "user", "content": "Rain?" },
            { "type": "reasoning", "encrypted_content": "enc", "summary": [] },
            { "type": "function_call", "call_id": "a", "name": "weather", "arguments": "{}" },
            { "type": "function_call_output", "call_id": "a", "output": "rain" },
            { "type": "message", "role": "assistant", "content": [{ "type": "output_text", "text": "Rain." }] },
            { "role": "user", "content": [{ "type": "input_text", "text": "Thanks" }] },
        ]
    });
    let refused =
        async |changes: &[(&str, Value)], expected: &str| check(OpenAiResponses, &body, changes, expected).await;
    refused(&[], "").await;
    for key in ["/stop", "/seed", "/messages", "/max_tokens"] {
        refused(&[(key, json!(7))], "Unknown parameter").await;
    }
    refused(&[("/temperature", json!(0.3))], "'temperature' is not supported").await;
    refused(&[("/max_output_tokens", json!(10))], "Expected a value >= 16").await;
    refused(&[("/model", json!("gpt-4o"))], "'reasoning.effort' is not supported").await;
    refused(&[("/model", json!("gpt-4o")), ("/reasoning", Value::Null)], "Encrypted content is not supported").await;
    refused(&[("/reasoning/effort", json!("minimal"))], "is not supported with the 'gpt-5.6' model").await;
    refused(&[("/input/2/call_id", json!("b"))], "No tool call found for function call output with call_id a").await;
    refused(&[("/input/3", json!({ "role": "user", "content": "?" }))], "No tool output found for function call a")
        .await;
    refused(&[("/input/2/call_id", json!("x".repeat(65)))], "maximum length 64").await;
    refused(&[("/input/2/name", json!(""))], "does not match pattern").await;
    refused(&[("/input/4/content/0/type", json!("input_text"))], "Supported values are: 'output_text'").await;
    refused(&[("/input/5/role", json!("tool"))], "Invalid value: 'tool'").await;
    let audio = json!([{ "type": "input_file", "filename": "a.ogg", "file_data": "data:audio/ogg;base64,AA==" }]);
    refused(&[("/input/5/content", audio)], "supported format").await;
}
