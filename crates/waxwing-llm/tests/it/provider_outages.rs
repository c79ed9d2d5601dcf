//! What a user gets on a provider's bad days, as far as no other test shows it.

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

/// Answers after a minute.
struct Slow;

#[async_trait]
impl ChatModel for Slow {
    fn name(&self) -> &'static str {
        "slow"
    }

    async fn chat(&self, _request: &ChatRequest) -> Result<ChatResponse, ModelError> {
        // tidy: allow sleep - the time is paused, and this is what is slow
        tokio::time::sleep(Duration::from_mins(1)).await;
        Ok(ChatResponse::text("at last"))
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_provider_is_waited_for_while_there_is_time() {
    let answer = async |seconds| {
        let agent = LlmAgent::builder("a", Slow).fallback(ScriptedModel::new(["the other"])).build().unwrap();
        let start = Instant::now();
        let deadline = start.into_std() + Duration::from_secs(seconds);
        let ctx = RunContext::builder("1", Session::new("1")).deadline(deadline).build();
        let reply = agent.run("hi".into(), &ctx).await.unwrap();
        (markdown(&reply).to_owned(), start.elapsed().as_secs())
    };
    assert_eq!(answer(120).await, ("at last".to_owned(), 60));
    assert_eq!(answer(45).await, ("the other".to_owned(), 44), "whoever answers at once gets a chance in the end");
}

/// Hangs up in the middle of its first answer, and gives the second in full.
async fn halting() -> String {
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
async fn half_an_answer_is_none() {
    let model = Provider::openai_compatible(halting().await).model("m").unwrap();
    let retry = RetryPolicy { initial_backoff: Duration::from_millis(1), ..RetryPolicy::default() };
    let agent = LlmAgent::builder("a", model).retry(retry).build().unwrap();
    assert_eq!(markdown(&run(&agent, "hi").await.unwrap()), "whole");
}

#[tokio::test]
async fn no_tool_is_called_where_one_was_expected() {
    let model = ScriptedModel::new(["I have booked it!"]);
    let book = tool("book", "Books.", |_: Value, _| async { Ok("booked") }).require_approval("Book it?");
    let agent = LlmAgent::builder("a", model.clone()).tool(book).build().unwrap();
    // Nobody can know that it lies; what it says is what the user gets.
    assert_eq!(run(&agent, "book it").await.unwrap(), Reply::markdown("I have booked it!"));
    // A call that it writes down instead of making it is words as well, and nothing is called.
    let written = r#"{"name": "book", "arguments": {}}"#;
    let agent = LlmAgent::builder("a", ScriptedModel::new([written])).build().unwrap();
    assert_eq!(run(&agent, "book it").await.unwrap(), Reply::markdown(written));
}
