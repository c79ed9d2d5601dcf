//! Conversations that several apps share.

use serde_json::{Value, json};
use waxwing_agent::{Author, HumanHandoff, MessageContent, Reply};
use waxwing_engine::{Engine, NumberPolicies};
use waxwing_store::{Clock, MessageOutcome};

use crate::support::{ANA, NUMBER, Run, Runs, Scene, TestEngine, history, post_field, puppet, text};

fn now(scene: &Scene) -> i64 {
    scene.clock.now().as_millis() / 1000
}

/// Posts a message of Ana, or of the other app, in standby.
async fn standby(scene: &Scene, engine: &Engine, id: &str, body: &str, is_from_app: bool) {
    let (list, person) = if is_from_app { ("message_echoes", "to") } else { ("messages", "from") };
    let mut message =
        json!({ "id": id, "timestamp": now(scene).to_string(), "type": "text", "text": { "body": body } });
    message[person] = ANA.into();
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
