//! Voice notes, and what becomes of their words.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use waxwing_agent::{Agent as _, Media, MediaKind, Session, Turn, UserMessage};
use waxwing_llm::{Blob, ChatResponse, LlmAgent, Modalities, ModelError, ModelErrorKind, ScriptedModel, Transcriber};

use crate::support::{World, asks, said};

/// Hears what the bytes say.
#[derive(Clone, Default)]
struct Ear {
    calls: Arc<AtomicU32>,
}

#[async_trait]
impl Transcriber for Ear {
    fn name(&self) -> &'static str {
        "ear"
    }

    async fn transcribe(&self, audio: &Blob) -> Result<String, ModelError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        assert_eq!(audio.mime_type, "audio/ogg");
        match &audio.bytes[..] {
            b"deaf" => Err(ModelError::new(ModelErrorKind::Rejected)),
            b"slow" => std::future::pending().await,
            words => Ok(String::from_utf8_lossy(words).into_owned()),
        }
    }
}

fn note(id: &str, words: &'static str) -> UserMessage {
    let media = Media::new(MediaKind::Voice, "audio/ogg; codecs=opus", words.as_bytes());
    let mut message = UserMessage::text("").with_media(media);
    message.id = id.into();
    message
}

#[tokio::test]
async fn words_go_to_the_model_and_into_the_history() {
    let (ear, model, world) = (Ear::default(), ScriptedModel::new(["ok"]), World::default());
    let agent = LlmAgent::builder("a", model.clone()).transcriber(ear.clone()).build().unwrap();
    let turn = Turn::new([note("1", "hello"), note("2", ""), note("3", "there")]);
    for _ in 0..2 {
        agent.run(turn.clone(), &world.run()).await.unwrap();
        assert_eq!(world.heard(), [("1".to_owned(), "hello".to_owned()), ("3".to_owned(), "there".to_owned())]);
    }
    let aloud = "[The user said this aloud, in a medium of the kind voice note; the words may be misheard:]";
    let expected = [
        format!("{aloud}\nhello"),
        "[The user sent a medium without words: voice note]".to_owned(),
        format!("{aloud}\nthere"),
    ];
    assert_eq!(said(&model.requests()[0]), expected);
    assert_eq!((ear.calls.load(Ordering::SeqCst), model.requests().len()), (3, 1), "a repeated run calls nobody");
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_told_to_the_model() {
    let (ear, model, world) = (Ear::default(), ScriptedModel::new(["ok"]), World::default());
    let agent = LlmAgent::builder("a", model.clone()).transcriber(ear).build().unwrap();
    agent.run(note("1", "deaf").into(), &world.run()).await.unwrap();
    let expected = "[The user sent a medium that cannot be put into words: voice note. Reason: the model's provider did not take the request]";
    assert_eq!(said(&model.requests()[0]), [expected]);
    assert!(world.heard().is_empty());
}

#[tokio::test(start_paused = true)]
async fn one_that_hangs_leaves_time_for_the_answer() {
    let model = ScriptedModel::new(["ok"]);
    let agent = LlmAgent::builder("a", model.clone()).transcriber(Ear::default()).build().unwrap();
    let deadline = Instant::now() + Duration::from_mins(1);
    let ctx = waxwing_agent::RunContext::builder("1", Session::new("s")).deadline(deadline).build();
    let start = tokio::time::Instant::now();
    agent.run(note("1", "slow").into(), &ctx).await.unwrap();
    assert!((20..40).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    assert!(said(&model.requests()[0])[0].ends_with("the model did not answer in time: the run's time is up]"));
}

#[tokio::test]
async fn a_model_that_hears_hears_for_itself() {
    let (ear, world) = (Ear::default(), World::default());
    let model = ScriptedModel::new(["ok"]).with_modalities(Modalities::text().with_audio());
    let agent = LlmAgent::builder("a", model.clone()).transcriber(ear.clone()).build().unwrap();
    agent.run(note("1", "hello").into(), &world.run()).await.unwrap();
    assert_eq!(said(&model.requests()[0])[1], "<audio>");
    assert_eq!(ear.calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn what_is_said_meanwhile_is_heard_as_well() {
    let model = ScriptedModel::new([asks(&[("noop", serde_json::json!({}))]), ChatResponse::text("ok")]);
    let agent = LlmAgent::builder("a", model.clone()).transcriber(Ear::default()).build().unwrap();
    let world = World::default();
    world.meanwhile(note("2", "wait"));
    agent.run("hi".into(), &world.run()).await.unwrap();
    assert!(said(&model.requests()[1])[0].ends_with("\nwait"), "{:?}", said(&model.requests()[1]));
}
