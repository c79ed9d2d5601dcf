//! Removal of old data.

use std::time::Duration;

use waxwing_store::{Clock, RetentionStats};

use crate::support::{ANA, Op, Scene, puppet, text};

#[tokio::test]
async fn what_is_old_is_swept_while_the_engine_works() {
    let mut scene = Scene::new().await;
    scene.settings.retention.interval = Duration::from_millis(1);
    scene.store.fails(Op::ApplyRetention);
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let answered = async |runs: &mut crate::support::Runs, nth: usize| {
        text(ANA, "hi").at(scene.clock.now().as_millis() / 1000).post(&live.engine).await;
        runs.next().await.reply("hello");
        scene.store.send_outcomes(nth).await;
    };
    answered(&mut runs, 1).await;
    scene.clock.advance(Duration::from_hours(29 * 24));
    answered(&mut runs, 2).await;
    assert_eq!((scene.store.seen().removed.inbox, scene.store.seen().removed.outbox), (0, 0));
    scene.clock.advance(Duration::from_hours(2 * 24));
    let done = |swept: RetentionStats| swept.outbox > 0 && swept.deduplication > 0;
    let swept = scene.store.until("a sweep", |seen| done(seen.removed)).await.removed;
    assert_eq!((swept.inbox, swept.outbox, swept.sessions), (1, 1, 0));
    assert_eq!(scene.outbox().await, ["accepted"]);
    answered(&mut runs, 3).await;
    live.shutdown().await;
}

#[tokio::test]
async fn a_sweep_does_not_keep_the_engine_from_stopping() {
    let mut scene = Scene::new().await;
    scene.settings.retention.interval = Duration::ZERO;
    let gate = scene.store.break_at(Op::ApplyRetention);
    let live = scene.live(puppet().0);
    gate.reached().await;
    live.shutdown().await;
}

#[tokio::test]
async fn an_endless_interval_is_endless() {
    let mut scene = Scene::new().await;
    scene.settings.retention.interval = Duration::MAX;
    let live = scene.live(puppet().0);
    live.look().await;
    live.shutdown().await;
    assert_eq!(scene.store.seen().removed, RetentionStats::default());
}
