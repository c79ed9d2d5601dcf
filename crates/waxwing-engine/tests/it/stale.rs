//! Stale messages, undelivered messages, and the loop guard.

use std::time::Duration;

use waxwing_agent::Undelivered;
use waxwing_engine::OnStale;
use waxwing_store::{MessageOutcome, OutboxState};

use crate::support::{ANA, Scene, mail, post, puppet, status, text};

const NOW: i64 = 1_767_225_600;

#[tokio::test]
async fn an_agent_is_told_how_late_a_message_is() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    post(&live.engine, &[text(ANA, "old").at(NOW - 5 * 3600), text(ANA, "new").at(NOW - 3599)]).await;
    let late: Vec<_> = runs.next().await.turn.messages.iter().map(|message| message.stale_age).collect();
    assert_eq!(late, [Some(Duration::from_hours(5)), None]);
}

#[tokio::test]
async fn what_is_late_can_be_passed_over() {
    let mut scene = Scene::new().await;
    scene.settings.on_stale = OnStale::Skip;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let burst = [text(ANA, "old").at(NOW - 3600), text(ANA, "new")];
    post(&live.engine, &burst).await;
    let run = runs.next().await;
    assert_eq!(run.heard(), ["new"]);
    run.reply("hello");
    assert_eq!(scene.store.outcome(burst[0].id()).await, MessageOutcome::Ignored("stale".into()));
    assert_eq!(scene.store.outcome(burst[1].id()).await, MessageOutcome::Answered);
}

#[tokio::test]
async fn what_is_late_alone_is_passed_over_in_silence() {
    let mut scene = Scene::new().await;
    scene.settings.on_stale = OnStale::Skip;
    scene.settings.system_messages.standard.unsupported = "cannot read this".into();
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let old = text(ANA, "old").at(NOW - 7200);
    post(&live.engine, std::slice::from_ref(&old)).await;
    assert_eq!(scene.store.outcome(old.id()).await, MessageOutcome::Ignored("stale".into()));
    live.shutdown().await;
    runs.none();
    assert!(scene.outbox().await.is_empty());
}

#[tokio::test]
async fn an_agent_hears_of_messages_that_will_not_arrive() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let mut deliveries = live.engine.delivery_events();
    live.hears(ANA, "hi").await;
    runs.next().await.reply("hello");
    scene.graph.taken(1).await;
    scene.store.send_outcomes(1).await;
    live.engine.accept(status("failed", "wamid.out.1", "")).await.unwrap();
    for expected in [OutboxState::Accepted, OutboxState::Failed] {
        assert_eq!(deliveries.recv().await.unwrap().state, expected);
    }
    live.hears(ANA, "are you there?").await;
    let run = runs.next().await;
    let reason = "The message cannot be delivered to this user.";
    assert_eq!(run.turn.undelivered, [Undelivered::new("hello", reason, Some(131_026))]);
    run.reply("yes");
    scene.graph.taken(2).await;
    live.hears(ANA, "good").await;
    assert!(runs.next().await.turn.undelivered.is_empty(), "told once");
}

#[tokio::test]
async fn two_bots_do_not_answer_each_other_for_ever() {
    let mut scene = Scene::new().await;
    scene.settings.loop_limit = 3;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    for n in 1..=3 {
        live.hears(ANA, "I am a bot").await;
        runs.next().await.reply("so am I");
        scene.graph.taken(n).await;
    }
    for _ in 0..2 {
        let ignored = live.hears(ANA, "I am a bot").await;
        let outcome = MessageOutcome::Ignored("loop guard: too many turns in a short time".into());
        assert_eq!(scene.store.outcome(&ignored).await, outcome);
    }
    // A command still works. A message of another type does not start the agent.
    live.hears(ANA, "/new").await;
    assert_eq!(scene.graph.taken(4).await[3], "34600000001: afresh");
    mail(ANA, "location", serde_json::json!({})).post(&live.engine).await;
    live.shutdown().await;
    runs.none();
}
