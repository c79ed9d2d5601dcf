//! Inbound and outbound media.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use waxwing_agent::{AgentError, Media, MediaKind, Reply};
use waxwing_engine::{DownloadError, FailureKind, GraphError, MediaScan};
use waxwing_store::{MessageOutcome, SendOutcome};

use crate::support::{
    ANA, BEA, Mail, Medium, Op, PATIENCE, Runs, Scene, TestEngine, mail, post, puppet, refusal, text,
};

const PICTURE: &[u8] = b"a picture";

fn image(content: Value) -> Mail {
    mail(ANA, "image", content)
}

/// Runs a test in a runtime with one blocking thread, so that blocking tasks run in order.
fn one_after_the_other(test: impl Future<Output = ()>) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().max_blocking_threads(1).build().unwrap().block_on(test);
}

/// Checks that a file does not exist after all earlier blocking tasks.
async fn gone(path: &Path) {
    tokio::task::spawn_blocking(|| ()).await.unwrap();
    assert!(!path.exists(), "{} is still there", path.display());
}

#[test]
fn a_medium_is_a_file_as_long_as_its_run() {
    one_after_the_other(media_are_files());
}

async fn media_are_files() {
    let scene = Scene::new().await;
    // The start deletes the files of an earlier process.
    let left = scene.settings.media.dir.join("earlier");
    std::fs::create_dir_all(&left).unwrap();
    scene.graph.has("m1", [Medium::Bytes(PICTURE)]);
    scene.graph.has("m2", [Medium::Bytes(b"a document")]);
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let document = json!({ "id": "m2", "filename": "../../etc/passwd" });
    let burst = [
        image(json!({ "id": "m1", "mime_type": "image/png", "caption": "look" })),
        text(ANA, "nice?"),
        mail(ANA, "document", document),
        mail(ANA, "audio", json!({ "id": "m1", "voice": true })),
    ];
    post(&live.engine, &burst).await;
    let run = runs.next().await;
    assert_eq!(run.turn.text(), "look\nnice?");
    let media: Vec<_> = run.turn.media().cloned().collect();
    let kinds: Vec<_> = media.iter().map(|medium| (medium.kind(), medium.mime_type(), medium.len())).collect();
    let expected = [
        (MediaKind::Image, "image/png", 9),
        (MediaKind::Document, "x/by-download", 10),
        (MediaKind::Voice, "x/by-download", 9),
    ];
    assert_eq!(kinds, expected);
    assert_eq!(&media[0].read().await.unwrap()[..], PICTURE);
    assert_eq!(media[1].filename(), Some("../../etc/passwd"));
    for medium in &media {
        let path = medium.path().unwrap();
        assert!(path.starts_with(&scene.settings.media.dir), "a stranger's name is no path: {}", path.display());
        assert!(!path.to_str().unwrap().contains("passwd"));
    }
    assert!(!left.exists());
    let path = media[0].path().unwrap().to_owned();
    assert!(path.exists());
    // A reply can contain inbound media.
    run.reply(Reply::text("back").with_media(media[0].clone()));
    assert_eq!(scene.graph.taken(1).await, ["34600000001: <image media.1>"]);
    assert_eq!(&scene.graph.calls().uploads[0].bytes[..], PICTURE);
    gone(&path).await;
    gone(path.parent().unwrap()).await;
}

#[test]
fn a_run_that_fails_leaves_no_file_behind() {
    one_after_the_other(async {
        let scene = Scene::new().await;
        scene.graph.has("m1", [Medium::Bytes(PICTURE)]);
        let (agent, mut runs) = puppet();
        let live = scene.live(agent);
        image(json!({ "id": "m1" })).post(&live.engine).await;
        let run = runs.next().await;
        let path = run.turn.media().next().unwrap().path().unwrap().to_owned();
        assert!(path.exists());
        run.fail(AgentError::new("no idea"));
        assert_eq!(scene.graph.taken(1).await, ["34600000001: sorry"]);
        gone(path.parent().unwrap()).await;
    });
}

