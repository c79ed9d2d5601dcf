//! Sends: order, deduplication, rate limits, and refusals.

use std::time::{Duration, Instant};

use waxwing_agent::Reply;
use waxwing_engine::{FailureKind, GraphError};
use waxwing_store::{OnInDoubt, SendOutcome};

use crate::support::{ANA, BEA, Op, Run, Runs, Scene, TestEngine, puppet, refusal, status};

/// Returns a reply of several messages.
fn parts(bodies: &[&str]) -> Reply {
    bodies.iter().fold(Reply::none(), |reply, body| reply.with_text(*body))
}

/// Sends a message, and returns the run that answers it.
async fn asked(live: &TestEngine, runs: &mut Runs, user: &str) -> Run {
    live.hears(user, "hi").await;
    runs.next().await
}

#[tokio::test]
async fn each_refusal_has_its_consequence() {
    let code = |kind, code| GraphError { code: Some(code), ..refusal(kind) };
    for (refusal, state, attempts) in [
        (code(FailureKind::Transient, 131_016), "accepted", 2),
        // A template that is paused, and a payment problem of calls: Meta may accept the message later, and others do not wait for it.
        (code(FailureKind::Blocked, 132_015), "failed", 1),
        (code(FailureKind::Blocked, 131_044), "failed", 1),
        (
            GraphError { retry_after: Some(Duration::from_secs(9)), ..code(FailureKind::Transient, 130_429) },
            "queued",
            1,
        ),
        (code(FailureKind::Permanent, 131_026), "failed", 1),
        (code(FailureKind::InDoubt, 0), "in_doubt", 1),
    ] {
        let scene = Scene::new().await;
        scene.graph.refuses(refusal.clone());
        let (agent, mut runs) = puppet();
        let live = scene.live(agent);
        asked(&live, &mut runs, ANA).await.reply("hello");
        scene.store.send_outcomes(attempts).await;
        // The refusal does not affect other conversations.
        asked(&live, &mut runs, BEA).await.reply("hello");
        scene.store.send_outcomes(attempts + 1).await;
        live.shutdown().await;
        assert_eq!(scene.outbox().await, [state, "accepted"], "{refusal:?}");
        assert_eq!(scene.attempts().await, [u32::try_from(attempts).unwrap(), 1], "{refusal:?}");
    }
}

#[tokio::test]
async fn what_must_wait_goes_out_when_its_time_has_come() {
    let wait = Duration::from_secs(9);
    let refusal = GraphError { retry_after: Some(wait), ..refusal(FailureKind::Transient) };
    let scene = Scene::new().await;
    scene.graph.refuses(refusal);
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    asked(&live, &mut runs, ANA).await.reply(parts(&["one", "two"]));
    scene.store.send_outcomes(1).await;
    scene.clock.advance(wait.saturating_sub(Duration::from_millis(1)));
    live.look().await;
    asked(&live, &mut runs, BEA).await.reply("hello");
    assert_eq!(scene.graph.taken(1).await, ["34600000002: hello"], "not yet");
    scene.clock.advance(Duration::from_millis(1));
    live.look().await;
    assert_eq!(scene.graph.taken(3).await[1..], ["34600000001: one", "34600000001: two"]);
    live.shutdown().await;
}

#[tokio::test]
async fn a_message_is_not_tried_for_ever() {
    let mut scene = Scene::new().await;
    scene.settings.retry.attempts = 3;
    for _ in 0..4 {
        scene.graph.refuses(refusal(FailureKind::Transient));
    }
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    asked(&live, &mut runs, ANA).await.reply("hello");
    let settled = scene.store.send_outcomes(3).await;
    let [SendOutcome::Retry { .. }, SendOutcome::Retry { .. }, SendOutcome::DeadLetter { error, .. }] = &settled[..]
    else {
        panic!("{settled:?}")
    };
    assert_eq!((error.code, error.message.as_str()), (Some(1), "refused (given up)"));
    live.shutdown().await;
    assert_eq!(scene.graph.calls().sends.len(), 3);
}

