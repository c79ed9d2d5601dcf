//! Turns with an agent that fails.

use std::path::Path;
use std::time::Duration;

use waxwing_agent::{Agent, AgentError, Media, MediaKind, Reply, RunContext, Turn, agent_fn};
use waxwing_store::MessageOutcome;

use crate::support::{ANA, BEA, Scene, puppet, text};

const APOLOGY: &str = "34600000001: sorry";

fn dead(reason: &str) -> MessageOutcome {
    MessageOutcome::DeadLettered(reason.into())
}

/// Returns an agent with a behavior that depends on the text.
fn moody() -> impl Agent {
    agent_fn("moody", |turn: Turn, _ctx: RunContext| async move {
        match turn.text().as_str() {
            "fail" => Err(AgentError::new("I will not")),
            "panic" => panic!("this panic is part of the test"),
            "hang" => std::future::pending().await,
            "be silent" => Ok(Reply::none()),
            "say nothing" => Ok(Reply::text(" \n")),
            other => Ok(Reply::text(format!("done: {other}"))),
        }
    })
}

#[tokio::test]
async fn an_agent_that_fails_leaves_an_apology_and_a_dead_letter() {
    for (mood, reason) in [("fail", "the agent failed"), ("panic", "the agent failed"), ("hang", "the agent failed")] {
        let mut scene = Scene::new().await;
        scene.settings.run_timeout = Duration::from_millis(50);
        let live = scene.live(moody());
        let failed = live.hears(ANA, mood).await;
        assert_eq!(scene.graph.taken(1).await, [APOLOGY], "{mood}");
        assert_eq!(scene.store.outcome(&failed).await, dead(reason), "{mood}");
        // The engine continues, in this conversation and in others.
        let answered = live.hears(ANA, "better").await;
        assert_eq!(scene.graph.taken(2).await[1], "34600000001: done: better");
        assert_eq!(scene.store.outcome(&answered).await, MessageOutcome::Answered);
        live.hears(BEA, "hi").await;
        assert_eq!(scene.graph.taken(3).await[2], "34600000002: done: hi");
        live.shutdown().await;
        assert_eq!(scene.outbox().await, ["accepted"; 3], "{mood}");
        assert_eq!(scene.store.seen().released, Vec::<bool>::new(), "{mood}");
    }
}

#[tokio::test]
async fn an_empty_reply_is_an_answer_without_a_message() {
    let scene = Scene::new().await;
    let live = scene.live(moody());
    for mood in ["be silent", "say nothing"] {
        let message = live.hears(ANA, mood).await;
        assert_eq!(scene.store.outcome(&message).await, MessageOutcome::Answered);
    }
    live.hears(ANA, "hi").await;
    assert_eq!(scene.graph.taken(1).await, ["34600000001: done: hi"]);
    live.shutdown().await;
    assert_eq!(scene.outbox().await, ["accepted"]);
}

#[tokio::test]
async fn a_failure_that_may_pass_is_tried_again_later_and_later() {
    let mut scene = Scene::new().await;
    scene.settings.run_attempts = 3;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let message = live.hears(ANA, "hi").await;
    for (n, pause) in [(1, 2), (2, 4)] {
        runs.next().await.fail(AgentError::retryable("overloaded"));
        scene.store.until("a conversation that was given back", |seen| seen.released.len() == n).await;
        // The retry does not start one millisecond earlier.
        scene.clock.advance(Duration::from_millis(pause * 1000 - 1));
        live.look().await;
        live.hears(BEA, "hi").await;
        let other = runs.next().await;
        assert_eq!(other.ctx.user_id(), BEA);
        other.reply(Reply::none());
        runs.none();
        scene.clock.advance(Duration::from_millis(1));
        live.look().await;
    }
    let last = runs.next().await;
    assert_eq!(last.heard(), ["hi"]);
    last.reply("at last");
    assert_eq!(scene.graph.taken(1).await, ["34600000001: at last"]);
    assert_eq!(scene.store.outcome(&message).await, MessageOutcome::Answered);
    assert_eq!(scene.store.seen().released, [true, true]);
}

#[tokio::test]
async fn a_failure_that_does_not_pass_ends_in_an_apology() {
    let mut scene = Scene::new().await;
    scene.settings.run_attempts = 2;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let message = live.hears(ANA, "hi").await;
    runs.next().await.fail(AgentError::retryable("overloaded"));
    scene.store.until("a conversation that was given back", |seen| seen.released == [true]).await;
    // A message that arrives during the backoff joins the next run, and gets its outcome.
    let second = live.hears(ANA, "hello?").await;
    scene.clock.advance(Duration::from_secs(2));
    live.look().await;
    let run = runs.next().await;
    assert_eq!(run.heard(), ["hi", "hello?"]);
    run.fail(AgentError::retryable("overloaded"));
    assert_eq!(scene.graph.taken(1).await, [APOLOGY]);
    for message in [&message, &second] {
        assert_eq!(scene.store.outcome(message).await, dead("the agent failed"));
    }
    // The next turn has all its attempts again.
    live.hears(ANA, "again").await;
    runs.next().await.fail(AgentError::retryable("overloaded"));
    scene.store.until("a conversation that was given back", |seen| seen.released == [true, true]).await;
    assert_eq!(scene.graph.calls().taken.len(), 1);
}

/// Ana's message crashes the process in each run. Bea's run is slow, and is in progress at each crash.
#[tokio::test]
async fn a_run_that_kills_the_process_is_given_up_and_its_neighbours_are_not() {
    let mut scene = Scene::new().await;
    scene.settings.run_attempts = 1;
    let (mut poison, mut is_answered) = (String::new(), false);
    for death in 1..=5 {
        let (agent, mut runs) = puppet();
        let process = scene.process(agent);
        if death == 1 {
            poison = text(ANA, "poison").post(&process.engine).await;
            text(BEA, "hi").post(&process.engine).await;
        }
        let mut begun = runs.next().await;
        if death <= 2 {
            // Both runs are in progress, so either may have caused the crash.
            runs.next().await;
        } else {
            // Runs in isolation run alone, so the other run waits.
            runs.none();
            if begun.heard() == ["hi"] {
                begun.reply("hello");
                scene.store.send_outcomes(1).await;
                is_answered = true;
                begun = runs.next().await;
            }
            assert_eq!(begun.heard(), ["poison"]);
        }
        process.kill().await;
        scene.reopen().await;
    }
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let reason = "the process crashed in every isolated run";
    assert_eq!(scene.store.outcome(&poison).await, dead(reason));
    if !is_answered {
        runs.next().await.reply("hello");
    }
    let mut taken = scene.graph.taken(2).await;
    taken.sort_unstable();
    assert_eq!(taken, [APOLOGY, "34600000002: hello"]);
    // The next turn of the conversation runs normally.
    live.hears(ANA, "again").await;
    runs.next().await.reply("here I am");
    scene.graph.taken(3).await;
    live.shutdown().await;
    runs.none();
}

#[tokio::test]
async fn a_reply_with_a_file_that_is_not_there_keeps_its_text() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let message = live.hears(ANA, "hi").await;
    let missing = Media::from_file(MediaKind::Image, "image/png", Path::new("/nowhere/at/all.png"), 3);
    runs.next().await.reply(Reply::text("look").with_media(missing));
    assert_eq!(scene.graph.taken(1).await, ["34600000001: look"]);
    assert_eq!(scene.store.outcome(&message).await, MessageOutcome::Answered);
    live.shutdown().await;
    runs.none();
}
