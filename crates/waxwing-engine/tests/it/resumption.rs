//! Work of a process that crashed or shut down, and its continuation by the next process.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use waxwing_agent::{AgentError, Reply, Step};
use waxwing_engine::{FailureKind, GraphError};
use waxwing_store::MessageOutcome;

use crate::support::{ANA, BEA, NUMBER, Run, Scene, post, puppet, refusal, text};

/// Runs a step, and counts how often its work is done.
async fn counted(run: &Run, name: &str, count: &Arc<AtomicUsize>) -> usize {
    let work = async { Ok::<_, AgentError>(count.fetch_add(1, Ordering::SeqCst) + 1) };
    run.ctx.step(name, work).await.unwrap()
}

#[tokio::test]
async fn a_run_that_died_is_repeated_without_saying_or_doing_anything_twice() {
    let mut scene = Scene::new().await;
    let count = Arc::new(AtomicUsize::new(0));
    let (agent, mut runs) = puppet();
    let process = scene.process(agent);
    post(&process.engine, &[text(ANA, "one"), text(ANA, "two")]).await;
    let first = runs.next().await;
    let id = first.ctx.run_id().to_owned();
    first.ctx.send_interim("one moment").await.unwrap();
    assert_eq!(counted(&first, "look up", &count).await, 1);
    assert_eq!(counted(&first, "look up", &count).await, 2);
    scene.graph.taken(1).await;
    scene.store.send_outcomes(1).await;
    post(&process.engine, &[text(ANA, "three")]).await;
    process.kill().await;
    scene.reopen().await;

    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let second = runs.next().await;
    assert_eq!(second.ctx.run_id(), id, "the same run");
    assert_eq!(second.heard(), ["one", "two"], "on the same messages");
    second.ctx.send_interim("one moment").await.unwrap();
    assert_eq!(counted(&second, "look up", &count).await, 1);
    assert_eq!(counted(&second, "look up", &count).await, 2);
    assert_eq!(counted(&second, "look up", &count).await, 3, "what was not recorded is done");
    second.ctx.send_interim("nearly there").await.unwrap();
    second.reply("answer");
    let third = runs.next().await;
    assert_ne!(third.ctx.run_id(), id);
    assert_eq!(third.heard(), ["three"]);
    assert_eq!(counted(&third, "look up", &count).await, 4, "another run has a journal of its own");
    third.reply("to three");
    let expected = ["one moment", "nearly there", "answer", "to three"].map(|body| format!("{ANA}: {body}"));
    assert_eq!(scene.graph.taken(4).await, expected);
    live.shutdown().await;
    assert_eq!(scene.outbox().await, ["accepted"; 4]);
}

#[tokio::test]
async fn a_run_that_died_before_it_wrote_anything_is_the_same_run_unless_more_was_said() {
    let mut scene = Scene::new().await;
    let mut ids = Vec::new();
    for said in [Some("one"), None, Some("two")] {
        let (agent, mut runs) = puppet();
        // The message is stored before any process answers, so that one run answers all messages.
        if let Some(said) = said {
            text(ANA, said).post(&scene.builder(&scene.store).route(scene.route(NUMBER, puppet().0)).build()).await;
        }
        let process = scene.process(agent);
        ids.push(runs.next().await.ctx.run_id().to_owned());
        process.kill().await;
        scene.reopen().await;
    }
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[1], ids[2]);
}

#[tokio::test]
async fn an_interim_message_goes_out_while_the_run_goes_on() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    let run = runs.next().await;
    run.ctx.send_interim("one moment").await.unwrap();
    run.ctx.send_interim(Reply::none()).await.unwrap();
    assert_eq!(scene.graph.taken(1).await, ["34600000001: one moment"]);
    run.reply("answer");
    assert_eq!(scene.graph.taken(2).await[1], "34600000001: answer");
}

#[tokio::test]
async fn a_step_that_must_not_happen_twice_tells_that_it_was_begun() {
    let mut scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let process = scene.process(agent);
    text(ANA, "buy").post(&process.engine).await;
    let first = runs.next().await;
    let pay = first.ctx.step_with(Step::once("pay"), |_| async {
        // The process crashes during the payment.
        process.kill().await;
        Err::<(), _>(AgentError::new("nobody is left to read this"))
    });
    pay.await.unwrap_err();
    scene.reopen().await;

    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let second = runs.next().await;
    assert_eq!(second.ctx.run_id(), first.ctx.run_id());
    let work = |_| async { panic!("the work is done twice") };
    let error = second.ctx.step_with::<(), AgentError, _, _>(Step::once("pay"), work).await.unwrap_err();
    assert!(error.is_unfinished_step() && !error.is_retryable(), "{error}");
    let again = second.ctx.step_with(Step::once("pay"), |_| async { Ok::<_, AgentError>(2) }).await;
    assert!(again.unwrap_err().is_unfinished_step(), "it stays in doubt for the whole run");
    let other = second.ctx.step_with(Step::once("pay anew"), |_| async { Ok::<_, AgentError>(2) }).await;
    assert_eq!(other.unwrap(), 2);
    second.reply("did it work?");
    assert_eq!(scene.graph.taken(1).await, ["34600000001: did it work?"]);
    live.shutdown().await;
}

