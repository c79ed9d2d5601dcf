//! Replies while a provider is slow, interrupts responses or makes no calls.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::Instant;
use waxwing_agent::{Agent as _, Reply, RunContext, Session};
use waxwing_llm::{
    ChatModel, ChatRequest, ChatResponse, LlmAgent, ModelError, Provider, RetryPolicy, ScriptedModel, tool,
};

use crate::support::{markdown, run};

/// A model that responds after a minute.
struct SlowModel;

#[async_trait]
impl ChatModel for SlowModel {
    fn name(&self) -> &'static str {
        "slow"
    }

    async fn chat(&self, _request: &ChatRequest) -> Result<ChatResponse, ModelError> {
        // tidy: allow sleep - the time is paused, and the model must be slow
        tokio::time::sleep(Duration::from_mins(1)).await;
        Ok(ChatResponse::text("at last"))
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_provider_is_awaited_until_the_deadline() {
    let answer = async |seconds| {
        let agent = LlmAgent::builder("a", SlowModel).fallback(ScriptedModel::new(["the other"])).build().unwrap();
        let start = Instant::now();
        let deadline = start.into_std() + Duration::from_secs(seconds);
        let ctx = RunContext::builder("1", Session::new("1")).deadline(deadline).build();
        let reply = agent.run("hi".into(), &ctx).await.unwrap();
        (markdown(&reply).to_owned(), start.elapsed().as_secs())
    };
    assert_eq!(answer(120).await, ("at last".to_owned(), 60));
    assert_eq!(answer(45).await, ("the other".to_owned(), 44), "the fallback is asked at the deadline");
}

/// Starts a server that interrupts its first response, and completes the second.
async fn interrupting() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let body = json!({"choices": [{"message": {"content": "whole"}, "finish_reason": "stop"}]}).to_string();
    tokio::spawn(async move {
        for end in [body.len() / 2, body.len()] {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer).await;
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
            let _ = stream.write_all(format!("{head}{}", &body[..end]).as_bytes()).await;
        }
    });
    format!("http://{address}/v1")
}

#[tokio::test]
async fn an_interrupted_response_is_retried() {
    let model = Provider::openai_compatible(interrupting().await).model("m").unwrap();
    let retry = RetryPolicy::default().with_initial_backoff(Duration::from_millis(1));
    let agent = LlmAgent::builder("a", model).retry(retry).build().unwrap();
    assert_eq!(markdown(&run(&agent, "hi").await.unwrap()), "whole");
}

#[tokio::test]
async fn a_call_that_is_only_written_as_text_is_not_made() {
    let model = ScriptedModel::new(["I have booked it!"]);
    let book = tool("book", "Books.", |_: Value, _| async { Ok("booked") }).require_approval("Book it?");
    let agent = LlmAgent::builder("a", model.clone()).tool(book).build().unwrap();
    // The agent cannot detect a false claim. The user gets the text.
    assert_eq!(run(&agent, "book it").await.unwrap(), Reply::markdown("I have booked it!"));
    // A call in the text is text, too.
    let written = r#"{"name": "book", "arguments": {}}"#;
    let agent = LlmAgent::builder("a", ScriptedModel::new([written])).build().unwrap();
    assert_eq!(run(&agent, "book it").await.unwrap(), Reply::markdown(written));
}
