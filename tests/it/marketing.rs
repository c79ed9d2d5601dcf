//! Users who want no marketing messages.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use waxwing_emulator::matcher::other;
use waxwing_emulator::{Action, Fault, FaultEffect, TimelineEventKind, UpdateFilter, WebhookFault};
use waxwing_tests::{ServerProcess, TestEnv};

use crate::support::Api;

const ANA: &str = "+34600000000";

/// Adds a marketing template and a utility template.
fn add_templates(env: &TestEnv) {
    for (name, category) in [("spring_offer", "MARKETING"), ("order_ready", "UTILITY")] {
        let body = json!({ "type": "BODY", "text": format!("This is {name}.") });
        env.emulator
            .add_template(&json!({ "name": name, "language": "en", "category": category, "components": [body] }));
    }
}

/// Starts a server for an account with these templates.
async fn start(env: &TestEnv) -> ServerProcess {
    add_templates(env);
    let (server, _) = env.serve("echo").start().await;
    let ana = env.emulator.user(ANA);
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    server
}

/// Queues a template for Ana. Returns the id of the message.
async fn queue(env: &TestEnv, template: &str) -> i64 {
    let template = format!("{template}/en");
    let number = env.emulator.phone_number_id();
    let queue = ["messages", "queue", ANA, "--number", number, "--template", &template, "--json"];
    let queued = env.run(&queue).output().await;
    assert_eq!(queued.code, Some(0), "{}", queued.stderr);
    let queued: Value = serde_json::from_str(&queued.stdout).unwrap();
    queued["id"].as_i64().unwrap()
}

/// Waits until a message has a state.
async fn until(env: &TestEnv, message: i64, state: &str) -> Value {
    let id = message.to_string();
    let shown = async {
        loop {
            let shown = env.run(&["outbox", "show", &id, "--json"]).output().await;
            let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
            if shown["state"] == state {
                return shown;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), shown).await.expect("the state changes")
}

async fn stopped(env: &TestEnv) -> usize {
    let listed = env.run(&["conversations", "list", "--marketing-stopped", "--json"]).output().await;
    listed.stdout.lines().count()
}

#[tokio::test]
async fn a_word_after_an_offer_stops_offers_and_another_allows_them_again() {
    let env = TestEnv::new().await;
    let server = start(&env).await;
    let ana = env.emulator.user(ANA);
    // Without an offer before it, the word is for the agent.
    ana.says("stop").await;
    ana.expect_text("echo stop").await;
    let offer = queue(&env, "spring_offer").await;
    ana.expect(other("template")).await;
    until(&env, offer, "delivered").await;
    ana.says("STOP").await;
    ana.expect_text("You will get no more offers from us. Write START if you want them again.").await;
    assert_eq!(stopped(&env).await, 1);
    let refused = queue(&env, "spring_offer").await;
    assert_eq!(until(&env, refused, "failed").await["code"], 131_050);
    queue(&env, "order_ready").await;
    ana.expect(other("template")).await;
    ana.says("start").await;
    ana.expect_text("Thank you. You will get our offers again.").await;
    assert_eq!(stopped(&env).await, 0);
    queue(&env, "spring_offer").await;
    ana.expect(other("template")).await;
    env.drain(server).await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn a_choice_in_whatsapp_counts_too() {
    let env = TestEnv::new().await;
    let server = start(&env).await;
    let choose = |value: &str| {
        let choice = Action::Preference { user: ANA.to_owned(), value: value.to_owned() };
        env.emulator.perform(choice).unwrap();
    };
    choose("stop");
    env.emulator.expect_idle().await;
    assert_eq!(stopped(&env).await, 1);
    let refused = queue(&env, "spring_offer").await;
    until(&env, refused, "failed").await;
    choose("resume");
    env.emulator.expect_idle().await;
    assert_eq!(stopped(&env).await, 0);
    env.drain(server).await;
}

/// A user who has opted out, without a webhook about it: Meta may lose it, or the app does not subscribe to `user_preferences`.
fn opt_out_unseen(env: &TestEnv) {
    env.emulator.inject(Fault::webhook(UpdateFilter::Fields, WebhookFault::Lose).only("user_preferences"));
    env.emulator.perform(Action::Preference { user: ANA.to_owned(), value: "stop".to_owned() }).unwrap();
}

async fn listed(api: &Api) -> Value {
    let request = api.request(Method::GET, "/v1/opt-outs");
    let (status, body) = api.call(request, ("/v1/opt-outs", "get")).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body["opt_outs"].clone()
}

/// Returns the number of refused requests to send a message.
fn refusals(env: &TestEnv) -> usize {
    let all = env.emulator.timeline();
    all.iter().filter(|event| matches!(event.kind, TimelineEventKind::Refused { .. })).count()
}

#[tokio::test]
async fn a_refusal_of_meta_stops_marketing_before_the_next_request() {
    let env = TestEnv::new().await;
    add_templates(&env);
    let (api, server) = Api::start(&env, env.serve("echo")).await;
    let ana = env.emulator.user(ANA);
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    opt_out_unseen(&env);
    env.emulator.expect_idle().await;
    assert_eq!(listed(&api).await, json!([]), "the server knows nothing of the choice yet");

    let offer = queue(&env, "spring_offer").await;
    assert_eq!(until(&env, offer, "failed").await["code"], 131_050);
    let listed = listed(&api).await;
    let [row] = &listed.as_array().unwrap()[..] else { panic!("{listed}") };
    assert_eq!((&row["phone"], &row["number"]), (&json!("34600000000"), &json!(api.number)));
    assert_eq!(refusals(&env), 1);

    let again = queue(&env, "spring_offer").await;
    assert_eq!(until(&env, again, "failed").await["code"], 131_050);
    assert_eq!(refusals(&env), 1, "the second message was refused without a request");
    queue(&env, "order_ready").await;
    ana.expect(other("template")).await;
    env.drain(server).await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn a_status_of_meta_stops_marketing_as_well() {
    let env = TestEnv::new().await;
    add_templates(&env);
    let (api, server) = Api::start(&env, env.serve("echo")).await;
    // The user has never written. The status states the account of the number, whose templates are known from then on.
    env.emulator.next_send(FaultEffect::AcceptThenFail { code: 131_050 });
    let offer = queue(&env, "spring_offer").await;
    assert_eq!(until(&env, offer, "failed").await["code"], 131_050);
    assert_eq!(listed(&api).await.as_array().unwrap().len(), 1);
    let again = queue(&env, "spring_offer").await;
    until(&env, again, "failed").await;
    env.drain(server).await;
    // The emulator would have delivered the second offer.
    env.emulator.user(ANA).expect_nothing().await;
}
