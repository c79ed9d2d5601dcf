//! The customer service window, with a Meta that refuses what comes too late.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::Notify;
use waxwing::agent::{Agent, AgentError, Reply, RunContext, Turn, agent_fn};
use waxwing_emulator::matcher::other;
use waxwing_tests::TestEnv;

const ANA: &str = "+34600000000";
const DAY: Duration = Duration::from_hours(25);

/// An agent that works on an order until it is told that the order is ready. Afterwards it sends what was parked.
fn cook(begun: Arc<Notify>, ready: Arc<Notify>) -> impl Agent {
    agent_fn("cook", move |turn: Turn, _ctx: RunContext| {
        let (begun, ready) = (begun.clone(), ready.clone());
        async move {
            if turn.text() == "order" {
                begun.notify_one();
                ready.notified().await;
                return Ok::<_, AgentError>(Reply::text("Your order is ready."));
            }
            let parked = turn.undelivered.iter().filter(|lost| lost.is_parked).count();
            Ok(Reply::text(format!("{parked} waited.")).with_parked_messages())
        }
    })
}

/// Lets the cook be ready a day after the order.
async fn order_for_tomorrow(env: &TestEnv, begun: &Notify, ready: &Notify) {
    env.emulator.user(ANA).says("order").await;
    begun.notified().await;
    env.emulator.advance(DAY);
    ready.notify_one();
}

#[tokio::test]
async fn a_late_answer_waits_for_the_user_and_a_template_asks_for_a_message() {
    let env = TestEnv::new().await;
    let body = json!({ "type": "BODY", "text": "There is news for you. Please reply to read it." });
    env.emulator.add_template(&json!({
        "name": "news_for_you", "language": "en", "category": "UTILITY", "components": [body],
    }));
    let (begun, ready) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let server = env.serve("cook").set("WAXWING_WINDOW_TEMPLATE", "news_for_you/en");
    let server = server.start_in_process(cook(begun.clone(), ready.clone()), Duration::from_secs(5)).await;
    let ana = env.emulator.user(ANA);
    order_for_tomorrow(&env, &begun, &ready).await;
    ana.expect(other("template")).await;
    ana.says("what is it?").await;
    ana.expect_text("Your order is ready.").await;
    ana.expect_text("1 waited.").await;
    env.emulator.expect_idle().await;
    ana.expect_nothing().await;
    server.stop().await;
}

#[tokio::test]
async fn a_late_answer_goes_without_a_template_where_meta_allows_it() {
    let env = TestEnv::new().await;
    let (begun, ready) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let server = env.serve("cook").set("WAXWING_OUTSIDE_WINDOW", "direct_send fail");
    let server = server.start_in_process(cook(begun.clone(), ready.clone()), Duration::from_secs(5)).await;
    order_for_tomorrow(&env, &begun, &ready).await;
    env.emulator.user(ANA).expect_text("Your order is ready.").await;
    server.stop().await;
}

#[tokio::test]
async fn an_operator_is_told_at_once_that_a_message_cannot_be_delivered() {
    let env = TestEnv::new().await;
    let (_server, _) = env.serve("echo").start().await;
    let number = env.emulator.phone_number_id();
    let refused = env.run(&["messages", "send", ANA, "--number", number, "Hello!"]).output().await;
    assert_eq!(refused.code, Some(1), "{}", refused.stdout);
    assert!(refused.stderr.contains("the customer service window is closed"), "{}", refused.stderr);
    let ana = env.emulator.user(ANA);
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    let sent = env.run(&["messages", "send", ANA, "Hello!"]).output().await;
    assert_eq!(sent.code, Some(0), "{}", sent.stderr);
    ana.expect_text("Hello!").await;
}
