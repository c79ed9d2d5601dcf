//! A number whose conversations Meta Business Agent shares.

use std::time::Duration;

use serde_json::json;
use waxwing::agent::{Agent, AgentError, Author, Reply, RunContext, Turn, agent_fn};
use waxwing_emulator::{Action, Emulator, ExchangeFilter};
use waxwing_tests::{ServerProcess, TestEnv};

const ANA: &str = "+34600000000";

fn perform(emulator: &Emulator, action: serde_json::Value) {
    emulator.perform(serde_json::from_value::<Action>(action).unwrap()).unwrap();
}

fn handover(env: &TestEnv, event: &str) {
    perform(&env.emulator, json!({ "handover": { "user": ANA, "event": event } }));
}

/// An agent that says what it has read.
fn reader() -> impl Agent {
    agent_fn("reader", |turn: Turn, ctx: RunContext| async move {
        let lines = ctx.session().history().iter().filter(|entry| !entry.text().is_empty()).map(|entry| {
            let author = match &entry.author {
                Author::User(_) => "user",
                Author::OtherApp => "app",
                _ => "we",
            };
            format!("{author}: {}", entry.text())
        });
        Ok::<_, AgentError>(Reply::text(lines.chain([format!("now: {}", turn.text())]).collect::<Vec<_>>().join(" / ")))
    })
}

#[tokio::test]
async fn the_agent_continues_a_conversation_that_another_app_began() {
    let env = TestEnv::new().await;
    let server = env.serve("reader").start_in_process(reader(), Duration::from_secs(5)).await;
    let ana = env.emulator.user(ANA);
    handover(&env, "control_taken");
    env.emulator.expect_idle().await;
    ana.says("I want my money back").await;
    perform(&env.emulator, json!({ "standby": { "user": ANA, "text": "I will ask.", "is_echo": true } }));
    env.emulator.expect_idle().await;
    ana.expect_text("I will ask.").await;
    handover(&env, "control_passed");
    let answer = ana.expect_message().await;
    let text = format!("{answer:?}");
    assert!(text.contains("user: I want my money back / app: I will ask. / now:"), "{text}");
    ana.says("thanks").await;
    ana.expect_message().await;
    env.drain_in_process(server).await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn a_handoff_gives_the_conversation_to_the_next_app() {
    let env = TestEnv::new().await;
    let (server, _) = env.serve("echo").set("WAXWING_HANDOFF_THREAD", "pass").start().await;
    let ana = env.emulator.user(ANA);
    ana.says("/human").await;
    ana.expect_text("All right, a person will answer you here. Write /bot to talk to me again.").await;
    let pass = ExchangeFilter::new().path("/thread_control").body(json!({ "action": "pass" }));
    assert_eq!(env.emulator.expect_request(&pass).await.status(), Some(200));
    // The emulator reports messages of a passed conversation as standby messages, which get no answer.
    ana.says("hello Bea").await;
    env.emulator.expect_idle().await;
    let shown = env.run(&["conversations", "show", "1"]).output().await;
    assert!(shown.stdout.contains("another app") && shown.stdout.contains("hello Bea"), "{}", shown.stdout);
    env.drain(server).await;
    ana.expect_nothing().await;
}

/// Starts a server that passes conversations to the next app, and hands Ana's conversation off.
async fn handed_off(env: &TestEnv) -> ServerProcess {
    let (server, _) = env.serve("echo").set("WAXWING_HANDOFF_THREAD", "pass").start().await;
    let ana = env.emulator.user(ANA);
    ana.says("/human").await;
    ana.expect_text("All right, a person will answer you here. Write /bot to talk to me again.").await;
    let pass = ExchangeFilter::new().path("/thread_control").body(json!({ "action": "pass" }));
    assert_eq!(env.emulator.expect_request(&pass).await.status(), Some(200));
    server
}

#[tokio::test]
async fn the_agent_answers_again_when_the_next_app_passes_the_conversation_back() {
    let env = TestEnv::new().await;
    let server = handed_off(&env).await;
    let ana = env.emulator.user(ANA);
    ana.says("hello Bea").await;
    env.emulator.expect_idle().await;
    handover(&env, "control_passed");
    let answer = ana.expect_message().await.to_string();
    assert!(answer.contains("echo conversation.control_passed"), "{answer}");
    ana.says("thanks").await;
    ana.expect_text("echo thanks").await;
    env.drain(server).await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn a_user_calls_the_agent_back_from_the_next_app() {
    let env = TestEnv::new().await;
    let server = handed_off(&env).await;
    let ana = env.emulator.user(ANA);
    ana.says("hello Bea").await;
    ana.says("/bot").await;
    ana.expect_text("Here I am again.").await;
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    env.drain(server).await;
    ana.expect_nothing().await;
}
