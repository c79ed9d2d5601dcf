//! Slow or failing stores, and lost leases.

use std::time::Duration;

use waxwing_agent::AgentError;
use waxwing_engine::{AcceptError, HealthReason, Receipt};
use waxwing_store::{MessageOutcome, StoreFault};

use crate::support::{ANA, NUMBER, Op, PATIENCE, Scene, TestEngine, messages, puppet, text};

#[tokio::test]
async fn a_store_that_does_not_answer_is_not_waited_for() {
    let mut scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    scene.settings.accept_timeout = Duration::from_millis(20);
    let impatient = scene.builder(&scene.store).route(scene.route(NUMBER, puppet().0)).build();
    scene.store.stalls(Op::Accept);
    let mail = [text(ANA, "hi")];
    let refused = impatient.accept(messages(&mail)).await;
    assert!(matches!(refused, Err(AcceptError::Busy)), "{refused:?}");
    // The store may have stored the message. Meta redelivers it, and it is answered once.
    for _ in 0..2 {
        assert_eq!(live.engine.accept(messages(&mail)).await.unwrap(), Receipt::Stored);
    }
    live.look().await;
    let run = runs.next().await;
    assert_eq!(run.heard(), ["hi"]);
    run.reply("hello");
    scene.graph.taken(1).await;
    assert_eq!(live.engine.accept(messages(&mail)).await.unwrap(), Receipt::Stored);
    live.shutdown().await;
    runs.none();
    assert_eq!(scene.outbox().await, ["accepted"]);
}

#[tokio::test]
async fn what_could_not_be_stored_is_refused() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    scene.store.fails(Op::Accept);
    let mail = [text(ANA, "hi")];
    let refused = live.engine.accept(messages(&mail)).await;
    assert!(matches!(refused, Err(AcceptError::Store(_))), "{refused:?}");
    scene.store.fails(Op::Accept);
    live.engine.quarantine("not JSON", "x".into()).await.unwrap_err();
    assert!(scene.store.seen().quarantined.is_empty());
    live.engine.quarantine("not JSON", "x".into()).await.unwrap();
    assert_eq!(scene.store.seen().quarantined, ["not JSON"]);
    live.engine.accept(messages(&mail)).await.unwrap();
    assert_eq!(runs.next().await.heard(), ["hi"]);
}

#[tokio::test]
async fn an_engine_whose_store_fails_is_not_ready() {
    let scene = Scene::new().await;
    let engine = scene.builder(&scene.store).build();
    assert_eq!(engine.health().await, []);
    scene.store.fails(Op::CheckHealth);
    assert_eq!(engine.health().await, [HealthReason::Store(StoreFault::Write)]);
    assert_eq!(engine.health().await, []);
}

#[tokio::test]
async fn an_engine_is_responsive_until_its_store_answers_no_more() {
    let scene = Scene::new().await;
    let engine = scene.builder(&scene.store).build();
    assert!(engine.is_responsive().await);
    scene.store.fails(Op::CheckHealth);
    assert!(engine.is_responsive().await, "a store that reports a fault answers");
    scene.store.stalls(Op::CheckHealth);
    assert!(!engine.is_responsive().await);
}

#[tokio::test]
async fn an_engine_with_an_old_backlog_is_degraded() {
    let scene = Scene::new().await;
    // The engine is not started, so the message stays pending.
    let engine = scene.builder(&scene.store).route(scene.route(NUMBER, puppet().0)).build();
    engine.accept(messages(&[text(ANA, "hi")])).await.unwrap();
    scene.clock.advance(Duration::from_secs(50));
    assert_eq!(engine.health().await, []);
    scene.clock.advance(Duration::from_secs(20));
    assert_eq!(engine.health().await, [HealthReason::BacklogAge]);
    assert!(HealthReason::BacklogAge.is_degradation());
}

#[tokio::test]
async fn a_turn_that_fails_in_the_store_is_done_again_and_answered_once() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    scene.store.fails(Op::Session);
    let live = scene.live(agent);
    let message = live.hears(ANA, "hi").await;
    scene.store.until("a conversation that was given back", |seen| seen.released == [false]).await;
    scene.clock.advance(Duration::from_secs(1));
    live.look().await;
    // The second run fails by itself. The third run cannot read the steps that the second run recorded.
    let run = runs.next().await;
    run.ctx.step("look", async { Ok::<_, AgentError>(1) }).await.unwrap();
    scene.store.fails(Op::Steps);
    run.fail(AgentError::retryable("not now"));
    for released in [&[false, true][..], &[false, true, false]] {
        scene.store.until("a conversation that was given back", |seen| seen.released == released).await;
        scene.clock.advance(Duration::from_secs(2));
        live.look().await;
    }
    let run = runs.next().await;
    assert_eq!(run.ctx.step("look", async { Ok::<_, AgentError>(2) }).await.unwrap(), 1);
    run.reply("hello");
    assert_eq!(scene.graph.taken(1).await, ["34600000001: hello"]);
    assert_eq!(scene.store.outcome(&message).await, MessageOutcome::Answered);
    live.shutdown().await;
    runs.none();
    assert_eq!(scene.outbox().await, ["accepted"]);
}