#[tokio::test]
async fn a_shutdown_lets_a_run_end_and_sends_its_reply() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(BEA, "hi").await;
    let held = scene.graph.holds();
    runs.next().await.reply("on its way");
    scene.graph.until("a send", |calls| calls.sends.len() == 1).await;
    let message = live.hears(ANA, "hi").await;
    let run = runs.next().await;
    let rest = async {
        run.reply("in time");
        assert_eq!(scene.store.outcome(&message).await, MessageOutcome::Answered);
        held.notify_one();
    };
    tokio::join!(live.shutdown(), rest);
    assert_eq!(scene.graph.calls().taken.len(), 2);
    assert_eq!(scene.outbox().await, ["accepted", "accepted"]);
}

#[tokio::test]
async fn a_shutdown_sends_what_the_last_turns_commit() {
    const USERS: usize = 49;
    let mut scene = Scene::new().await;
    // The received messages use up the burst, so some of the replies have to wait for the throughput.
    scene.settings.rate_limit.per_second = 60;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    for user in 0..USERS {
        live.hears(&format!("346000001{user:02}"), "hi").await;
    }
    let mut begun = Vec::new();
    for _ in 0..USERS {
        begun.push(runs.next().await);
    }
    // `join` polls the shutdown first, so no run ends before it.
    let replies = async {
        for run in begun {
            run.reply("in time");
        }
    };
    tokio::join!(live.shutdown(), replies);
    assert_eq!(scene.graph.calls().taken.len(), USERS);
    assert_eq!(scene.outbox().await, vec!["accepted"; USERS]);
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_retries_or_long_limits() {
    let mut scene = Scene::new().await;
    scene.settings.rate_limit.pair_interval = Duration::from_hours(1);
    scene.settings.rate_limit.pair_burst = 1;
    scene.settings.retry.base = Duration::from_secs(2);
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    scene.graph.refuses(GraphError { retry_after: Some(Duration::from_secs(5)), ..refusal(FailureKind::Transient) });
    live.hears(ANA, "hi").await;
    runs.next().await.reply("refused for now");
    scene.store.send_outcomes(1).await;
    live.hears(BEA, "hi").await;
    runs.next().await.reply(Reply::text("one").with_text("two"));
    scene.store.send_outcomes(3).await;
    live.shutdown_within(Duration::from_mins(30)).await;
    assert_eq!(scene.outbox().await, ["queued", "accepted", "queued"]);
}

#[tokio::test]
async fn a_request_without_an_answer_does_not_outlast_the_shutdown_timeout() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let _never = scene.graph.holds();
    live.hears(ANA, "hi").await;
    runs.next().await.reply("hello");
    scene.graph.until("the send", |calls| calls.sends.len() == 1).await;
    live.shutdown_within(Duration::ZERO).await;
    assert_eq!(scene.outbox().await, ["in_doubt"]);
}

#[tokio::test]
async fn one_who_stops_begins_nothing_new() {
    // A race condition would show in one of several rounds.
    for _ in 0..8 {
        let scene = Scene::new().await;
        let (agent, mut runs) = puppet();
        let live = scene.live(agent);
        scene.store.until("the first look for turns", |seen| seen.turn_claims == 1).await;
        // Another process accepts the message, so that this process gets no notification.
        let other = scene.builder(&scene.store).route(scene.route(NUMBER, puppet().0)).build();
        text(ANA, "hi").post(&other).await;
        live.shutdown_within(Duration::ZERO).await;
        runs.none();
        assert_eq!(scene.store.seen().turn_claims, 1);
    }
}

#[tokio::test]
async fn what_does_not_end_in_time_is_handed_back_and_done_again() {
    for drop_it in [false, true] {
        let scene = Scene::new().await;
        let (agent, mut runs) = puppet();
        let live = scene.live(agent);
        live.hears(ANA, "hi").await;
        let run = runs.next().await;
        run.ctx.send_interim("one moment").await.unwrap();
        scene.store.send_outcomes(1).await;
        let (id, cancellation) = (run.ctx.run_id().to_owned(), run.ctx.cancellation().clone());
        if drop_it {
            live.let_go();
        } else {
            live.shutdown_within(Duration::ZERO).await;
        }
        run.given_up().await;
        assert!(cancellation.is_cancelled());
        // A shutdown does not count as a failed run.
        scene.store.until("a conversation that was given back", |seen| seen.released == [false]).await;

        let (agent, mut runs) = puppet();
        let live = scene.live(agent);
        let run = runs.next().await;
        assert_eq!(run.ctx.run_id(), id);
        run.ctx.send_interim("one moment").await.unwrap();
        run.reply("answer");
        assert_eq!(scene.graph.taken(2).await, ["34600000001: one moment", "34600000001: answer"]);
        live.shutdown().await;
    }
}
