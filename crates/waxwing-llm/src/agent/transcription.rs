//! Transcription of the recordings in a turn.

use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::time::Instant;
use waxwing_agent::{AgentError, Media, MediaKind, RunContext, UserMessage};

use super::LlmAgent;
use super::prompt::{Transcript, Transcripts, is_audible};
use super::retry::{model_deadline, with_retries};
use crate::{Blob, Transcriber};

/// Maximum size of a recording, in bytes. OpenAI accepts no larger ones.
const MAX_RECORDING: u64 = 25 * 1024 * 1024;

/// Maximum length of a transcript, in bytes: about an hour of speech.
const MAX_TRANSCRIPT: usize = 64 * 1024;

impl LlmAgent {
    /// Transcribes recordings, unless a model of the agent accepts them. Each transcript is a journaled step and is added to the history.
    pub(super) async fn transcribe(
        &self,
        messages: &[UserMessage],
        ctx: &RunContext,
    ) -> Result<Transcripts, AgentError> {
        let Some(transcriber) = &self.transcriber else {
            return Ok(Transcripts::new());
        };
        let modalities = self.models.modalities();
        let recordings = messages.iter().filter_map(|message| Some((message, recording(message)?)));
        let recordings = recordings.filter(|(_, media)| !is_audible(media, modalities));
        let transcripts = try_join_all(recordings.map(|(message, media)| async move {
            let step = format!("{}: transcript {}", self.name, message.id);
            let work = async { Ok::<_, AgentError>(self.transcript(&**transcriber, media, ctx).await) };
            let transcript = ctx.step(step, work).await?;
            if let Transcript::Text(text) = &transcript
                && !text.is_empty()
            {
                ctx.record_transcript(&message.id, text);
            }
            Ok::<_, AgentError>((message.id.clone(), transcript))
        }));
        Ok(transcripts.await?.into_iter().collect())
    }

    async fn transcript(&self, transcriber: &dyn Transcriber, media: &Media, ctx: &RunContext) -> Transcript {
        if media.len() > MAX_RECORDING {
            return Transcript::Failed("it is too large".into());
        }
        let Ok(bytes) = media.read().await else { return Transcript::Failed("it cannot be read".into()) };
        let blob = Blob::new(waxwing_media::essence(media.mime_type()), bytes);
        // Half of the time is left for the model.
        let deadline = model_deadline(ctx).map(|deadline| {
            let left = deadline.saturating_duration_since(Instant::now());
            Instant::now() + Duration::max(left / 2, Duration::from_millis(1))
        });
        let request = || transcriber.transcribe(&blob);
        match with_retries(self.models.retry, transcriber.name(), deadline, request, |_, _| {}).await {
            Ok(mut text) => {
                text.truncate(text.floor_char_boundary(MAX_TRANSCRIPT));
                Transcript::Text(text)
            }
            Err(error) => Transcript::Failed(error.to_string()),
        }
    }
}

fn recording(message: &UserMessage) -> Option<&Media> {
    message.media.as_ref().filter(|media| matches!(media.kind(), MediaKind::Audio | MediaKind::Voice))
}