#[tokio::test]
async fn order_is_kept_through_retries() {
    let scene = Scene::new().await;
    for _ in 0..3 {
        scene.graph.refuses(refusal(FailureKind::Transient));
    }
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let run = asked(&live, &mut runs, ANA).await;
    run.ctx.send_interim("one").await.unwrap();
    run.reply(parts(&["two", "three"]));
    asked(&live, &mut runs, ANA).await.reply("four");
    let expected = ["one", "two", "three", "four"].map(|body| format!("{ANA}: {body}"));
    assert_eq!(scene.graph.taken(4).await, expected);
    live.shutdown().await;
    assert_eq!(scene.graph.calls().sends.len(), 7);
}

#[tokio::test]
async fn a_refused_part_takes_no_other() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let held = scene.graph.holds();
    scene.graph.refuses(refusal(FailureKind::Permanent));
    asked(&live, &mut runs, ANA).await.reply(parts(&["one", "two", "three", "four"]));
    scene.graph.until("a send", |calls| calls.sends.len() == 1).await;
    asked(&live, &mut runs, ANA).await.reply(parts(&["five", "six"]));
    held.notify_one();
    let expected = ["one", "three", "four", "five", "six"].map(|body| format!("{ANA}: {body}"));
    assert_eq!(scene.graph.taken(5).await, expected);
    live.shutdown().await;
    assert_eq!(scene.outbox().await, ["accepted", "failed", "accepted", "accepted", "accepted", "accepted"]);
    assert_eq!(scene.graph.calls().sends.len(), 6, "what is refused is not sent again");
}

#[tokio::test]
async fn a_doubt_that_nothing_ends_is_dealt_with_as_configured() {
    for (on_doubt, expected, states) in [
        (OnInDoubt::SendAgain, &["one", "two"][..], ["accepted", "accepted"]),
        (OnInDoubt::GiveUp, &["two"], ["dead_letter", "accepted"]),
    ] {
        let mut scene = Scene::new().await;
        scene.settings.retry.on_in_doubt = on_doubt;
        scene.graph.refuses(refusal(FailureKind::InDoubt));
        let (agent, mut runs) = puppet();
        let live = scene.live(agent);
        asked(&live, &mut runs, ANA).await.reply(parts(&["one", "two"]));
        scene.store.send_outcomes(1).await;
        scene.clock.advance(scene.settings.retry.in_doubt_window.saturating_sub(Duration::from_millis(1)));
        live.look().await;
        asked(&live, &mut runs, BEA).await.reply("hello");
        scene.graph.taken(1).await;
        assert_eq!(scene.outbox().await[..2], ["in_doubt", "queued"]);
        scene.clock.advance(Duration::from_millis(1));
        live.look().await;
        // The last message leaves after the outcomes of all messages before it are decided.
        asked(&live, &mut runs, ANA).await.reply("last");
        let taken = scene.graph.taken(expected.len() + 2).await;
        let expected: Vec<_> = expected.iter().chain(&["last"]).map(|body| format!("{ANA}: {body}")).collect();
        assert_eq!(taken[1..], expected);
        live.shutdown().await;
        assert_eq!(scene.outbox().await, [states[0], states[1], "accepted", "accepted"]);
    }
}

#[tokio::test]
async fn a_status_ends_a_doubt_and_the_next_message_goes_out() {
    let scene = Scene::new().await;
    scene.graph.refuses(refusal(FailureKind::InDoubt));
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    asked(&live, &mut runs, ANA).await.reply(parts(&["one", "two"]));
    scene.store.send_outcomes(1).await;
    let token = scene.graph.calls().sends[0].callback_data.clone().unwrap();
    live.engine.accept(status("delivered", "wamid.late", &token)).await.unwrap();
    assert_eq!(scene.graph.taken(1).await, ["34600000001: two"], "one has arrived and is not sent again");
    live.shutdown().await;
    assert_eq!(scene.outbox().await, ["delivered", "accepted"]);
}

