//! Agents that cannot work, because a service that they need is unavailable.

use std::time::Duration;

use waxwing_agent::AgentError;
use waxwing_store::MessageOutcome;

use crate::support::{ANA, Scene, puppet};

fn overloaded() -> AgentError {
    AgentError::outage("the model is overloaded")
}

async fn released(scene: &Scene, times: usize) {
    scene.store.until("a conversation that was given back", |seen| seen.released.len() == times).await;
}

#[tokio::test]
async fn an_outage_counts_no_attempt_and_new_messages_join_the_next_run() {
    let mut scene = Scene::new().await;
    scene.settings.run_attempts = 1;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let mut messages = Vec::new();
    for n in 1..=4 {
        messages.push(live.hears(ANA, &format!("message {n}")).await);
        let run = runs.next().await;
        assert_eq!(run.heard().len(), n, "the message ends the wait");
        run.fail(overloaded());
        released(&scene, n).await;
    }
    messages.push(live.hears(ANA, "message 5").await);
    let run = runs.next().await;
    assert_eq!(run.heard().len(), 5);
    run.reply("here I am");
    assert_eq!(scene.graph.taken(1).await, ["34600000001: here I am"]);
    for message in &messages {
        assert_eq!(scene.store.outcome(message).await, MessageOutcome::Answered);
    }
    live.shutdown().await;
}

#[tokio::test]
async fn a_run_that_recorded_a_step_is_repeated_with_its_own_messages() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "pay").await;
    let run = runs.next().await;
    assert_eq!(run.ctx.step("payment", async { Ok::<_, AgentError>(1) }).await.unwrap(), 1);
    run.fail(overloaded());
    released(&scene, 1).await;
    live.hears(ANA, "and?").await;
    let run = runs.next().await;
    assert_eq!(run.heard(), ["pay"]);
    assert_eq!(run.ctx.step("payment", async { Ok::<_, AgentError>(2) }).await.unwrap(), 1, "from the journal");
    run.reply("paid");
    let run = runs.next().await;
    assert_eq!(run.heard(), ["and?"]);
    run.reply("done");
    assert_eq!(scene.graph.taken(2).await, ["34600000001: paid", "34600000001: done"]);
    live.shutdown().await;
}

#[tokio::test]
async fn a_user_is_told_once_that_the_answer_takes_longer() {
    let mut scene = Scene::new().await;
    scene.settings.system_messages.standard.outage = "one moment".into();
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    for n in 1..=4 {
        runs.next().await.fail(overloaded());
        released(&scene, n).await;
        scene.clock.advance(Duration::from_mins(1));
        live.look().await;
    }
    runs.next().await.reply("done");
    assert_eq!(scene.graph.taken(2).await, ["34600000001: one moment", "34600000001: done"]);
    live.shutdown().await;
}

#[tokio::test]
async fn a_user_whose_answer_takes_too_long_gets_one_apology() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let message = live.hears(ANA, "hi").await;
    // The wait that the service asks for ends with the time within which users are answered.
    runs.next().await.fail(overloaded().with_retry_after(Duration::from_hours(1)));
    released(&scene, 1).await;
    scene.clock.advance(scene.settings.answer_within);
    live.look().await;
    runs.next().await.fail(overloaded());
    assert_eq!(scene.graph.taken(1).await, ["34600000001: sorry"]);
    assert_eq!(scene.store.outcome(&message).await, MessageOutcome::Unanswered);
    live.hears(ANA, "still there?").await;
    runs.next().await.reply("yes");
    assert_eq!(scene.graph.taken(2).await[1], "34600000001: yes");
    live.shutdown().await;
}
