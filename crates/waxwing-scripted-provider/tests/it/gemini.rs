//! Rules of Gemini.

use serde_json::{Value, json};
use waxwing_scripted_provider::Api::Gemini;

use crate::check;

#[tokio::test]
async fn generate_content() {
    let body = json!({
        "model": "gemini-2.5-flash", "systemInstruction": { "parts": [{ "text": "Be brief." }] },
        "generationConfig": { "temperature": 0.3, "maxOutputTokens": 800, "thinkingConfig": { "thinkingBudget": 1000 } },
        "tools": [{ "functionDeclarations": [{ "name": "weather", "parametersJsonSchema": { "type": "object" } }] }],
        "contents": [
            { "role": "user", "parts": [{ "text": "Rain?" }] },
            { "role": "model", "parts": [{ "functionCall": { "name": "weather", "args": {} } }] },
            { "role": "user", "parts": [{ "functionResponse": { "name": "weather", "response": {} } }] },
        ]
    });
    let refused = async |changes: &[(&str, Value)], expected: &str| check(Gemini, &body, changes, expected).await;
    refused(&[], "").await;
    refused(&[("/temperature", json!(1))], "Unknown name \"temperature\": Cannot find field").await;
    refused(&[("/generationConfig/stop", json!([]))], "at 'generation_config'").await;
    refused(&[("/generationConfig/temperature", json!(2.5))], "range [0.0, 2.0]").await;
    refused(&[("/generationConfig/seed", json!(4_000_000_000_u64))], "TYPE_INT32").await;
    refused(&[("/generationConfig/stopSequences", json!(["1", "2", "3", "4", "5", "6"]))], "maximum is 5").await;
    refused(&[("/contents", json!([]))], "contents is not specified").await;
    refused(&[("/contents/0/role", json!("assistant"))], "valid role: user, model").await;
    refused(&[("/contents/0/parts", json!([]))], "must not be empty").await;
    refused(&[("/contents/0/parts/0", json!({ "thought": true }))], "required oneof field 'data'").await;
    refused(&[("/contents/1/parts/0/functionCall/name", json!(""))], "function_call.name: Name cannot be empty").await;
    refused(&[("/contents/2/parts/0", json!({ "text": "rain" }))], "number of function response parts").await;
    refused(&[("/contents/1/parts/0", json!({ "text": "Hm." }))], "immediately after a function call turn").await;
    refused(&[("/contents/0", json!({ "role": "model", "parts": [{ "text": "Hi" }] }))], "function call turn comes")
        .await;
    refused(&[("/tools/0/functionDeclarations/0/name", json!("1st"))], "Invalid function name").await;
    let thinking = |value| ("/generationConfig/thinkingConfig", value);
    let pro = ("/model", json!("gemini-2.5-pro"));
    refused(&[pro.clone(), thinking(json!({ "thinkingBudget": 0 }))], "only works in thinking mode").await;
    refused(&[pro, thinking(json!({ "thinkingBudget": 100 }))], "between 128 and 32768").await;
    refused(&[thinking(json!({ "thinkingLevel": "LOW" }))], "Thinking level is not supported").await;
    refused(&[("/model", json!("gemini-2.0-flash"))], "Thinking is not supported").await;
    let third = [("/model", json!("gemini-3-pro")), thinking(json!({ "thinkingLevel": "LOW" }))];
    refused(&third, "missing a thought_signature").await;
    let audio = json!({ "inline_data": { "mime_type": "audio/amr", "data": "" } });
    refused(&[("/contents/0/parts/0", audio)], "Unsupported MIME type: audio/amr").await;
}
