//! Rate limits and pauses of business numbers.

use std::sync::Arc;
use std::time::Duration;

use waxwing_client::FailureScope;
use waxwing_engine::{Debounce, Engine, FailureKind, GraphError};
use waxwing_store::SendOutcome;

use crate::support::{ANA, BEA, FakeGraph, NUMBER, Stage, pass, text};

const OTHER: &str = "1000002";

fn failure(kind: FailureKind, scope: FailureScope, code: i64) -> GraphError {
    GraphError { kind, scope, code: Some(code), message: "refused".into(), retry_after: None, allows_fallback: false }
}

/// Returns the error of an unavailable Graph API.
fn down() -> GraphError {
    GraphError { code: None, ..failure(FailureKind::Transient, FailureScope::Service, 0) }
}

/// Sends the first message of several users to a number, one after the other.
async fn greet(engine: &Engine, number: &str, users: std::ops::Range<u32>) {
    for user in users {
        text(&format!("346000000{user:02}"), &format!("hello {user}")).to(number).post(engine).await;
    }
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test(start_paused = true)]
async fn while_graph_is_down_nothing_is_sent_and_nothing_is_used_up() {
    let mut stage = Stage::new();
    stage.settings.retry.attempts = 2;
    let (graph, other) = (Arc::<FakeGraph>::default(), Arc::<FakeGraph>::default());
    let engine = stage.engine(&[(NUMBER, graph.clone()), (OTHER, other.clone())]);
    let workers = engine.start();
    graph.refuses_all(down());
    greet(&engine, NUMBER, 0..10).await;
    pass(Duration::from_millis(100)).await;
    assert_eq!(graph.calls().sends.len(), 5, "as many as it takes to be sure");
    greet(&engine, NUMBER, 10..20).await;
    greet(&engine, OTHER, 0..1).await;
    pass(Duration::from_hours(1)).await;
    // Another number, with its own Graph API, continues to send.
    assert_eq!(other.calls().taken.len(), 1);
    let probes = graph.calls().sends.len() - 5;
    assert!((60..140).contains(&probes), "one probe a minute in the end, not {probes}");
    let outbox = stage.outbox().await;
    assert!(outbox[..20].iter().all(|(state, _)| *state == "queued"), "{outbox:?}");
    let untouched = |seen: &SendOutcome| matches!(seen, SendOutcome::RetryUncounted { .. } | SendOutcome::Accepted(_));
    let settled = stage.store.seen().send_outcomes;
    let otherwise = settled.iter().filter(|outcome| !untouched(outcome)).count();
    assert!(otherwise <= 9, "{otherwise} were claimed for nothing: {settled:?}");

    graph.refuses_all(None);
    pass(Duration::from_mins(1)).await;
    assert_eq!(graph.calls().taken.len(), 20);
    workers.shutdown(secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_failure_now_and_then_closes_nothing() {
    let stage = Stage::new();
    let graph = Arc::<FakeGraph>::default();
    let engine = stage.engine(&[(NUMBER, graph.clone())]);
    let _workers = engine.start();
    for _ in 0..10 {
        (0..4).for_each(|_| graph.refuses(down()));
        greet(&engine, NUMBER, 0..4).await;
        greet(&engine, NUMBER, 4..5).await;
        pass(secs(30)).await;
    }
    assert_eq!(graph.calls().taken.len(), 50);
    assert_eq!(graph.calls().sends.len(), 90, "none was held back");
}

#[tokio::test(start_paused = true)]
async fn an_account_that_somebody_has_to_mend_loses_no_message() {
    for code in [190, 368, 131_042, 133_010] {
        let mut stage = Stage::new();
        stage.settings.retry.attempts = 1;
        let (graph, other) = (Arc::<FakeGraph>::default(), Arc::<FakeGraph>::default());
        let engine = stage.engine(&[(NUMBER, graph.clone()), (OTHER, other.clone())]);
        let workers = engine.start();
        graph.refuses_all(failure(FailureKind::Blocked, FailureScope::Number, code));
        greet(&engine, NUMBER, 0..1).await;
        pass(Duration::from_millis(100)).await;
        greet(&engine, NUMBER, 1..30).await;
        greet(&engine, OTHER, 0..1).await;
        pass(secs(2)).await;
        assert_eq!((graph.calls().sends.len(), other.calls().taken.len()), (1, 1));
        pass(Duration::from_hours(3)).await;
        assert!((15..60).contains(&graph.calls().sends.len()), "{}", graph.calls().sends.len());
        assert!(stage.outbox().await[..30].iter().all(|(state, _)| ["queued", "accepted"].contains(state)));
        graph.refuses_all(None);
        pass(Duration::from_mins(11)).await;
        assert_eq!(graph.calls().taken.len(), 30);
        workers.shutdown(secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_waits_too_long_for_an_account_dies_of_its_age() {
    let mut stage = Stage::new();
    stage.settings.retry.max_age = Duration::from_hours(1);
    let graph = Arc::<FakeGraph>::default();
    let engine = stage.engine(&[(NUMBER, graph.clone())]);
    let _workers = engine.start();
    graph.refuses_all(failure(FailureKind::Blocked, FailureScope::Number, 190));
    greet(&engine, NUMBER, 0..1).await;
    pass(Duration::from_hours(2)).await;
    assert_eq!(stage.outbox().await[0].0, "dead_letter");
}

#[tokio::test(start_paused = true)]
async fn one_message_that_the_account_may_not_send_does_not_stop_the_others() {
    let stage = Stage::new();
    let graph = Arc::<FakeGraph>::default();
    let engine = stage.engine(&[(NUMBER, graph.clone())]);
    let _workers = engine.start();
    graph.refuses(failure(FailureKind::Blocked, FailureScope::Number, 10));
    greet(&engine, NUMBER, 0..2).await;
    pass(secs(6)).await;
    // By this time, successful sends have shown that the number works. The pause after the refusal ends later.
    greet(&engine, NUMBER, 2..30).await;
    pass(secs(6)).await;
    assert_eq!(graph.calls().taken.len(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_number_that_sends_too_much_rests_for_as_long_as_meta_says() {
    let stage = Stage::new();
    let graph = Arc::<FakeGraph>::default();
    let engine = stage.engine(&[(NUMBER, graph.clone())]);
    let _workers = engine.start();
    graph.refuses(GraphError {
        retry_after: Some(secs(20)),
        ..failure(FailureKind::Transient, FailureScope::Number, 130_429)
    });
    greet(&engine, NUMBER, 0..1).await;
    pass(Duration::from_millis(100)).await;
    greet(&engine, NUMBER, 1..10).await;
    pass(Duration::from_millis(19_800)).await;
    assert_eq!(graph.calls().sends.len(), 1);
    pass(secs(1)).await;
    assert_eq!(graph.calls().taken.len(), 10);
    // A refusal without a wait time causes a short pause. It does not count as an attempt.
    graph.refuses(failure(FailureKind::Transient, FailureScope::Number, 130_429));
    greet(&engine, NUMBER, 0..10).await;
    pass(secs(2)).await;
    assert_eq!(graph.calls().taken.len(), 20);
}

#[tokio::test(start_paused = true)]
async fn meta_cannot_stop_a_number_for_longer_than_an_hour() {
    let stage = Stage::new();
    let graph = Arc::<FakeGraph>::default();
    let engine = stage.engine(&[(NUMBER, graph.clone())]);
    let _workers = engine.start();
    for scope in [FailureScope::Number, FailureScope::Service] {
        let day = Some(Duration::from_hours(24));
        graph.refuses_all(GraphError { retry_after: day, ..failure(FailureKind::Transient, scope, 130_429) });
        greet(&engine, NUMBER, 0..5).await;
        pass(secs(1)).await;
        graph.refuses_all(None);
        let before = graph.calls().taken.len();
        pass(Duration::from_mins(61)).await;
        assert_eq!(graph.calls().taken.len() - before, 5, "{scope:?}");
    }
    let states = stage.outbox().await;
    assert!(states.iter().all(|(state, _)| *state == "accepted"), "{states:?}");
}

#[tokio::test(start_paused = true)]
async fn a_pair_that_meta_closes_is_left_alone_and_no_other() {
    let stage = Stage::new();
    let graph = Arc::<FakeGraph>::default();
    let engine = stage.engine(&[(NUMBER, graph.clone())]);
    let _workers = engine.start();
    let refusal = || failure(FailureKind::Transient, FailureScope::Recipient, 131_056);
    (0..3).for_each(|_| graph.refuses(refusal()));
    text(ANA, "one").post(&engine).await;
    pass(Duration::from_millis(10)).await;
    text(ANA, "two").post(&engine).await;
    for (after, sends) in [(5_900, 1), (200, 2), (5_700, 2), (300, 3), (15_700, 3)] {
        pass(Duration::from_millis(after)).await;
        assert_eq!(graph.calls().sends.len(), sends, "what is owed, and 4ⁿ seconds, n from 0");
    }
    // The pair limit of one user does not affect another user.
    text(BEA, "hello").post(&engine).await;
    pass(Duration::from_millis(100)).await;
    assert_eq!(graph.taken(1).await, [format!("{BEA}: hello")]);
    pass(secs(1)).await;
    assert_eq!(graph.taken(2).await[1], format!("{ANA}: one"));
    pass(secs(5)).await;
    assert_eq!(graph.calls().taken.len(), 2, "nothing is lent to the pair that was refused");
    pass(secs(1)).await;
    assert_eq!(graph.taken(3).await[2], format!("{ANA}: two"));
}

#[tokio::test(start_paused = true)]
async fn signs_of_typing_take_a_bounded_number_of_connections() {
    let mut stage = Stage::new();
    stage.settings.debounce = Debounce::Fixed(secs(50));
    stage.settings.debounce_max = secs(50);
    let graph = Arc::<FakeGraph>::default();
    let engine = stage.engine(&[(NUMBER, graph.clone())]);
    let _workers = engine.start();
    graph.stalls_typing(true);
    greet(&engine, NUMBER, 0..90).await;
    pass(secs(45)).await;
    assert_eq!(graph.calls().typing.len(), 32, "the others wait, and none is renewed");
    // The calls end with their turns, and the waiting calls end as well.
    graph.stalls_typing(false);
    pass(secs(15)).await;
    assert_eq!((graph.calls().typing.len(), graph.calls().taken.len()), (32, 90));

    greet(&engine, NUMBER, 0..30).await;
    pass(secs(45)).await;
    assert_eq!(graph.calls().typing.len() - 32, 30 * 3, "at once, and every 20 s");
}

#[tokio::test(start_paused = true)]
async fn nobody_is_shown_typing_while_nothing_gets_through() {
    let stage = Stage::new();
    let graph = Arc::<FakeGraph>::default();
    let engine = stage.engine(&[(NUMBER, graph.clone())]);
    let _workers = engine.start();
    graph.refuses_all(failure(FailureKind::Blocked, FailureScope::Number, 190));
    greet(&engine, NUMBER, 0..1).await;
    pass(secs(1)).await;
    let before = graph.calls().typing.len();
    greet(&engine, NUMBER, 1..9).await;
    pass(secs(1)).await;
    assert_eq!(graph.calls().typing.len(), before);
}

/// A shutdown sends the answers that are committed, as far as the limits of the number allow it within the timeout.
#[tokio::test(start_paused = true)]
async fn a_shutdown_sends_the_answers_that_wait_for_a_limit() {
    let mut stage = Stage::new();
    stage.settings.rate_limit.per_second = 10;
    let graph = Arc::<FakeGraph>::default();
    let engine = stage.engine(&[(NUMBER, graph.clone())]);
    let workers = engine.start();
    greet(&engine, NUMBER, 0..50).await;
    pass(Duration::from_millis(100)).await;
    let before = graph.calls().taken.len();
    assert!(before < 50, "{before} messages are sent at once");
    workers.shutdown(Duration::from_secs(30)).await;
    assert_eq!(graph.calls().taken.len(), 50);
}
