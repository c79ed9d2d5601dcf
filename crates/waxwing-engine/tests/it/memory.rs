//! Limits of the memory of messages and media.

use waxwing_agent::{Media, Reply};
use waxwing_engine::{OperatorError, WhileRunning};
use waxwing_store::OperatorStore;

use crate::support::{ANA, BEA, Op, Scene, echo, messages, puppet, text};

/// Size in bytes of a message that fits, while two of them fill a turn.
const LARGE: usize = 200 * 1024;

/// Size in bytes of a text that exceeds the limit.
const TOO_LARGE: usize = 256 * 1024;

/// Returns the reasons of the quarantined items.
async fn quarantined(scene: &Scene) -> Vec<String> {
    scene.store.quarantine(10).await.unwrap().into_iter().map(|row| row.reason).collect()
}

#[tokio::test]
async fn a_message_that_does_not_fit_is_quarantined_until_the_limit_is_raised() {
    let mut scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let batch = [text(ANA, &"x".repeat(TOO_LARGE)), text(ANA, "fits"), text(BEA, &"x".repeat(LARGE))];
    for _ in 0..2 {
        // Meta redelivers a webhook whose response it has not seen.
        live.engine.accept(messages(&batch)).await.unwrap();
    }
    echo(&live.engine, text(ANA, &"y".repeat(TOO_LARGE))).await;
    let mut lengths = [runs.next().await, runs.next().await].map(|run| {
        let length = run.heard()[0].len();
        run.reply("hello");
        length
    });
    lengths.sort_unstable();
    assert_eq!(lengths, [4, LARGE]);
    assert_eq!(quarantined(&scene).await, ["too_large"; 2]);
    assert_eq!(live.engine.oversized_messages(), 3);

    let id = scene.store.quarantine(10).await.unwrap()[1].id;
    let refused = live.engine.operator().requeue_quarantined(id).await.unwrap_err();
    let OperatorError::TooLarge { size, limit } = &refused else { panic!("{refused:?}") };
    assert!(*size > TOO_LARGE && *limit == TOO_LARGE, "{refused:?}");
    assert!(refused.to_string().contains("raise max_message_bytes"), "{refused}");
    live.shutdown().await;
    assert_eq!(quarantined(&scene).await, ["too_large"; 2]);

    scene.settings.max_message_bytes *= 2;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.engine.operator().requeue_quarantined(id).await.unwrap();
    assert_eq!(runs.next().await.heard()[0].len(), TOO_LARGE);
    assert_eq!(quarantined(&scene).await, ["too_large"], "the echo");
}

#[tokio::test]
async fn messages_beyond_the_size_of_a_turn_wait_for_the_next_turn() {
    let mut scene = Scene::new().await;
    scene.settings.while_running = WhileRunning::Steer;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    let run = runs.next().await;
    let more: Vec<_> = ["1", "2", "3", "4"].iter().map(|digit| text(ANA, &digit.repeat(LARGE))).collect();
    // The run learns of all messages in two lists, and each full list is followed by a look for more.
    let mut gate = scene.store.break_at(Op::NewMessages);
    live.engine.accept(messages(&more)).await.unwrap();
    for _ in 0..2 {
        gate.reached().await;
        let next = scene.store.break_at(Op::NewMessages);
        gate.open();
        gate = next;
    }
    gate.reached().await;
    gate.open();
    let first = |text: &str| text[..1].to_owned();
    let heard: String = run.ctx.new_messages().await.unwrap().iter().map(|message| first(&message.text)).collect();
    assert_eq!(heard, "12");
    run.reply("hello");
    let run = runs.next().await;
    assert_eq!(run.heard().into_iter().map(first).collect::<String>(), "34");
    run.reply("and hello");
    scene.graph.taken(2).await;
}

#[tokio::test]
async fn a_stop_behind_messages_that_fill_a_turn_is_noticed() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    let run = runs.next().await;
    let flood = [text(ANA, &"1".repeat(LARGE)), text(ANA, &"2".repeat(LARGE)), text(ANA, "/stop")];
    live.engine.accept(messages(&flood)).await.unwrap();
    run.given_up().await;
    assert_eq!(scene.graph.taken(1).await, ["34600000001: stopped"]);
}

#[tokio::test]
async fn an_upload_waits_for_memory_and_delays_no_other_user() {
    let mut scene = Scene::new().await;
    scene.settings.media.max_memory = 2 * 1024 * 1024;
    let release = scene.graph.holds_uploads();
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let file = || Media::document("a.bin", "application/octet-stream", vec![7; 600 * 1024]);
    for user in [ANA, BEA] {
        live.hears(user, "hi").await;
        runs.next().await.reply(Reply::media(file()));
    }
    live.hears("34600000003", "hi").await;
    runs.next().await.reply("hello");
    scene.graph.taken(1).await;
    let calls = scene.graph.until("the first upload", |calls| !calls.uploads.is_empty()).await;
    assert_eq!(calls.uploads.len(), 1);
    release.add_permits(2);
    scene.graph.taken(3).await;
    live.shutdown().await;
    assert_eq!(scene.outbox().await, ["accepted"; 3]);
    assert_eq!(scene.attempts().await, [1; 3]);
}
