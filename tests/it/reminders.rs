//! Reminders that are due outside the customer service window.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tokio::sync::Notify;
use waxwing::agent::{Agent, AgentError, Reply, RunContext, Turn, agent_fn};
use waxwing_emulator::ExchangeFilter;
use waxwing_emulator::matcher::other;
use waxwing_tests::{InProcessServer, TestEnv};

const ANA: &str = "+34600000000";
const DAY: Duration = Duration::from_hours(25);

/// An agent that schedules a reminder in this time, once it may, and tells the user if that is not possible.
fn secretary(ahead: Duration, may: Arc<Notify>, asked: Arc<Notify>) -> impl Agent {
    agent_fn("secretary", move |turn: Turn, ctx: RunContext| {
        let (may, asked) = (may.clone(), asked.clone());
        async move {
            if turn.text() != "remind me" {
                return Ok::<_, AgentError>(Reply::text("Here you are:").with_parked_messages());
            }
            asked.notify_one();
            may.notified().await;
            match ctx.remind_user(SystemTime::now() + ahead, "Call Ben.").await {
                Ok(()) => Ok(Reply::none()),
                Err(error) if error.is_window_closed() => Ok(Reply::text("I cannot write to you then.")),
                Err(error) => Err(error),
            }
        }
    })
}

/// Starts a server whose agent schedules a reminder a day after the user's message. By the clock of the server the window is still open, so
/// Meta refuses the reminder.
async fn remind_late(env: &TestEnv, (variable, value): (&str, &str)) -> InProcessServer {
    let (may, asked) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let agent = secretary(Duration::from_secs(2), may.clone(), asked.clone());
    let server = env.serve("secretary").set(variable, value).start_in_process(agent, Duration::from_secs(5)).await;
    env.emulator.user(ANA).says("remind me").await;
    asked.notified().await;
    env.emulator.advance(DAY);
    may.notify_one();
    server
}

#[tokio::test]
async fn a_reminder_outside_the_window_waits_until_the_user_writes() {
    let env = TestEnv::new().await;
    let body = json!({ "type": "BODY", "text": "There is news for you. Please reply to read it." });
    env.emulator.add_template(&json!({
        "name": "news_for_you", "language": "en", "category": "UTILITY", "components": [body],
    }));
    let server = remind_late(&env, ("WAXWING_WINDOW_TEMPLATE", "news_for_you/en")).await;
    let ana = env.emulator.user(ANA);
    ana.expect(other("template")).await;
    ana.says("what is it?").await;
    ana.expect_text("Call Ben.").await;
    ana.expect_text("Here you are:").await;
    env.drain_in_process(server).await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn a_reminder_outside_the_window_goes_without_a_template_where_meta_allows_it() {
    let env = TestEnv::new().await;
    let server = remind_late(&env, ("WAXWING_OUTSIDE_WINDOW", "direct_send fail")).await;
    let ana = env.emulator.user(ANA);
    ana.expect_text("Call Ben.").await;
    env.drain_in_process(server).await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn a_reminder_outside_the_window_fails_if_the_policy_says_so() {
    let env = TestEnv::new().await;
    let server = remind_late(&env, ("WAXWING_OUTSIDE_WINDOW", "fail")).await;
    let refused = ExchangeFilter::new().path("/messages").body(json!({ "type": "text" })).status(400);
    env.emulator.expect_request(&refused).await;
    env.drain_in_process(server).await;
    let listed = env.run(&["outbox", "list", "--json"]).output().await;
    let row: Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!((&row["state"], &row["code"]), (&json!("failed"), &json!(131_047)), "{row}");
    env.emulator.user(ANA).expect_nothing().await;
}

#[tokio::test]
async fn an_agent_is_told_that_its_reminder_would_come_too_late() {
    for (policy, answer) in [("fail", Some("I cannot write to you then.")), ("park", None)] {
        let env = TestEnv::new().await;
        let (may, asked) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        may.notify_one();
        let server = env.serve("secretary").set("WAXWING_OUTSIDE_WINDOW", policy);
        let server = server.start_in_process(secretary(DAY, may, asked.clone()), Duration::from_secs(5)).await;
        let ana = env.emulator.user(ANA);
        ana.says("remind me").await;
        asked.notified().await;
        if let Some(answer) = answer {
            ana.expect_text(answer).await;
        }
        env.drain_in_process(server).await;
        ana.expect_nothing().await;
    }
}