#[test]
fn what_cannot_be_had_is_told_and_the_run_goes_on() {
    one_after_the_other(problems_are_told());
}

/// A file that the scan rejects reaches no agent.
#[tokio::test]
async fn files_are_scanned() {
    for (program, problem) in [("true", None), ("false", Some("the malware scan rejected it"))] {
        let mut scene = Scene::new().await;
        scene.settings.media.scan = MediaScan::new([program.to_owned()]);
        scene.graph.has("m1", [Medium::Bytes(b"a picture")]);
        let (agent, mut runs) = puppet();
        let live = scene.live(agent);
        image(json!({ "id": "m1" })).post(&live.engine).await;
        let run = runs.next().await;
        assert_eq!(run.turn.messages[0].media_problem.as_deref(), problem);
        assert_eq!(run.turn.messages[0].media.is_none(), problem.is_some());
    }
}

async fn problems_are_told() {
    let refused = |kind| Medium::Fails(DownloadError::Graph(refusal(kind)));
    let cases: [(&[Medium], Option<&str>, &str, usize); 8] = [
        (&[Medium::Bytes(b"much too large a picture")], None, "it is too large", 1),
        (&[Medium::Fails(DownloadError::TooLarge)], None, "it is too large", 1),
        (&[Medium::Fails(DownloadError::Storage("disk full".into()))], None, "it could not be stored", 1),
        (&[refused(FailureKind::Permanent)], None, "it could not be downloaded", 1),
        (&[refused(FailureKind::Blocked)], None, "it could not be downloaded", 1),
        (&[refused(FailureKind::Transient)], None, "it could not be downloaded", 3),
        (&[Medium::Stalls], None, "it took too long to download", 1),
        (&[Medium::Bytes(b"another one")], Some(SHA256), "it was damaged during the download", 1),
    ];
    for (media, sha256, problem, downloads) in cases {
        let mut scene = Scene::new().await;
        scene.settings.media.limits.image = 12;
        scene.settings.media.timeout = match media {
            [Medium::Stalls] => Duration::from_millis(50),
            // Enough time for two retries.
            [medium] if downloads == 3 && matches!(medium, Medium::Fails(_)) => Duration::from_millis(1_200),
            _ => PATIENCE,
        };
        scene.graph.has("m1", media.iter().cloned());
        let (agent, mut runs) = puppet();
        let live = scene.live(agent);
        let mut content = json!({ "id": "m1", "caption": "look" });
        if let Some(sha256) = sha256 {
            content["sha256"] = sha256.into();
        }
        let message = image(content).post(&live.engine).await;
        let run = runs.next().await;
        let [heard] = &run.turn.messages[..] else { panic!("{:?}", run.turn) };
        assert_eq!((heard.text.as_str(), heard.media_problem.as_deref()), ("look", Some(problem)));
        assert!(heard.media.is_none(), "{problem}");
        run.reply("pity");
        assert_eq!(scene.store.outcome(&message).await, MessageOutcome::Answered);
        assert_eq!(scene.graph.calls().downloads.len(), downloads, "{problem}");
        for file in scene.graph.calls().downloads {
            gone(file.parent().unwrap()).await;
        }
        live.shutdown().await;
    }
}

/// Digest of [`PICTURE`], encoded as in webhooks.
const SHA256: &str = "krL6WAKJWDF+QIvYTs+nD17jWxIZkdvCMsSdFmNTcIs=";

#[tokio::test]
async fn a_download_that_fails_for_a_moment_is_tried_again() {
    let scene = Scene::new().await;
    let fails = |kind| Medium::Fails(DownloadError::Graph(refusal(kind)));
    scene.graph.has("m1", [fails(FailureKind::Transient), fails(FailureKind::InDoubt), Medium::Bytes(PICTURE)]);
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    image(json!({ "id": "m1", "sha256": SHA256 })).post(&live.engine).await;
    let run = runs.next().await;
    assert_eq!(&run.turn.media().next().unwrap().read().await.unwrap()[..], PICTURE);
}