#[tokio::test]
async fn a_commit_that_fails_is_tried_again_and_the_run_is_not() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    scene.store.fails(Op::CommitTurn);
    let live = scene.live(agent);
    let message = live.hears(ANA, "hi").await;
    let run = runs.next().await;
    run.ctx.session().set("n", 1).unwrap();
    run.reply("hello");
    assert_eq!(scene.graph.taken(1).await, ["34600000001: hello"]);
    assert_eq!(scene.store.outcome(&message).await, MessageOutcome::Answered);
    live.hears(ANA, "again").await;
    let run = runs.next().await;
    assert_eq!(run.ctx.session().get::<u32>("n"), Some(1));
    run.reply("yes");
    assert_eq!(scene.graph.taken(2).await[1], "34600000001: yes");
    live.shutdown().await;
    runs.none();
}

#[tokio::test]
async fn an_agent_is_told_when_it_cannot_be_heard() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    let run = runs.next().await;
    scene.store.fails(Op::Enqueue);
    assert!(run.ctx.send_interim("one moment").await.unwrap_err().is_retryable());
    scene.store.fails(Op::FinishStep);
    let step = run.ctx.step("look up", async { Ok::<_, AgentError>(1) }).await;
    assert!(step.unwrap_err().is_retryable());
    run.reply("hello");
    assert_eq!(scene.graph.taken(1).await, ["34600000001: hello"]);
}

#[tokio::test]
async fn the_loops_go_on_when_the_store_is_back() {
    let scene = Scene::new().await;
    scene.store.fails(Op::ClaimTurns);
    scene.store.fails(Op::ClaimSends);
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    let run = runs.next().await;
    run.ctx.send_interim("one moment").await.unwrap();
    run.reply("hello");
    assert_eq!(scene.graph.taken(2).await, ["34600000001: one moment", "34600000001: hello"]);
}

#[tokio::test]
async fn a_run_that_lost_its_lease_writes_nothing() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    let late = runs.next().await;

    // The process stalls for longer than the lease, and another process takes over.
    scene.clock.advance(scene.settings.lease + Duration::from_secs(1));
    let other_store = scene.other_process();
    let (agent, mut other_runs) = puppet();
    let other = TestEngine::start(scene.builder(&other_store).route(scene.route(NUMBER, agent)));
    let run = other_runs.next().await;
    assert_eq!(run.heard(), ["hi"]);

    late.ctx.send_interim("too late").await.unwrap_err();
    late.ctx.step("look up", async { Ok::<_, AgentError>(1) }).await.unwrap_err();
    late.ctx.session().set("who", "late").unwrap();
    late.reply("too late");
    scene.store.until("a refusal", |seen| seen.lost == [Op::Enqueue, Op::FinishStep, Op::CommitTurn]).await;

    run.ctx.session().set("who", "in time").unwrap();
    run.reply("hello");
    assert_eq!(scene.graph.taken(1).await, ["34600000001: hello"]);
    other.hears(ANA, "again").await;
    let run = other_runs.next().await;
    assert_eq!(run.ctx.session().get::<String>("who").as_deref(), Some("in time"));
    assert_eq!(run.ctx.session().history().len(), 2);
    run.reply("hello again");
    scene.graph.taken(2).await;
    other.shutdown().await;
    live.shutdown().await;
    assert_eq!(scene.store.seen().outcomes, []);
    assert_eq!(scene.outbox().await, ["accepted", "accepted"]);
}

#[tokio::test]
async fn a_run_is_told_that_its_lease_was_lost() {
    let mut scene = Scene::new().await;
    scene.settings.lease = Duration::from_millis(30);
    let renewal = scene.store.break_at(Op::RenewLease);
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    let late = runs.next().await;
    renewal.reached().await;
    // The first process must not claim the turn again. The other process takes over.
    let looking = scene.store.break_at(Op::ClaimTurns);
    looking.reached().await;
    scene.clock.advance(Duration::from_secs(1));
    scene.settings.lease = PATIENCE;
    let other_store = scene.other_process();
    let (agent, mut other_runs) = puppet();
    let other = TestEngine::start(scene.builder(&other_store).route(scene.route(NUMBER, agent)));
    let run = other_runs.next().await;
    looking.open();
    renewal.open();
    let cancellation = late.ctx.cancellation().clone();
    late.given_up().await;
    assert!(cancellation.is_cancelled());
    run.reply("hello");
    assert_eq!(scene.graph.taken(1).await, ["34600000001: hello"]);
    other.shutdown().await;
    live.shutdown().await;
    assert_eq!(scene.outbox().await, ["accepted"]);
    assert_eq!(other_store.seen().lost, []);
}

#[tokio::test]
async fn a_lease_is_kept_as_long_as_the_run_lasts() {
    let mut scene = Scene::new().await;
    // A busy machine stalls the process for less than this.
    scene.settings.lease = Duration::from_millis(1500);
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    let run = runs.next().await;
    for _ in 0..3 {
        // One renewal starts after the clock has advanced, so the lease ends later than the old lease.
        let renewal = scene.store.break_at(Op::RenewLease);
        renewal.reached().await;
        scene.clock.advance(Duration::from_secs(1));
        renewal.open();
        let next = scene.store.break_at(Op::RenewLease);
        next.reached().await;
        next.open();
        live.look().await;
    }
    run.reply("hello");
    assert_eq!(scene.graph.taken(1).await, ["34600000001: hello"]);
    live.shutdown().await;
    runs.none();
    assert_eq!(scene.store.seen().lost, []);
}
