//! Media of earlier messages.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use waxwing_agent::{AgentError, Media, MediaKind, Reply};
use waxwing_engine::DownloadError;
use waxwing_store::{DirectoryMediaStore, MediaHash, MediaStore, UserKey};
use waxwing_types::WaId;

use crate::support::{ANA, BEA, Mail, Medium, Op, Run, Runs, Scene, TestEngine, echo, mail, patiently, puppet, text};

const PICTURE: &[u8] = b"VERGISSMICH is a picture";
const OTHER: &[u8] = b"BEHALTMICH is another picture";

/// Creates a fixture with a media store, and with media at Meta.
async fn scene() -> Scene {
    let mut scene = Scene::new().await;
    scene.graph.has("m1", [Medium::Bytes(PICTURE)]);
    scene.graph.has("m2", [Medium::Bytes(OTHER)]);
    scene.media = Some(open(&scene).await);
    scene
}

async fn open(scene: &Scene) -> Arc<DirectoryMediaStore> {
    let dir = scene.dir.path().join("kept");
    Arc::new(DirectoryMediaStore::open(dir, 1024 * 1024).await.unwrap())
}

fn image(from: &str, id: &str) -> Mail {
    mail(from, "image", json!({ "id": id, "mime_type": "image/png" }))
}

/// Returns the media of the history of a run, oldest first.
fn earlier(run: &Run) -> Vec<Media> {
    run.ctx.session().history().iter().filter_map(|entry| entry.message()?.media.clone()).collect()
}

/// Returns the bytes of the only medium of the history.
async fn seen(run: &Run) -> Vec<u8> {
    let [media] = &earlier(run)[..] else { panic!("one medium: {:?}", earlier(run)) };
    assert_eq!((media.kind(), media.mime_type()), (MediaKind::Image, "image/png"));
    let bytes = media.read().await.unwrap().to_vec();
    assert_eq!(media.len(), bytes.len() as u64);
    bytes
}

/// Asks a question, and returns the run.
async fn ask(live: &TestEngine, runs: &mut Runs, from: &str) -> Run {
    live.hears(from, "which colour was it?").await;
    runs.next().await
}

/// Ends a run with a reply, and waits until the `nth` message has been sent.
async fn answer(scene: &Scene, run: Run, reply: &str, nth: usize) {
    run.reply(reply);
    scene.store.send_outcomes(nth).await;
}

/// Posts a photo of a user. The agent answers it with the `nth` message.
async fn shows(scene: &Scene, live: &TestEngine, runs: &mut Runs, (from, id): (&str, &str), nth: usize) {
    image(from, id).post(&live.engine).await;
    answer(scene, runs.next().await, "nice", nth).await;
}

/// Returns the files below a directory that contain a mark. The engine may remove a directory meanwhile.
fn traces(dir: &Path, mark: &[u8]) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(traces(&path, mark));
        } else if std::fs::read(&path).unwrap_or_default().windows(mark.len()).any(|part| part == mark) {
            found.push(path.display().to_string());
        }
    }
    found
}

/// Waits until no file of the media store and of the runs contains a mark.
async fn erased(scene: &Scene, mark: &[u8]) {
    let gone = async {
        while !traces(scene.dir.path(), mark).is_empty() {
            tokio::task::yield_now().await;
        }
    };
    patiently("the end of a mark", gone).await;
}

#[tokio::test]
async fn a_picture_is_seen_in_later_turns() {
    let scene = scene().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    shows(&scene, &live, &mut runs, (ANA, "m1"), 1).await;
    for nth in 2..4 {
        let run = ask(&live, &mut runs, ANA).await;
        assert_eq!(seen(&run).await, PICTURE);
        answer(&scene, run, "red", nth).await;
    }
    let bea = ask(&live, &mut runs, BEA).await;
    assert!(earlier(&bea).is_empty(), "another user");
    assert_eq!(scene.graph.calls().downloads.len(), 1);
}

#[tokio::test]
async fn a_picture_outlives_the_process_and_a_failed_run() {
    let mut scene = scene().await;
    let (agent, mut runs) = puppet();
    let process = scene.process(agent);
    let photo = image(ANA, "m1").post(&process.engine).await;
    runs.next().await.fail(AgentError::new("no idea"));
    scene.store.outcome(&photo).await;
    process.kill().await;
    scene.reopen().await;
    scene.media = Some(open(&scene).await);
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    assert_eq!(seen(&ask(&live, &mut runs, ANA).await).await, PICTURE);
    assert_eq!(scene.graph.calls().downloads.len(), 1);
}

#[tokio::test]
async fn a_missing_picture_is_downloaded_again_and_kept() {
    let scene = scene().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    shows(&scene, &live, &mut runs, (ANA, "m1"), 1).await;
    scene.media.as_ref().unwrap().delete(MediaHash::of(PICTURE)).await.unwrap();
    for nth in 2..4 {
        let run = ask(&live, &mut runs, ANA).await;
        assert_eq!(seen(&run).await, PICTURE);
        answer(&scene, run, "red", nth).await;
    }
    assert_eq!(scene.graph.calls().downloads.len(), 2);
}

#[tokio::test]
async fn a_picture_that_is_too_large_to_keep_is_downloaded_once_more_only() {
    let mut scene = scene().await;
    let dir = scene.dir.path().join("small");
    scene.media = Some(Arc::new(DirectoryMediaStore::open(dir, 1).await.unwrap()));
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    shows(&scene, &live, &mut runs, (ANA, "m1"), 1).await;
    for (nth, is_available) in [(2, true), (3, false), (4, false)] {
        let run = ask(&live, &mut runs, ANA).await;
        let [media] = &earlier(&run)[..] else { panic!() };
        assert_eq!(media.is_available(), is_available, "turn {nth}");
        answer(&scene, run, "red", nth).await;
    }
    assert_eq!(scene.graph.calls().downloads.len(), 2);
}

