//! Conversations that several apps share.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use waxwing_agent::{Author, HumanHandoff, MessageContent, Reply};
use waxwing_engine::{Engine, FailureKind, NextResponder, NumberPolicies, OperatorAction, OperatorError};
use waxwing_store::{Clock, ConversationFilter, ConversationTarget, MessageOutcome, OperatorStore as _, Origin};
use waxwing_types::{PhoneNumberId, UserProfile, WaId};

use crate::support::{
    ANA, FakeGraph, NUMBER, Run, Runs, Scene, Stage, TestEngine, history, pass, post_field, puppet, refusal, text,
};

fn now(scene: &Scene) -> i64 {
    scene.clock.now().as_millis() / 1000
}

/// Posts a message of Ana, or of the other app, in standby.
async fn standby(scene: &Scene, engine: &Engine, id: &str, body: &str, is_from_app: bool) {
    standby_at(engine, id, body, is_from_app.then_some(ANA), now(scene)).await;
}

/// Posts a message of Ana, or of the other app to a person, in standby.
async fn standby_at(engine: &Engine, id: &str, body: &str, from_app_to: Option<&str>, at: i64) {
    let mut message = json!({ "id": id, "timestamp": at.to_string(), "type": "text", "text": { "body": body } });
    let list = if let Some(person) = from_app_to {
        message["from"] = "15550001111".into();
        message["to"] = person.into();
        "message_echoes"
    } else {
        message["from"] = ANA.into();
        "messages"
    };
    let mut nested = json!({});
    nested[list] = json!([message]);
    let contacts = json!([{ "wa_id": ANA, "profile": { "name": "Ana" } }]);
    let value = json!({ "metadata": { "phone_number_id": NUMBER }, "contacts": contacts, "standby": nested });
    post_field(engine, "standby", value).await;
}

async fn handover(scene: &Scene, engine: &Engine, change: &str, more: Value) {
    let mut value = json!({
        "sender": { "phone_number": ANA },
        "recipient": { "phone_number_id": NUMBER },
        "type": change,
        "timestamp": now(scene).to_string(),
    });
    value[change] = more;
    post_field(engine, "messaging_handovers", value).await;
}

fn passed(run: &Run) -> Value {
    match &run.turn.messages[0].content {
        Some(MessageContent::Event(event)) => {
            assert_eq!(event.name, "conversation.control_passed");
            event.data.clone()
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_agent_reads_what_another_app_and_the_user_said_and_answers_when_it_gets_the_conversation() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    standby(&scene, &live.engine, "wamid.s1", "I want my money back", false).await;
    standby(&scene, &live.engine, "wamid.s2", "I will ask somebody.", true).await;
    standby(&scene, &live.engine, "wamid.s2", "I will ask somebody.", true).await;
    handover(
        &scene,
        &live.engine,
        "control_passed",
        json!({ "previous_owner_role": "ai_agent", "metadata": "refund" }),
    )
    .await;
    let run = runs.next().await;
    assert_eq!(passed(&run), json!({ "from": "ai_agent", "note": "refund" }));
    assert_eq!(history(&run), ["user: I want my money back", "person: I will ask somebody.", "[resumed]"]);
    assert_eq!(run.ctx.session().history()[1].author, Author::OtherApp);
    run.reply("You will get it.");
    assert_eq!(scene.graph.taken(1).await, [format!("{ANA}: You will get it.")]);
    live.shutdown().await;
    assert_eq!(scene.outbox().await, ["accepted"], "the user has just written");
}

#[tokio::test]
async fn the_agent_is_silent_while_another_app_has_the_conversation() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    let run = runs.next().await;
    // A running answer would take the conversation back.
    handover(&scene, &live.engine, "control_taken", json!({})).await;
    run.given_up().await;
    let before = text(ANA, "hello?").at(now(&scene) - 1).post(&live.engine).await;
    assert_eq!(
        scene.store.outcome(&before).await,
        MessageOutcome::Ignored("another app answers the conversation".into())
    );
    standby(&scene, &live.engine, "wamid.s1", "are you a bot?", false).await;
    live.look().await;
    runs.none();
    // A message outside of standby shows that the other app has released the conversation.
    scene.clock.advance(std::time::Duration::from_secs(5));
    text(ANA, "and now?").at(now(&scene)).post(&live.engine).await;
    let run = runs.next().await;
    assert_eq!(run.heard(), ["and now?"]);
    assert!(history(&run).contains(&"user: are you a bot?".to_owned()), "{:?}", history(&run));
    run.reply(Reply::none());
    live.shutdown().await;
    assert!(scene.outbox().await.is_empty());
}

#[tokio::test]
async fn a_message_of_another_app_ends_a_running_answer() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let id = text(ANA, "hi").at(now(&scene) - 1).post(&live.engine).await;
    let run = runs.next().await;
    // No handover was reported.
    standby(&scene, &live.engine, "wamid.s1", "I will help.", true).await;
    run.given_up().await;
    let skipped = MessageOutcome::Ignored("another app answers the conversation".into());
    assert_eq!(scene.store.outcome(&id).await, skipped);
    live.shutdown().await;
    assert!(scene.outbox().await.is_empty());
}