#[tokio::test]
async fn a_repeated_run_downloads_again() {
    let mut scene = Scene::new().await;
    scene.graph.has("m1", [Medium::Bytes(PICTURE)]);
    let (agent, mut runs) = puppet();
    let process = scene.process(agent);
    image(json!({ "id": "m1" })).post(&process.engine).await;
    let run = runs.next().await;
    run.ctx.send_interim("one moment").await.unwrap();
    process.kill().await;
    scene.reopen().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let again = runs.next().await;
    assert_eq!(again.ctx.run_id(), run.ctx.run_id());
    assert_eq!(&again.turn.media().next().unwrap().read().await.unwrap()[..], PICTURE);
    live.shutdown_within(Duration::ZERO).await;
}

#[tokio::test]
async fn a_medium_is_uploaded_once_however_often_it_is_sent() {
    let scene = Scene::new().await;
    for _ in 0..2 {
        scene.graph.refuses(refusal(FailureKind::Transient));
    }
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    runs.next().await.reply(Reply::media(Media::image("image/png", PICTURE)).with_text("look"));
    assert_eq!(scene.graph.taken(1).await, ["34600000001: <image media.1>"]);
    live.shutdown().await;
    let calls = scene.graph.calls();
    assert_eq!((calls.uploads.len(), calls.sends.len()), (1, 3));
    assert_eq!((&calls.uploads[0].bytes[..], calls.uploads[0].mime_type.as_str()), (PICTURE, "image/png"));
    assert_eq!(scene.attempts().await, [3]);
}

/// Sends the picture to a user who writes.
async fn send_picture(live: &TestEngine, runs: &mut Runs, user: &str) {
    live.hears(user, "hi").await;
    runs.next().await.reply(Media::image("image/png", PICTURE));
}

#[tokio::test]
async fn the_same_medium_is_uploaded_once_for_all_users() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    for (nth, user) in [ANA, BEA].into_iter().enumerate() {
        send_picture(&live, &mut runs, user).await;
        scene.graph.taken(nth + 1).await;
    }
    let taken = scene.graph.taken(2).await;
    assert!(taken.iter().all(|message| message.ends_with("<image media.1>")), "{taken:?}");
    // The type belongs to the medium: the same bytes under another type are another upload.
    live.hears(ANA, "as a file?").await;
    runs.next().await.reply(Media::document("a.pdf", "application/pdf", PICTURE));
    assert!(scene.graph.taken(3).await[2].ends_with("<document media.2>"));
    live.shutdown().await;
    assert_eq!(scene.graph.calls().uploads.len(), 2);
}

#[tokio::test]
async fn a_medium_that_meta_lost_is_uploaded_again() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    send_picture(&live, &mut runs, ANA).await;
    scene.graph.taken(1).await;
    scene.graph.refuses(GraphError { code: Some(131_009), ..refusal(FailureKind::Permanent) });
    send_picture(&live, &mut runs, ANA).await;
    assert!(scene.graph.taken(2).await[1].ends_with("<image media.2>"));
    // A refusal for another reason is no reason for another upload.
    scene.graph.refuses(GraphError { code: Some(131_026), ..refusal(FailureKind::Permanent) });
    send_picture(&live, &mut runs, ANA).await;
    scene.store.send_outcomes(4).await;
    live.shutdown().await;
    assert_eq!(scene.graph.calls().uploads.len(), 2);
    assert_eq!(scene.outbox().await, ["accepted", "accepted", "failed"]);
}

