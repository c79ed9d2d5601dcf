//! Reports about model requests and tool calls.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use waxwing_agent::{Agent as _, AgentError, RunContext, RunEvent, RunObserver, Session};
use waxwing_llm::{
    ChatModel, ChatResponse, LlmAgent, ModelError, ModelErrorKind, Price, Prices, RetryPolicy, ScriptedModel,
    TokenUsage, ToolCall, tool,
};

use crate::support::{HangingModel, World};

/// Observer that keeps the events.
#[derive(Default)]
struct Recorder {
    is_watched: bool,
    events: Mutex<Vec<RunEvent>>,
}

impl RunObserver for Recorder {
    fn is_watched(&self) -> bool {
        self.is_watched
    }

    fn observe(&self, event: RunEvent) {
        self.events.lock().unwrap().push(event);
    }
}

impl Recorder {
    /// Returns the events as JSON, without their durations.
    fn events(&self) -> Vec<Value> {
        let events = std::mem::take(&mut *self.events.lock().unwrap());
        let to_json = |event: RunEvent| {
            let mut event = serde_json::to_value(event).unwrap();
            assert!(event["data"]["milliseconds"].is_u64(), "{event}");
            event["data"].as_object_mut().unwrap().remove("milliseconds");
            event
        };
        events.into_iter().map(to_json).collect()
    }
}

fn agent(model: impl ChatModel + 'static) -> LlmAgent {
    let hours = tool("hours", "Returns the hours.", |_: Value, _ctx| async { Ok::<_, AgentError>("9:00 to 17:00") });
    LlmAgent::builder("shop", model)
        .prices(Prices::new().with("scripted", Price::new(1.0, 2.0)))
        .retry(RetryPolicy::default().with_max_attempts(2).with_initial_backoff(std::time::Duration::ZERO))
        .tool(hours)
        .build()
        .unwrap()
}

#[tokio::test]
async fn each_request_and_each_call_is_reported_with_its_usage() {
    let model = ScriptedModel::new([
        Err(ModelError::new(ModelErrorKind::RateLimited)),
        Ok(ChatResponse::tool_calls([ToolCall::new("1", "hours", json!({"day": 1}))])
            .with_usage(TokenUsage::new(1_000_000, 0))),
        Ok(ChatResponse::text("Until five.").with_usage(TokenUsage::new(0, 1_000_000))),
    ]);
    let recorder = Arc::new(Recorder { is_watched: true, ..Recorder::default() });
    let world = World::default();
    let ctx = || {
        RunContext::builder("34600000000", Session::new("s"))
            .journal(world.journal.clone())
            .observer(recorder.clone())
            .build()
    };
    let agent = agent(model);
    agent.run("Open?".into(), &ctx()).await.unwrap();
    let events = recorder.events();
    let names: Vec<_> = events.iter().map(|event| event["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["model.called", "model.called", "tool.called", "model.called"]);
    assert!(events[0]["data"]["error"].is_string(), "{}", events[0]);
    assert_eq!(events[1]["data"]["tools"], json!(["hours"]));
    assert_eq!((&events[1]["data"]["input_tokens"], &events[1]["data"]["cost"]), (&json!(1_000_000), &json!(1.0)));
    let call = json!({"agent": "shop", "tool": "hours", "arguments": r#"{"day":1}"#, "result": "9:00 to 17:00", "is_error": false});
    assert_eq!(events[2]["data"], call);
    assert_eq!((&events[3]["data"]["text"], &events[3]["data"]["cost"]), (&json!("Until five."), &json!(2.0)));

    // A repeated run takes all results from its journal.
    agent.run("Open?".into(), &ctx()).await.unwrap();
    assert_eq!(recorder.events(), Vec::<Value>::new());
}

#[tokio::test(start_paused = true)]
async fn a_request_that_the_deadline_ends_is_reported() {
    let recorder = Arc::new(Recorder { is_watched: true, ..Recorder::default() });
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_mins(1);
    let ctx = RunContext::builder("34600000000", Session::new("s"))
        .deadline(deadline.into_std())
        .observer(recorder.clone())
        .build();
    agent(HangingModel).run("Hi".into(), &ctx).await.unwrap_err();
    let events = recorder.events();
    assert_eq!(events.len(), 1);
    assert!(events[0]["data"]["error"].as_str().unwrap().contains("deadline"), "{}", events[0]);
}

#[tokio::test]
async fn the_request_after_a_written_call_is_reported_on_its_own() {
    let written = r#"<tool_call>{"name": "unknown", "arguments": {}}</tool_call>"#;
    let model = ScriptedModel::new([
        ChatResponse::text(written).with_usage(TokenUsage::new(1_000_000, 0)),
        ChatResponse::text("Until five.").with_usage(TokenUsage::new(0, 1_000_000)),
    ]);
    let recorder = Arc::new(Recorder { is_watched: true, ..Recorder::default() });
    let ctx = RunContext::builder("34600000000", Session::new("s")).observer(recorder.clone()).build();
    agent(model).run("Open?".into(), &ctx).await.unwrap();
    let costs: Vec<_> = recorder.events().iter().map(|event| event["data"]["cost"].clone()).collect();
    assert_eq!(costs, [1.0, 2.0]);
}

#[tokio::test]
async fn nothing_is_reported_without_a_watcher() {
    let recorder = Arc::new(Recorder::default());
    let ctx = RunContext::builder("34600000000", Session::new("s")).observer(recorder.clone()).build();
    agent(ScriptedModel::new([ChatResponse::text("Hello.")])).run("Hi".into(), &ctx).await.unwrap();
    assert_eq!(recorder.events(), Vec::<Value>::new());
}

#[tokio::test]
async fn a_failed_call_of_a_tool_is_reported_as_one() {
    let model = ScriptedModel::new([
        ChatResponse::tool_calls([ToolCall::new("1", "hours", json!(["no object"]))]),
        ChatResponse::text("I do not know."),
    ]);
    let recorder = Arc::new(Recorder { is_watched: true, ..Recorder::default() });
    let ctx = RunContext::builder("34600000000", Session::new("s")).observer(recorder.clone()).build();
    agent(model).run("Open?".into(), &ctx).await.unwrap();
    let events = recorder.events();
    let call = events.iter().find(|event| event["name"] == "tool.called").unwrap();
    assert_eq!(call["data"]["is_error"], true, "{call}");
}