#[tokio::test]
async fn a_picture_that_its_user_deleted_is_neither_shown_nor_downloaded() {
    let scene = scene().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let photos = [image(ANA, "m1"), image(ANA, "m2")];
    for (nth, photo) in photos.iter().enumerate() {
        photo.clone().post(&live.engine).await;
        answer(&scene, runs.next().await, "nice", nth + 1).await;
        mail(ANA, "revoke", json!({ "original_message_id": photo.id() })).post(&live.engine).await;
    }
    // One of the files is still there.
    scene.media.as_ref().unwrap().delete(MediaHash::of(PICTURE)).await.unwrap();
    let run = ask(&live, &mut runs, ANA).await;
    assert!(earlier(&run).is_empty(), "{:?}", earlier(&run));
    answer(&scene, run, "none", 3).await;
    assert_eq!(scene.graph.calls().downloads.len(), 2);
}

#[tokio::test]
async fn a_picture_that_nobody_has_is_described() {
    let scene = scene().await;
    scene.graph.has("m1", [Medium::Bytes(PICTURE), Medium::Fails(DownloadError::NotFound)]);
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    shows(&scene, &live, &mut runs, (ANA, "m1"), 1).await;
    scene.media.as_ref().unwrap().delete(MediaHash::of(PICTURE)).await.unwrap();
    let mut downloads = Vec::new();
    for nth in 2..4 {
        let run = ask(&live, &mut runs, ANA).await;
        let [media] = &earlier(&run)[..] else { panic!() };
        assert!(!media.is_available());
        assert_eq!((media.kind(), media.mime_type()), (MediaKind::Image, "image/png"));
        answer(&scene, run, "I do not know", nth).await;
        downloads.push(scene.graph.calls().downloads.len());
    }
    assert_eq!(downloads[0], downloads[1], "Meta is not asked in each turn");
}

#[tokio::test]
async fn a_picture_that_cannot_be_recorded_leaves_no_file() {
    let scene = scene().await;
    scene.store.fails(Op::RecordMedia);
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    image(ANA, "m1").post(&live.engine).await;
    let run = runs.next().await;
    assert_eq!(&run.turn.media().next().unwrap().read().await.unwrap()[..], PICTURE);
    assert!(scene.media.as_ref().unwrap().list().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_picture_of_a_person_of_the_business_is_seen() {
    let mut scene = scene().await;
    scene.settings.handoff_duration = Duration::ZERO;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let shown = mail(ANA, "image", json!({ "id": "m1", "mime_type": "image/png", "caption": "our menu" }));
    let shown = echo(&live.engine, shown).await;
    scene.store.outcome(&shown).await;
    for nth in 1..3 {
        let run = ask(&live, &mut runs, ANA).await;
        let history = run.ctx.session().history();
        let sent = history[0].parts()[0].media().unwrap();
        assert_eq!((sent.kind, sent.size), (MediaKind::Image, PICTURE.len() as u64));
        assert_eq!(sent.file.as_ref().unwrap().read().await.unwrap(), PICTURE);
        assert_eq!(history[0].text(), "our menu");
        answer(&scene, run, "red", nth).await;
    }
    assert_eq!(scene.graph.calls().downloads.len(), 1);
}

#[tokio::test]
async fn the_media_of_an_erased_user_are_erased() {
    let scene = scene().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    for (nth, photo) in [(ANA, "m1"), (ANA, "m2"), (BEA, "m2")].into_iter().enumerate() {
        shows(&scene, &live, &mut runs, photo, nth + 1).await;
    }
    // A run has the files in its directory.
    let run = ask(&live, &mut runs, ANA).await;
    assert_eq!(earlier(&run).len(), 2);
    assert!(traces(scene.dir.path(), b"VERGISSMICH").len() > 1);
    live.engine.operator().erase(&UserKey::Phone(WaId::new(ANA))).await.unwrap();
    assert_eq!(traces(&scene.dir.path().join("kept"), b"VERGISSMICH"), [""; 0]);
    run.given_up().await;
    erased(&scene, b"VERGISSMICH").await;
    let run = ask(&live, &mut runs, BEA).await;
    assert_eq!(seen(&run).await, OTHER, "another user has the same picture");
    // Without the lease of the erased conversation nothing is kept.
    assert_eq!(scene.media.as_ref().unwrap().list().await.unwrap(), [MediaHash::of(OTHER)]);
}

#[tokio::test]
async fn old_media_are_removed() {
    let mut scene = scene().await;
    scene.settings.retention.interval = Duration::from_millis(1);
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    shows(&scene, &live, &mut runs, (ANA, "m1"), 1).await;
    scene.clock.advance(Duration::from_hours(7 * 24 - 1));
    let message = text(ANA, "still there?").at(1_767_225_601).post(&live.engine).await;
    let run = runs.next().await;
    assert_eq!(seen(&run).await, PICTURE);
    run.reply(Reply::none());
    scene.store.outcome(&message).await;
    scene.clock.advance(Duration::from_hours(2));
    erased(&scene, b"VERGISSMICH").await;
    let run = ask(&live, &mut runs, ANA).await;
    assert!(!earlier(&run)[0].is_available());
    assert_eq!(scene.graph.calls().downloads.len(), 1, "Meta has removed the picture as well");
}
