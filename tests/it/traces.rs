//! Traces of a server, as a collector gets them.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use waxwing::agent::{AgentError, Echo};
use waxwing::llm::{LlmAgent, tool};
use waxwing_emulator::FaultEffect;
use waxwing_tests::{InProcessServer, Launch, ModelReply, ModelServer, ProviderProtocol, TestEnv};

use crate::support::{Collector, CollectorMode, Received};

/// Request timeout of the Graph client.
const PATIENCE: Duration = Duration::from_secs(10);

fn launch<'a>(env: &'a TestEnv, collector: &Collector) -> Launch<'a> {
    env.serve("echo").set("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url)
}

/// Starts a server whose agent asks a model and calls a tool.
async fn guide(launch: Launch<'_>, model: &ModelServer) -> InProcessServer {
    let weather = tool("weather", "The weather of a city, now.", |arguments: Value, _| async move {
        Ok::<_, AgentError>(format!("rain in {}", arguments["city"].as_str().unwrap_or("no city")))
    });
    let agent = LlmAgent::builder("guide", model.provider().model("m").unwrap()).tool(weather).build().unwrap();
    launch.start_in_process(agent, PATIENCE).await
}

/// Serves one message to the agent with a model, and returns what the collector got.
async fn one_message(content: bool) -> Received {
    let (env, model) = (TestEnv::new().await, ModelServer::start(ProviderProtocol::OpenAi).await);
    let collector = Collector::start(CollectorMode::Accept).await;
    let launch = launch(&env, &collector).set("WAXWING_TRACE_CONTENT", &content.to_string());
    let server = guide(launch, &model).await;
    model.reply_with([ModelReply::tool_call("weather", json!({"city": "Vigo"})), ModelReply::text("It rains there.")]);
    let ana = env.emulator.user("+34600000000");
    ana.says("How is my town?").await;
    ana.expect_text("It rains there.").await;
    ana.reads_all();
    env.drain_in_process(server).await;
    collector.wait_for(|received| received.has("status", "waxwing.status", "read")).await
}

#[tokio::test]
async fn one_message_is_one_trace_from_its_receipt_to_its_status() {
    let received = one_message(false).await;
    let (turn, agent) = (received.span("turn"), received.span("invoke_agent guide"));
    let traces: HashSet<_> = received.spans.iter().map(|span| &span.trace).collect();
    assert_eq!(traces.len(), 1, "{:?}", received.spans);
    let ids: HashSet<_> = received.spans.iter().map(|span| &span.id).collect();
    assert_eq!(ids.len(), received.spans.len(), "ids are unique");
    assert_eq!(turn.parent, "");
    for name in ["receive", "invoke_agent guide", "send"] {
        assert_eq!(received.span(name).parent, turn.id, "{name}");
    }
    let statuses: Vec<_> = received.spans.iter().filter(|span| span.name == "status").collect();
    assert!(statuses.len() >= 2 && statuses.iter().all(|status| status.parent == turn.id), "{statuses:?}");
    let chats: Vec<_> = received.spans.iter().filter(|span| span.name == "chat m").collect();
    assert_eq!(chats.len(), 2);
    let tool = received.span("execute_tool weather");
    for span in chats.iter().chain([&tool]) {
        assert_eq!(span.parent, agent.id, "{}", span.name);
        assert!(agent.start <= span.start && span.end <= agent.end, "{}", span.name);
    }
    let chat = &chats[0].attributes;
    assert_eq!((&*chat["gen_ai.operation.name"], &*chat["gen_ai.request.model"]), ("chat", "m"));
    assert!(chat.contains_key("gen_ai.provider.name") && chat.contains_key("gen_ai.usage.input_tokens"), "{chat:?}");
    assert_eq!(tool.attributes["gen_ai.tool.name"], "weather");
    assert_eq!(agent.attributes["gen_ai.agent.name"], "guide");
    assert_eq!(agent.attributes["gen_ai.conversation.id"], turn.attributes["gen_ai.conversation.id"]);
    assert_eq!(turn.attributes["waxwing.turn.messages"], "1");
    assert_eq!(received.span("send").attributes["waxwing.send.outcome"], "accepted");
    assert_eq!(received.resource["service.name"], "waxwing");
}

