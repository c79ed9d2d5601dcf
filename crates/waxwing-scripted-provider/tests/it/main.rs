//! The public API, over HTTP.
#![allow(clippy::unwrap_used, reason = "tests")]

mod anthropic;
mod gemini;
mod openai;

use serde_json::{Value, json};
use waxwing_scripted_provider::{Api, ScriptedAnswer, ScriptedProvider};

/// Sends a body with valid credentials.
async fn send(provider: &ScriptedProvider, api: Api, body: &Value) -> (u16, Value) {
    let path = match api {
        Api::OpenAiResponses => "/responses".to_owned(),
        Api::Anthropic => "/messages".to_owned(),
        Api::Gemini => format!("/models/{}:generateContent", body["model"].as_str().unwrap()),
        Api::AzureChat => "/chat/completions?api-version=2024-10-21".to_owned(),
        _ => "/chat/completions".to_owned(),
    };
    let mut body = body.clone();
    if api == Api::Gemini {
        body.as_object_mut().unwrap().remove("model");
    }
    let request = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = request.post(format!("{}{path}", provider.base_url(api))).json(&body);
    let request = request.bearer_auth("k").header("x-api-key", "k").header("api-key", "k");
    let request = request.header("x-goog-api-key", "k").header("anthropic-version", "2023-06-01");
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

/// Sends `body` with changes, each a JSON pointer with a value, or null to remove a field. Expects a refusal that contains `expected`, or
/// an answer if that is empty.
async fn check(api: Api, body: &Value, changes: &[(&str, Value)], expected: &str) {
    let provider = ScriptedProvider::start().await.unwrap();
    provider.answer("hi");
    let mut body = body.clone();
    for (pointer, value) in changes {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        match body.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer}")) {
            Value::Array(items) => items[key.parse::<usize>().unwrap()] = value.clone(),
            Value::Object(fields) if value.is_null() => drop(fields.remove(key)),
            Value::Object(fields) => drop(fields.insert(key.to_owned(), value.clone())),
            other => panic!("{pointer} is in {other}"),
        }
    }
    let (status, answer) = send(&provider, api, &body).await;
    let message = answer["error"]["message"].as_str().unwrap_or_default();
    if expected.is_empty() {
        assert_eq!((status, message), (200, ""), "{changes:?}: {answer}");
        return;
    }
    assert!(status >= 400 && message.contains(expected), "{changes:?}: {status} {answer}");
    let refusals = provider.refusals();
    assert_eq!(refusals.len(), 1);
    assert!(refusals[0].source.starts_with("https://"), "{changes:?}: {}", refusals[0]);
}

#[tokio::test]
async fn answers_are_taken_in_order_and_refused_requests_take_none() {
    let provider = ScriptedProvider::start().await.unwrap();
    provider.answer("first").answer(ScriptedAnswer::raw(503, json!({ "error": { "message": "overloaded" } })));
    let hello = json!({ "model": "gpt-5-mini", "messages": [{ "role": "user", "content": "Hello" }] });
    let mut wrong = hello.clone();
    wrong["temperature"] = json!(0.3);
    assert_eq!(send(&provider, Api::OpenAiChat, &wrong).await.0, 400);
    let (status, answer) = send(&provider, Api::OpenAiChat, &hello).await;
    assert_eq!((status, &answer["choices"][0]["message"]["content"]), (200, &json!("first")));
    assert_eq!(send(&provider, Api::OpenAiChat, &hello).await.0, 503);
    let (status, answer) = send(&provider, Api::OpenAiChat, &hello).await;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!("end_of_script")));
    provider.then_always("again");
    assert_eq!(send(&provider, Api::OpenAiChat, &hello).await.0, 200);
    let requests = provider.requests();
    assert_eq!(requests.len(), 5);
    assert_eq!((requests[0].api, requests[0].model.as_str()), (Api::OpenAiChat, "gpt-5-mini"));
    assert_eq!(requests[1].body, hello);
    assert_eq!(serde_json::from_slice::<Value>(&requests[1].bytes).unwrap(), hello);
}

#[tokio::test]
async fn a_context_limit_is_told_in_the_words_of_each_provider() {
    let provider = ScriptedProvider::start().await.unwrap();
    provider.limit_context(20).then_always("hi");
    let long = "long ".repeat(100);
    let messages = json!([{ "role": "user", "content": long }]);
    let contents = json!([{ "role": "user", "parts": [{ "text": long }] }]);
    for (api, body, expected) in [
        (Api::OpenAiChat, json!({ "model": "gpt-4o", "messages": messages }), "maximum context length is 20 tokens"),
        (Api::OpenAiResponses, json!({ "model": "gpt-4o", "input": messages }), "exceeds the context window"),
        (
            Api::Anthropic,
            json!({ "model": "claude-sonnet-4-5", "max_tokens": 9, "messages": messages }),
            "prompt is too long",
        ),
        (
            Api::Gemini,
            json!({ "model": "gemini-2.5-flash", "contents": contents }),
            "exceeds the maximum number of tokens",
        ),
    ] {
        let (status, answer) = send(&provider, api, &body).await;
        assert!(status == 400 && answer["error"]["message"].as_str().unwrap().contains(expected), "{answer}");
    }
}

#[tokio::test]
async fn credentials_are_required() {
    let provider = ScriptedProvider::start().await.unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for (api, path) in [
        (Api::OpenAiChat, "/chat/completions"),
        (Api::OpenAiResponses, "/responses"),
        (Api::AzureChat, "/chat/completions?api-version=1"),
        (Api::Anthropic, "/messages"),
        (Api::Gemini, "/models/gemini-2.5-flash:generateContent"),
    ] {
        let request = client.post(format!("{}{path}", provider.base_url(api))).json(&json!({}));
        assert!([401, 403].contains(&request.send().await.unwrap().status().as_u16()), "{api:?}");
    }
    let sources: Vec<_> = provider.refusals().into_iter().map(|refusal| refusal.source).collect();
    assert!(sources[3].contains("claude.com") && sources[4].contains("ai.google.dev"), "{sources:?}");
    let unknown = client.post(provider.base_url(Api::OpenAiChat)).send().await.unwrap();
    assert_eq!(unknown.status().as_u16(), 404);
}