#[tokio::test]
async fn an_upload_that_fails_is_tried_again_even_if_it_may_have_been_taken() {
    for kind in [FailureKind::Transient, FailureKind::InDoubt] {
        let scene = Scene::new().await;
        scene.graph.refuses_upload(refusal(kind));
        let (agent, mut runs) = puppet();
        let live = scene.live(agent);
        live.hears(ANA, "hi").await;
        runs.next().await.reply(Reply::media(Media::image("image/png", PICTURE)).with_text("look"));
        assert_eq!(scene.graph.taken(1).await, ["34600000001: <image media.2>"]);
        let settled = scene.store.send_outcomes(2).await;
        assert!(matches!(settled[..], [SendOutcome::Retry { .. }, SendOutcome::Accepted(_)]), "{settled:?}");
        live.shutdown().await;
    }
}

#[tokio::test]
async fn an_upload_that_is_refused_is_given_up_without_a_send() {
    let scene = Scene::new().await;
    scene.graph.refuses_upload(refusal(FailureKind::Permanent));
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    runs.next().await.reply(Media::image("image/png", PICTURE));
    scene.store.send_outcomes(1).await;
    live.hears(ANA, "well?").await;
    runs.next().await.reply("no picture today");
    assert_eq!(scene.graph.taken(1).await, ["34600000001: no picture today"]);
    live.shutdown().await;
    assert_eq!(scene.outbox().await, ["failed", "accepted"]);
    assert_eq!(scene.graph.calls().sends.len(), 1);
}

#[tokio::test]
async fn the_caption_of_a_refused_picture_is_sent_in_its_place_and_the_agent_learns_of_it() {
    for refused_upload in [true, false] {
        let scene = Scene::new().await;
        let (agent, mut runs) = puppet();
        let live = scene.live(agent);
        if refused_upload {
            scene.graph.refuses_upload(refusal(FailureKind::Permanent));
        } else {
            scene.graph.refuses(refusal(FailureKind::Permanent));
        }
        live.hears(ANA, "hi").await;
        runs.next().await.reply(Reply::text("look").with_media(Media::image("image/png", PICTURE)));
        assert_eq!(scene.graph.taken(1).await, ["34600000001: look"], "the text takes the place of the picture");
        live.hears(ANA, "well?").await;
        let run = runs.next().await;
        let [lost] = &run.turn.undelivered[..] else { panic!("{:?}", run.turn.undelivered) };
        assert!(lost.reason.ends_with("The user got the text of the message without the rest."), "{}", lost.reason);
        run.reply("sorry");
        scene.graph.taken(2).await;
        live.shutdown().await;
        assert_eq!(scene.outbox().await, ["failed", "accepted", "accepted"]);
    }
}

#[tokio::test]
async fn an_upload_that_cannot_be_recorded_is_sent_all_the_same() {
    let scene = Scene::new().await;
    scene.store.fails(Op::RecordUpload);
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    runs.next().await.reply(Media::image("image/png", PICTURE));
    assert_eq!(scene.graph.taken(1).await, ["34600000001: <image media.1>"]);
    live.shutdown().await;
    assert_eq!(scene.outbox().await, ["accepted"]);
}

#[tokio::test]
async fn each_kind_has_a_limit_of_its_own() {
    let mut scene = Scene::new().await;
    let limits = &mut scene.settings.media.limits;
    (limits.image, limits.audio, limits.video, limits.document) = (1, 2, 3, 4);
    let sizes: [&'static [u8]; 5] = [b"1", b"12", b"123", b"1234", b"12345"];
    for bytes in sizes {
        scene.graph.has(&bytes.len().to_string(), [Medium::Bytes(bytes)]);
    }
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    for (kind, limit) in [("image", 1), ("sticker", 1), ("audio", 2), ("video", 3), ("document", 4)] {
        for (len, problem) in [(limit, None), (limit + 1, Some("it is too large"))] {
            mail(ANA, kind, json!({ "id": len.to_string() })).post(&live.engine).await;
            let run = runs.next().await;
            assert_eq!(run.turn.messages[0].media_problem.as_deref(), problem, "{kind} of {len} bytes");
            run.reply(Reply::none());
        }
    }
}