#[tokio::test]
async fn texts_are_exported_on_request_only() {
    let secrets = ["How is my town", "Vigo", "It rains there", "rain in"];
    let without = one_message(false).await;
    for personal in secrets.iter().chain(&["34600000000", "wamid."]) {
        assert!(!without.contains(personal), "{personal}");
    }
    let with = one_message(true).await;
    for text in secrets {
        assert!(with.contains(text), "{text}");
    }
    assert!(!with.contains("34600000000"));
    let input: Value =
        serde_json::from_str(&with.span("invoke_agent guide").attributes["gen_ai.input.messages"]).unwrap();
    assert_eq!(input[0]["parts"][0]["content"], "How is my town?");
}

#[tokio::test]
async fn the_trace_goes_on_after_a_restart() {
    let env = TestEnv::new().await;
    let collector = Collector::start(CollectorMode::Accept).await;
    let server = launch(&env, &collector).start_in_process(Echo, PATIENCE).await;
    let ana = env.emulator.user("+34600000000");
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    env.drain_in_process(server).await;
    let before = collector.wait_for(|received| received.spans.iter().any(|span| span.name == "turn")).await;
    assert!(!before.has("status", "waxwing.status", "read"));

    let server = launch(&env, &collector).start_in_process(Echo, PATIENCE).await;
    ana.reads_all();
    env.drain_in_process(server).await;
    let after = collector.wait_for(|received| received.has("status", "waxwing.status", "read")).await;
    let turn = after.span("turn");
    assert!(after.spans.iter().all(|span| span.trace == turn.trace), "{:?}", after.spans);
    assert!(after.spans.iter().filter(|span| span.name == "status").all(|span| span.parent == turn.id));
}

#[tokio::test]
async fn a_refused_message_has_its_code() {
    let env = TestEnv::new().await;
    let collector = Collector::start(CollectorMode::Accept).await;
    let server = launch(&env, &collector).start_in_process(Echo, PATIENCE).await;
    env.emulator.next_send(FaultEffect::Error { code: 131_026, http: 400 });
    env.emulator.user("+34600000000").says("hi").await;
    // The refusal is not seen by the user, and a drain before the turn would leave the message to the next server.
    collector.wait_for(|received| received.spans.iter().any(|span| span.name == "send")).await;
    env.drain_in_process(server).await;
    let received = collector.wait_for(|received| received.spans.iter().any(|span| span.name == "turn")).await;
    let send = &received.span("send").attributes;
    assert_eq!((&*send["error.type"], &*send["waxwing.send.outcome"]), ("131026", "refused"));
    assert!(received.spans.iter().all(|span| span.name != "status"), "a response is no status");
}

#[tokio::test]
async fn a_collector_that_does_not_work_delays_nothing() {
    for mode in [CollectorMode::Refuse, CollectorMode::Hang] {
        let env = TestEnv::new().await;
        let collector = Collector::start(mode).await;
        let server = launch(&env, &collector).start_in_process(Echo, PATIENCE).await;
        let ana = env.emulator.user("+34600000000");
        ana.says("one").await;
        ana.expect_text("echo one").await;
        collector.wait_for(|received| received.requests > 0).await;
        ana.says("two").await;
        ana.expect_text("echo two").await;
        env.emulator.expect_idle().await;
        let began = Instant::now();
        let log = server.stop().await;
        assert!(began.elapsed() < Duration::from_secs(10), "the shutdown waits for the collector");
        if mode == CollectorMode::Refuse {
            assert_eq!(log.matches("collector of traces does not take spans").count(), 1, "{log}");
        }
    }
}

#[tokio::test]
async fn nothing_is_exported_with_a_ratio_of_zero() {
    let env = TestEnv::new().await;
    let collector = Collector::start(CollectorMode::Accept).await;
    let launch = launch(&env, &collector).set("OTEL_TRACES_SAMPLER_ARG", "0");
    let server = launch.start_in_process(Echo, PATIENCE).await;
    let ana = env.emulator.user("+34600000000");
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    // The shutdown sends all spans that wait.
    env.drain_in_process(server).await;
    assert_eq!(collector.received().requests, 0);
}
