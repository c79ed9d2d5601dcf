//! An agent with a provider over HTTP.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use waxwing_llm::{LlmAgent, Provider, RetryPolicy, tool};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{markdown, run};

/// Starts a provider that gives these responses one after the other.
async fn stub(answers: Vec<ResponseTemplate>) -> MockServer {
    let server = MockServer::start().await;
    let next = AtomicUsize::new(0);
    let respond = move |_: &wiremock::Request| answers[next.fetch_add(1, Ordering::SeqCst)].clone();
    Mock::given(any()).respond_with(respond).mount(&server).await;
    server
}

fn message(message: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"choices": [{"message": message, "finish_reason": "stop"}]}))
}

#[tokio::test]
async fn a_turn_succeeds_despite_errors_of_the_server() {
    let call = json!({"content": "", "tool_calls": [
        {"id": "c1", "type": "function", "function": {"name": "add", "arguments": "[1, 2"}}
    ]});
    let corrected = json!({"content": "", "tool_calls": [
        {"id": "c2", "type": "function", "function": {"name": "add", "arguments": "[1, 2]"}},
        {"id": "c3", "type": "function", "function": {"name": "add", "arguments": "{\"a\": 1, \"b\": 2}"}}
    ]});
    let server = stub(vec![
        ResponseTemplate::new(429).insert_header("retry-after-ms", "1"),
        message(&call),
        ResponseTemplate::new(500),
        message(&corrected),
        ResponseTemplate::new(200).set_body_raw("<html>", "text/html"),
        message(&json!({"content": "Three."})),
    ])
    .await;
    let add = tool("add", "Adds a and b.", |sum: Value, _| async move {
        Ok((sum["a"].as_i64().unwrap_or(0) + sum["b"].as_i64().unwrap_or(0)).to_string())
    });
    let model = Provider::openai_compatible(server.uri()).model("m").unwrap();
    let retry = RetryPolicy::default().with_initial_backoff(std::time::Duration::from_millis(1));
    let agent = LlmAgent::builder("a", model).tool(add).retry(retry).build().unwrap();
    assert_eq!(markdown(&run(&agent, "1 + 2?").await.unwrap()), "Three.");

    let requests = server.received_requests().await.unwrap();
    let keys: Vec<_> = requests.iter().map(|request| request.headers["idempotency-key"].to_str().unwrap()).collect();
    let expected =
        ["r1:a: model:0", "r1:a: model:0", "r1:a: model:1", "r1:a: model:1", "r1:a: model:2", "r1:a: model:2"];
    assert_eq!(keys, expected, "a retried request keeps its key");
    let last: Value = requests[5].body_json().unwrap();
    let read: Vec<_> =
        last["messages"].as_array().unwrap().iter().filter(|message| message["role"] == "tool").collect();
    let refused = "Error: the arguments are not a JSON object. Call the tool again with a JSON object.";
    let texts: Vec<_> = read.iter().map(|message| message["content"].as_str().unwrap()).collect();
    assert_eq!(texts, [refused, refused, "3"]);
}