#[tokio::test]
async fn a_handoff_passes_the_conversation_after_its_last_message() {
    for passes in [true, false] {
        let mut scene = Scene::new().await;
        scene.settings.policies = NumberPolicies::default().passes_thread(passes);
        let (agent, mut runs) = puppet();
        let live = scene.live(agent);
        live.hears(ANA, "a person, please").await;
        runs.next().await.reply(Reply::text("Bea will answer.").with_handoff(HumanHandoff::until_resumed()));
        scene.graph.taken(1).await;
        if passes {
            let seen = scene.graph.until("the pass", |calls| !calls.passed_threads.is_empty()).await;
            assert_eq!((seen.passed_threads, seen.taken.len()), (vec![ANA.to_owned()], 1));
        }
        live.shutdown().await;
        assert_eq!(scene.graph.calls().passed_threads.len(), usize::from(passes));
    }
}

#[tokio::test(start_paused = true)]
async fn a_conversation_is_passed_after_its_interim_messages_as_well() {
    let mut stage = Stage::new();
    stage.settings.policies = NumberPolicies::default().passes_thread(true);
    let (graph, (agent, mut runs)) = (Arc::<FakeGraph>::default(), puppet());
    let engine = stage.answered_by(agent, graph.clone());
    let _workers = engine.start();
    let held = [graph.holds(), graph.holds()];
    text(ANA, "a person, please").post(&engine).await;
    let run = runs.next().await;
    run.ctx.send_interim("One moment.").await.unwrap();
    run.reply(Reply::text("Bea will answer.").with_handoff(HumanHandoff::until_resumed()));
    for (nth, go_on) in held.iter().enumerate() {
        pass(Duration::from_secs(1)).await;
        assert_eq!((graph.calls().sends.len(), graph.calls().passed_threads.len()), (nth + 1, 0));
        go_on.notify_one();
    }
    pass(Duration::from_secs(1)).await;
    assert_eq!((graph.calls().taken.len(), graph.calls().passed_threads), (2, vec![ANA.to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_not_sent_delays_the_pass_for_a_limited_time() {
    let mut stage = Stage::new();
    stage.settings.policies = NumberPolicies::default().passes_thread(true);
    let (graph, (agent, mut runs)) = (Arc::<FakeGraph>::default(), puppet());
    graph.refuses_all(refusal(FailureKind::Transient));
    let engine = stage.answered_by(agent, graph.clone());
    let _workers = engine.start();
    text(ANA, "a person, please").post(&engine).await;
    runs.next().await.reply(Reply::text("Bea will answer.").with_handoff(HumanHandoff::until_resumed()));
    pass(Duration::from_secs(110)).await;
    assert!(graph.calls().passed_threads.is_empty());
    pass(Duration::from_secs(20)).await;
    assert_eq!(graph.calls().passed_threads, [ANA]);
}

/// The user was told that the agent is back.
#[tokio::test(start_paused = true)]
async fn a_conversation_is_not_passed_after_the_end_of_its_handoff() {
    let mut stage = Stage::new();
    stage.settings.policies = NumberPolicies::default().passes_thread(true);
    let (graph, (agent, mut runs)) = (Arc::<FakeGraph>::default(), puppet());
    let engine = stage.answered_by(agent, graph.clone());
    let _workers = engine.start();
    let held = graph.holds();
    text(ANA, "a person, please").post(&engine).await;
    runs.next().await.reply(Reply::text("Bea will answer.").with_handoff(HumanHandoff::until_resumed()));
    pass(Duration::from_secs(1)).await;
    let back = text(ANA, "/bot").post(&engine).await;
    stage.store.outcome(&back).await;
    held.notify_one();
    pass(Duration::from_mins(3)).await;
    assert_eq!((graph.calls().taken.len(), graph.calls().passed_threads.len()), (2, 0));
}

#[tokio::test]
async fn an_operator_can_pause_and_resume_the_agent_while_another_app_has_the_conversation() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    handover(&scene, &live.engine, "control_taken", json!({})).await;
    let handled = |count| scene.store.until("handled actions", move |seen| seen.outcomes.len() == count);
    handled(1).await;
    let target = || ConversationTarget::User(PhoneNumberId::new(NUMBER), UserProfile::from(WaId::new(ANA)));
    let operator = live.engine.operator();
    for (responder, count) in [(NextResponder::Human, 2), (NextResponder::Agent, 3)] {
        operator.act(target(), &OperatorAction::new(responder)).await.unwrap();
        handled(count).await;
    }
    let conversation = scene.store.conversations(&ConversationFilter::All, 10).await.unwrap()[0].id;
    let log = scene.store.conversation_log(conversation, None, 10).await.unwrap();
    let events: Vec<Value> = log
        .iter()
        .filter(|entry| entry.origin == Origin::System)
        .map(|entry| serde_json::from_slice(&entry.content).unwrap())
        .collect();
    assert_eq!(
        events,
        [json!({ "by": "other_app" }), json!({ "by": "operator" })],
        "the agent answers no more than before"
    );
    runs.none();
    live.shutdown().await;
}

#[tokio::test]
async fn a_quarantined_message_in_standby_cannot_become_a_message_to_the_business() {
    let mut scene = Scene::new().await;
    scene.settings.max_message_bytes = 1000;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let (old, long) = (now(&scene) - 30 * 24 * 3600, "x".repeat(1000));
    for app_to in [None, Some(ANA)] {
        standby_at(&live.engine, "wamid.s1", "old", app_to, old).await;
        standby_at(&live.engine, "wamid.s2", &long, app_to, now(&scene)).await;
    }
    standby_at(&live.engine, "wamid.s3", "to nobody", Some(""), now(&scene)).await;
    let operator = live.engine.operator();
    let quarantined = operator.data().quarantine(10).await.unwrap();
    assert_eq!(quarantined.len(), 5);
    for row in quarantined {
        let refused = operator.requeue_quarantined(row.id).await;
        assert!(matches!(refused, Err(OperatorError::Unusable)), "{}: {refused:?}", row.reason);
    }
    live.look().await;
    runs.none();
    live.shutdown().await;
}

#[tokio::test]
async fn an_unknown_change_of_the_owner_is_kept() {
    let scene = Scene::new().await;
    let (agent, _runs) = puppet();
    let live = scene.live(agent);
    handover(&scene, &live.engine, "control_requested", json!({})).await;
    live.shutdown().await;
    assert_eq!(scene.store.seen().quarantined, ["handover control_requested"]);
}

/// Hands Ana's conversation off to a person. The number passes such conversations to another app, or keeps them.
async fn handed_off(passes: bool) -> (Scene, TestEngine, Runs) {
    let mut scene = Scene::new().await;
    scene.settings.policies = NumberPolicies::default().passes_thread(passes);
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "a person, please").await;
    runs.next().await.reply(Reply::text("Bea will answer.").with_handoff(HumanHandoff::until_resumed()));
    scene.graph.taken(1).await;
    if passes {
        scene.graph.until("the pass", |calls| !calls.passed_threads.is_empty()).await;
    }
    standby(&scene, &live.engine, "wamid.s1", "hello Bea", false).await;
    (scene, live, runs)
}

/// The person who answers is in the other app only if the handoff gave the conversation to it.
#[tokio::test]
async fn a_conversation_that_comes_back_ends_the_handoff_that_gave_it_away() {
    for passes in [true, false] {
        let (scene, live, mut runs) = handed_off(passes).await;
        handover(&scene, &live.engine, "control_passed", json!({ "metadata": "done" })).await;
        if passes {
            let run = runs.next().await;
            assert_eq!(passed(&run)["note"], "done");
            run.reply("I am back.");
            assert_eq!(scene.graph.taken(2).await[1], format!("{ANA}: I am back."));
        }
        live.look().await;
        runs.none();
        let message = live.hears(ANA, "and now?").await;
        if passes {
            runs.next().await.reply(Reply::none());
            assert_eq!(scene.store.outcome(&message).await, MessageOutcome::Answered);
        } else {
            let paused = MessageOutcome::Ignored("an operator answers".into());
            assert_eq!(scene.store.outcome(&message).await, paused);
        }
        live.shutdown().await;
    }
}

/// The text of the handoff promises it.
#[tokio::test]
async fn a_user_gets_the_agent_back_from_the_app_that_the_handoff_gave_the_conversation_to() {
    for passes in [true, false] {
        let (scene, live, mut runs) = handed_off(passes).await;
        standby(&scene, &live.engine, "wamid.s2", " /BOT", false).await;
        live.look().await;
        if passes {
            assert_eq!(scene.graph.taken(2).await[1], format!("{ANA}: back"));
            live.hears(ANA, "hi").await;
            let run = runs.next().await;
            assert!(history(&run).contains(&"user: hello Bea".to_owned()), "{:?}", history(&run));
            run.reply(Reply::none());
        } else {
            // The other app answers, and the user does not know of the command.
            assert_eq!(scene.graph.calls().taken.len(), 1);
        }
        live.shutdown().await;
        runs.none();
    }
}
