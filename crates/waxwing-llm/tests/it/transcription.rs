//! Transcription of voice notes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use waxwing_agent::{Agent as _, Media, MediaKind, Session, Turn, UserMessage};
use waxwing_llm::{Blob, ChatResponse, LlmAgent, Modalities, ModelError, ModelErrorKind, ScriptedModel, Transcriber};

use crate::support::{World, tool_calls, user_parts};

/// Returns the bytes of the recording as its text.
#[derive(Clone, Default)]
struct TextTranscriber {
    calls: Arc<AtomicU32>,
}

#[async_trait]
impl Transcriber for TextTranscriber {
    fn name(&self) -> &'static str {
        "transcriber"
    }

    async fn transcribe(&self, audio: &Blob) -> Result<String, ModelError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        assert_eq!(audio.mime_type, "audio/ogg");
        match &audio.bytes[..] {
            b"reject" => Err(ModelError::new(ModelErrorKind::Rejected)),
            b"hang" => std::future::pending().await,
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
async fn transcripts_go_to_the_model_and_into_the_history() {
    let (transcriber, model, world) = (TextTranscriber::default(), ScriptedModel::new(["ok"]), World::default());
    let agent = LlmAgent::builder("a", model.clone()).transcriber(transcriber.clone()).build().unwrap();
    let turn = Turn::new([note("1", "hello"), note("2", ""), note("3", "there")]);
    for _ in 0..2 {
        agent.run(turn.clone(), &world.run()).await.unwrap();
        assert_eq!(world.transcripts(), [("1".to_owned(), "hello".to_owned()), ("3".to_owned(), "there".to_owned())]);
    }
    let medium = "<media kind=\"voice note\" type=\"audio/ogg\"";
    let expected = [
        format!("<message>\n{medium}>\n<transcript>hello</transcript>\n</media>\n</message>"),
        format!("<message>\n{medium} problem=\"it contains no speech\"/>\n</message>"),
        format!("<message>\n{medium}>\n<transcript>there</transcript>\n</media>\n</message>"),
    ];
    assert_eq!(user_parts(&model.requests()[0]), expected);
    assert_eq!(
        (transcriber.calls.load(Ordering::SeqCst), model.requests().len()),
        (3, 1),
        "a repeated run sends no request"
    );
}

#[tokio::test(start_paused = true)]
async fn the_model_reads_why_a_transcription_failed() {
    let (transcriber, model, world) = (TextTranscriber::default(), ScriptedModel::new(["ok"]), World::default());
    let agent = LlmAgent::builder("a", model.clone()).transcriber(transcriber).build().unwrap();
    agent.run(note("1", "reject").into(), &world.run()).await.unwrap();
    let expected = "problem=\"it could not be transcribed: model provider rejected the request\"/>\n</message>";
    assert!(user_parts(&model.requests()[0])[0].ends_with(expected), "{:?}", user_parts(&model.requests()[0]));
    assert!(world.transcripts().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_hanging_transcription_leaves_time_for_the_answer() {
    let model = ScriptedModel::new(["ok"]);
    let agent = LlmAgent::builder("a", model.clone()).transcriber(TextTranscriber::default()).build().unwrap();
    let deadline = Instant::now() + Duration::from_mins(1);
    let ctx = waxwing_agent::RunContext::builder("1", Session::new("s")).deadline(deadline).build();
    let start = tokio::time::Instant::now();
    agent.run(note("1", "hang").into(), &ctx).await.unwrap();
    assert!((20..40).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    let reason = "model request timed out: the deadline of the run is reached\"";
    assert!(user_parts(&model.requests()[0])[0].contains(reason), "{:?}", user_parts(&model.requests()[0]));
}

#[tokio::test]
async fn a_model_that_accepts_audio_gets_the_recording() {
    let (transcriber, world) = (TextTranscriber::default(), World::default());
    let model = ScriptedModel::new(["ok"]).with_modalities(Modalities::text().with_opus());
    let agent = LlmAgent::builder("a", model.clone()).transcriber(transcriber.clone()).build().unwrap();
    agent.run(note("1", "hello").into(), &world.run()).await.unwrap();
    assert_eq!(user_parts(&model.requests()[0])[1], "<audio>");
    assert_eq!(transcriber.calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn voice_notes_that_arrive_during_a_run_are_transcribed() {
    let model = ScriptedModel::new([tool_calls(&[("noop", serde_json::json!({}))]), ChatResponse::text("ok")]);
    let agent = LlmAgent::builder("a", model.clone()).transcriber(TextTranscriber::default()).build().unwrap();
    let world = World::default();
    world.meanwhile(note("2", "wait"));
    agent.run("hi".into(), &world.run()).await.unwrap();
    let parts = model.requests();
    assert!(user_parts(&parts[1])[0].contains("<transcript>wait</transcript>"), "{:?}", user_parts(&parts[1]));
}
