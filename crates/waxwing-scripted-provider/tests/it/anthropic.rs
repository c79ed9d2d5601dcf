//! Rules of Anthropic.

use serde_json::{Value, json};
use waxwing_scripted_provider::Api::Anthropic;

use crate::check;

fn call(id: &str) -> Value {
    json!({ "type": "tool_use", "id": id, "name": "weather", "input": {} })
}

fn result(id: &str) -> Value {
    json!({ "type": "tool_result", "tool_use_id": id, "content": "rain" })
}

fn body() -> Value {
    json!({
        "model": "claude-sonnet-4-5", "stream": false, "max_tokens": 2000, "temperature": 0.3, "system": "Be brief.",
        "tools": [{ "name": "weather", "input_schema": { "type": "object" } }],
        "messages": [
            { "role": "user", "content": "Rain?" },
            { "role": "assistant", "content": [{ "type": "text", "text": "Wait." }, call("a")] },
            { "role": "user", "content": [result("a")] },
        ]
    })
}

#[tokio::test]
async fn messages() {
    let body = body();
    let refused = async |changes: &[(&str, Value)], expected: &str| check(Anthropic, &body, changes, expected).await;
    refused(&[], "").await;
    refused(&[("/seed", json!(1))], "seed: Extra inputs are not permitted").await;
    refused(&[("/max_tokens", Value::Null)], "max_tokens: Field required").await;
    refused(&[("/max_tokens", json!(64_001))], "64001 > 64000").await;
    refused(&[("/temperature", json!(1.5))], "less than or equal to 1").await;
    refused(&[("/messages/0/role", json!("system"))], "Input should be 'user' or 'assistant'").await;
    refused(&[("/messages/0/role", json!("assistant"))], "first message must use the \"user\" role").await;
    refused(&[("/messages/0/content", json!(""))], "non-empty content").await;
    refused(&[("/messages/1/content/0/text", json!(""))], "text content blocks must be non-empty").await;
    refused(&[("/messages/1/content/1/id", json!("call#weather"))], "should match pattern '^[a-zA-Z0-9_-]+$'").await;
    refused(&[("/messages/1/content/1/name", json!("get weather"))], "tool_use.name").await;
    refused(&[("/messages/1/content/1/input", json!("{"))], "valid dictionary").await;
    refused(&[("/messages/2/content/0", result("b"))], "unexpected `tool_use_id`").await;
    refused(&[("/messages/2/content", json!("rain"))], "without `tool_result` blocks immediately after: a").await;
    refused(&[("/messages/1/content/0", call("a"))], "`tool_use` ids must be unique").await;
    refused(&[("/tools", Value::Null)], "must define tools").await;
    refused(&[("/tools/0/name", json!("a.b"))], "tools.0.custom.name").await;
    let voice = json!([{ "type": "document", "source": { "type": "base64", "media_type": "audio/ogg", "data": "" } }]);
    refused(&[("/messages/0/content", voice)], "'application/pdf'").await;
    let own = json!([{ "role": "user", "content": "Hi" }, { "role": "assistant", "content": "Hello" }]);
    refused(&[("/messages", own.clone())], "").await;
    refused(&[("/messages", own), ("/model", json!("claude-sonnet-4-6"))], "prefill").await;
}

#[tokio::test]
async fn thinking() {
    let body = body();
    let refused = async |changes: &[(&str, Value)], expected: &str| check(Anthropic, &body, changes, expected).await;
    let enabled = |budget: u32| ("/thinking", json!({ "type": "enabled", "budget_tokens": budget }));
    let question = ("/messages", json!([{ "role": "user", "content": "Hi" }]));
    let none = ("/temperature", Value::Null);
    refused(&[enabled(1024), none.clone(), question.clone()], "").await;
    refused(&[enabled(1024), none.clone()], "Expected `thinking` or `redacted_thinking`, but found `text`").await;
    refused(&[enabled(1000), none.clone()], "greater than or equal to 1024").await;
    refused(&[enabled(8000), none.clone()], "`max_tokens` must be greater than `thinking.budget_tokens`").await;
    refused(&[enabled(1024), question.clone()], "`temperature` may only be set to 1").await;
    let forced = ("/tool_choice", json!({ "type": "any" }));
    refused(&[enabled(1024), none.clone(), question.clone(), forced.clone()], "tool_choice forces tool use").await;
    let adaptive = ("/thinking", json!({ "type": "adaptive" }));
    refused(&[adaptive.clone(), none.clone()], "adaptive thinking is not supported").await;
    let opus = ("/model", json!("claude-opus-4-8"));
    refused(&[opus.clone(), adaptive, none.clone()], "").await;
    refused(&[opus.clone(), enabled(1024), none.clone()], "\"thinking.type.enabled\" is not supported").await;
    refused(&[opus], "`temperature` is deprecated").await;
    refused(&[("/output_config", json!({ "effort": "low" }))], "effort parameter").await;
    let fable = ("/model", json!("claude-fable-5"));
    refused(&[fable, none, ("/thinking", json!({ "type": "disabled" }))], "\"thinking.type.disabled\"").await;
}
