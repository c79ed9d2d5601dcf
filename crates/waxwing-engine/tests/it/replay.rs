//! Webhooks that are too old for the deduplication.

use std::time::Duration;

use waxwing_store::{OperatorStore, QuarantineId};

use crate::support::{ANA, Scene, echo, id_update, puppet, text};

const NOW: i64 = 1_767_225_600;
const DAY: i64 = 24 * 60 * 60;

/// Returns the ids of the quarantined items, newest first. All items are stale.
async fn stale(scene: &Scene) -> Vec<QuarantineId> {
    let rows = scene.store.quarantine(10).await.unwrap();
    assert!(rows.iter().all(|row| row.reason == "stale"), "{rows:?}");
    rows.into_iter().map(|row| row.id).collect()
}

#[tokio::test]
async fn a_message_whose_id_may_be_forgotten_is_quarantined_until_it_is_requeued() {
    let mut scene = Scene::new().await;
    scene.settings.retention.keep.deduplication = Some(Duration::from_hours(10 * 24));
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    text(ANA, "replayed").at(NOW - 10 * DAY).post(&live.engine).await;
    text(ANA, "fresh").at(NOW - 9 * DAY).post(&live.engine).await;
    let run = runs.next().await;
    assert_eq!(run.heard(), ["fresh"]);
    run.reply("hello");
    let found = stale(&scene).await;
    assert_eq!((found.len(), live.engine.stale_items()), (1, 1));

    live.engine.operator().requeue_quarantined(found[0]).await.unwrap();
    assert_eq!(runs.next().await.heard(), ["replayed"]);
    assert!(stale(&scene).await.is_empty());
    assert_eq!(live.engine.stale_items(), 1, "a requeued item is not counted again");
}

#[tokio::test]
async fn echoes_and_id_updates_are_quarantined_and_requeued_as_such() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    text("", "hi").hidden_as("ES.1").post(&live.engine).await;
    runs.next().await.reply("hello");
    echo(&live.engine, text(ANA, "typed long ago").at(NOW - 30 * DAY)).await;
    id_update(&live.engine, "ES.1", "ES.2", NOW - 30 * DAY).await;
    let found = stale(&scene).await;
    assert_eq!(found.len(), 2);
    for id in found {
        live.engine.operator().requeue_quarantined(id).await.unwrap();
    }
    assert!(stale(&scene).await.is_empty());
    // The echo starts a human handoff, and the agent does not answer it.
    let conversations = scene.store.conversations(&waxwing_store::ConversationFilter::All, 10).await.unwrap();
    assert_eq!(conversations.len(), 2, "{conversations:?}");
    let ana = waxwing_store::UserKey::Bsuid(waxwing_types::Bsuid::new("ES.2"));
    assert_eq!(scene.store.user_report(&ana).await.unwrap().conversations.len(), 1);
}
