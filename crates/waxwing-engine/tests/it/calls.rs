//! Calls of users.

use std::time::Duration;

use serde_json::{Value, json};
use waxwing_client::FailureScope;
use waxwing_engine::{CallPolicy, Engine, FailureKind, GraphError, NumberPolicies, NumberTexts};
use waxwing_store::{Clock, OperatorStore};
use waxwing_types::PhoneNumberId;

use crate::support::{ANA, NUMBER, Scene, history, patiently, post_field, puppet};

async fn rejecting() -> Scene {
    let mut scene = Scene::new().await;
    scene.settings.policies = NumberPolicies::default().calls(CallPolicy::Reject);
    scene.settings.system_messages.texts.call_rejected = Some("no calls".into());
    scene
}

fn call(scene: &Scene, id: &str, event: &str) -> Value {
    let seconds = scene.clock.now().as_millis() / 1000;
    json!({
        "metadata": { "phone_number_id": NUMBER, "display_phone_number": "15550001111" },
        "contacts": [{ "wa_id": ANA, "profile": { "name": "Ana" } }],
        "calls": [{
            "id": id, "from": ANA, "to": "15550001111", "event": event, "direction": "USER_INITIATED",
            "timestamp": seconds.to_string(), "session": { "sdp_type": "offer", "sdp": "v=0" },
        }],
    })
}

async fn calls(scene: &Scene, engine: &Engine, id: &str) {
    post_field(engine, "calls", call(scene, id, "connect")).await;
}

#[tokio::test]
async fn a_call_is_rejected_with_one_message() {
    let scene = rejecting().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    calls(&scene, &live.engine, "wacid.1").await;
    calls(&scene, &live.engine, "wacid.1").await;
    let seen = scene.graph.until("the rejection", |calls| !calls.rejections.is_empty()).await;
    assert_eq!(seen.rejections[0], "wacid.1");
    assert_eq!(scene.graph.taken(1).await, [format!("{ANA}: no calls")]);
    runs.none();
    live.hears(ANA, "why?").await;
    let run = runs.next().await;
    assert_eq!(history(&run), ["agent: no calls"]);
    run.reply("Sorry.");
    live.shutdown().await;
    assert_eq!(scene.outbox().await.len(), 2);
    assert!(scene.store.quarantine(9).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_rejection_is_repeated_while_meta_fails() {
    let scene = rejecting().await;
    let (agent, _runs) = puppet();
    let live = scene.live(agent);
    scene.graph.refuses_calls(GraphError {
        kind: FailureKind::Transient,
        scope: FailureScope::Number,
        code: Some(2),
        message: "try again".into(),
        retry_after: Some(Duration::ZERO),
        allows_fallback: false,
    });
    calls(&scene, &live.engine, "wacid.1").await;
    scene.graph.until("the rejection", |calls| calls.rejections.len() == 2).await;
    live.shutdown().await;
}

#[tokio::test]
async fn an_old_call_and_an_ended_call_are_not_rejected() {
    let scene = rejecting().await;
    let (agent, _runs) = puppet();
    let live = scene.live(agent);
    post_field(&live.engine, "calls", call(&scene, "wacid.1", "terminate")).await;
    let old = call(&scene, "wacid.2", "connect");
    scene.clock.advance(Duration::from_mins(3));
    post_field(&live.engine, "calls", old).await;
    // The call itself counts, and so does its message.
    assert_eq!(scene.graph.taken(1).await, [format!("{ANA}: no calls")]);
    calls(&scene, &live.engine, "wacid.3").await;
    let seen = scene.graph.until("a rejection", |calls| !calls.rejections.is_empty()).await;
    assert_eq!(seen.rejections, ["wacid.3"]);
    live.shutdown().await;
}

#[tokio::test]
async fn the_text_is_that_of_the_number_and_may_be_empty() {
    let mut scene = rejecting().await;
    let number = PhoneNumberId::new(NUMBER);
    let none = NumberTexts { call_rejected: Some(String::new()), ..NumberTexts::default() };
    scene.settings.system_messages.number_texts.insert(number, none);
    let (agent, _runs) = puppet();
    let live = scene.live(agent);
    calls(&scene, &live.engine, "wacid.1").await;
    scene.graph.until("the rejection", |calls| calls.rejections.len() == 1).await;
    live.shutdown().await;
    assert!(scene.outbox().await.is_empty());
}

#[tokio::test]
async fn calls_are_ignored_by_default_and_a_program_sees_them() {
    let scene = Scene::new().await;
    let (agent, _runs) = puppet();
    let live = scene.live(agent);
    let mut events = live.engine.events();
    calls(&scene, &live.engine, "wacid.1").await;
    let event = patiently("the event", events.next()).await.unwrap();
    assert_eq!(event.kind.name(), "call.changed");
    live.shutdown().await;
    assert!(scene.graph.calls().rejections.is_empty() && scene.outbox().await.is_empty());
}