#[tokio::test]
async fn each_attempt_bears_a_token_of_its_own() {
    let scene = Scene::new().await;
    scene.graph.refuses(refusal(FailureKind::Transient));
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    asked(&live, &mut runs, ANA).await.reply(parts(&["one", "two"]));
    scene.graph.taken(2).await;
    let mut tokens: Vec<_> = scene.graph.calls().sends.into_iter().map(|send| send.callback_data.unwrap()).collect();
    tokens.sort_unstable();
    tokens.dedup();
    assert_eq!(tokens.len(), 3, "{tokens:?}");
}

#[tokio::test]
async fn a_send_that_is_not_recorded_at_once_is_not_sent_again() {
    let scene = Scene::new().await;
    scene.store.fails(Op::RecordOutcome);
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    asked(&live, &mut runs, ANA).await.reply(parts(&["one", "two"]));
    assert_eq!(scene.graph.taken(2).await, ["34600000001: one", "34600000001: two"]);
    live.shutdown().await;
    assert_eq!(scene.outbox().await, ["accepted", "accepted"]);
    assert_eq!(scene.graph.calls().sends.len(), 2);
}

#[tokio::test]
async fn a_pair_that_is_closed_for_long_postpones_and_costs_no_attempt() {
    let mut scene = Scene::new().await;
    scene.settings.rate_limit.pair_interval = Duration::from_hours(1);
    scene.settings.rate_limit.pair_burst = 1;
    scene.settings.max_sends = 1;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    asked(&live, &mut runs, ANA).await.reply(parts(&["one", "two"]));
    let settled = scene.store.send_outcomes(2).await;
    assert!(matches!(settled[..], [SendOutcome::Accepted(_), SendOutcome::NotAttempted { .. }]), "{settled:?}");
    // The waiting message releases the only send slot, which another conversation uses.
    asked(&live, &mut runs, BEA).await.reply("hello");
    assert_eq!(scene.graph.taken(2).await, ["34600000001: one", "34600000002: hello"]);
    live.shutdown().await;
    assert_eq!(scene.outbox().await, ["accepted", "queued", "accepted"]);
    assert_eq!(scene.attempts().await, [1, 0, 1]);
}

#[tokio::test]
async fn a_pair_that_is_closed_for_a_moment_is_waited_for() {
    let mut scene = Scene::new().await;
    scene.settings.rate_limit.pair_interval = Duration::from_millis(30);
    scene.settings.rate_limit.pair_burst = 1;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let run = asked(&live, &mut runs, ANA).await;
    let begun = Instant::now();
    run.reply(parts(&["one", "two", "three"]));
    scene.graph.taken(3).await;
    assert!(begun.elapsed() >= Duration::from_millis(60), "{:?}", begun.elapsed());
    live.shutdown().await;
    assert_eq!(scene.store.seen().send_outcomes.len(), 3, "without being given back");
}

#[tokio::test]
async fn a_shutdown_ends_at_its_timeout_in_the_middle_of_a_queue() {
    let mut scene = Scene::new().await;
    scene.settings.rate_limit.per_second = 1;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    // Received messages use up the burst, so each part after the first waits for a second.
    asked(&live, &mut runs, ANA).await.reply(parts(&["part"; 10]));
    scene.graph.taken(1).await;
    live.shutdown_within(Duration::ZERO).await;
    let states = scene.outbox().await;
    assert_eq!((states.first(), states.last()), (Some(&"accepted"), Some(&"queued")));
}

#[tokio::test]
async fn a_reaction_without_a_message_is_left_out_and_counted() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    runs.next().await.reply(Reply::text("hello").with_reaction("", "👍"));
    assert_eq!(scene.graph.taken(1).await, ["34600000001: hello"]);
    assert_eq!(live.engine.left_out_parts(), 1);
    live.shutdown().await;
}
