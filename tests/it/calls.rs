//! Calls of users to a server, at an emulator that plays the phone.

use serde_json::json;
use waxwing_emulator::{Action, ExchangeFilter};
use waxwing_tests::TestEnv;

const ANA: &str = "+34600000000";

/// Enables calls of the number, as a business does once.
async fn enable_calls(env: &TestEnv) {
    let url = format!("{}/v26.0/{}/settings", env.emulator.url(), env.emulator.phone_number_id());
    let body = json!({ "calling": { "status": "ENABLED" } });
    let request = reqwest::Client::new().post(url).bearer_auth(env.emulator.access_token()).json(&body);
    assert_eq!(request.send().await.unwrap().status(), 200);
}

/// Lets Ana call the business. Returns the id of the call.
fn rings(env: &TestEnv) -> String {
    let action: Action = serde_json::from_value(json!({ "calls": { "user": ANA, "event": "connect" } })).unwrap();
    env.emulator.perform(action).unwrap().id.unwrap()
}

/// Matches requests about a call.
fn about(call: &str) -> ExchangeFilter {
    ExchangeFilter::new().method("POST").path("/calls").body(json!({ "call_id": call }))
}

#[tokio::test]
async fn a_call_is_rejected_and_its_message_needs_no_earlier_message() {
    let env = TestEnv::new().await;
    enable_calls(&env).await;
    let launch = env.serve("echo").set("WAXWING_CALLS", "reject");
    let (server, _) = launch.set("WAXWING_MESSAGE_CALL_REJECTED", "Please write to us.").start().await;
    let ana = env.emulator.user(ANA);
    let call = rings(&env);
    // The call has opened the service window.
    ana.expect_text("Please write to us.").await;
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    let rejection = env.emulator.expect_request(&about(&call)).await;
    assert_eq!((rejection.request_json().unwrap()["action"].as_str(), rejection.status()), (Some("reject"), Some(200)));
    env.drain(server).await;
    ana.expect_nothing().await;
    let log = env.run(&["quarantine", "list"]).output().await;
    assert!(!log.stdout.contains("calls"), "{}", log.stdout);
}

#[tokio::test]
async fn a_call_is_ignored_by_default() {
    let env = TestEnv::new().await;
    enable_calls(&env).await;
    let (server, _) = env.serve("echo").start().await;
    let call = rings(&env);
    let ana = env.emulator.user(ANA);
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    env.drain(server).await;
    ana.expect_nothing().await;
    assert!(!env.emulator.requests().iter().any(|request| about(&call).matches(request)));
}
