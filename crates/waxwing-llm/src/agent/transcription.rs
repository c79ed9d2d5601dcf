//! What is said in voice notes, for models that do not hear.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use waxwing_agent::{AgentError, Media, MediaKind, RunContext, UserMessage};

use super::{LlmAgent, model_chain};
use crate::{Blob, Transcriber};

/// The largest sound that is transcribed, in bytes: OpenAI takes no larger one.
const MAX_SOUND: u64 = 25 * 1024 * 1024;

/// The longest transcript, in bytes: about an hour of speech.
const MAX_WORDS: usize = 64 * 1024;

/// What came of the sounds of a turn, by the ids of their messages.
pub(super) type Transcripts = HashMap<String, Transcript>;

/// What came of a sound.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Transcript {
    /// Its words; empty if there are none.
    Words(String),
    /// Why they are not known. A failure is recorded, too, so that a repeated run tells the model the same.
    Unknown(String),
}

impl LlmAgent {
    /// Transcribes what no model of the agent hears. Each transcript is a step, and goes to the history.
    pub(super) async fn transcripts(
        &self,
        messages: &[UserMessage],
        ctx: &RunContext,
    ) -> Result<Transcripts, AgentError> {
        let Some(transcriber) = self.transcriber.as_ref().filter(|_| !self.modalities().audio) else {
            return Ok(Transcripts::new());
        };
        let sounds = messages.iter().filter_map(|message| Some((message, sound(message)?)));
        let heard = try_join_all(sounds.map(|(message, media)| async move {
            let step = format!("{}: transcript {}", self.name, message.id);
            let work = async { Ok::<_, AgentError>(self.transcript(&**transcriber, media, ctx).await) };
            let transcript = ctx.step(step, work).await?;
            if let Transcript::Words(words) = &transcript
                && !words.is_empty()
            {
                ctx.record_transcript(&message.id, words);
            }
            Ok::<_, AgentError>((message.id.clone(), transcript))
        }));
        Ok(heard.await?.into_iter().collect())
    }

    async fn transcript(&self, transcriber: &dyn Transcriber, media: &Media, ctx: &RunContext) -> Transcript {
        if media.len() > MAX_SOUND {
            return Transcript::Unknown("it is too large".into());
        }
        let Ok(bytes) = media.read().await else { return Transcript::Unknown("it cannot be opened".into()) };
        let mime_type = media.mime_type().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let blob = Blob { mime_type, name: None, bytes };
        // The model needs time as well.
        let deadline = model_chain::deadline(ctx).map(|deadline| {
            let left = deadline.saturating_duration_since(Instant::now());
            Instant::now() + Duration::max(left / 2, Duration::from_millis(1))
        });
        let call = || transcriber.transcribe(&blob);
        match model_chain::attempts(self.retry, transcriber.name(), deadline, call).await {
            Ok(mut words) => {
                words.truncate(words.floor_char_boundary(MAX_WORDS));
                Transcript::Words(words)
            }
            Err(error) => Transcript::Unknown(error.to_string()),
        }
    }
}

fn sound(message: &UserMessage) -> Option<&Media> {
    message.media.as_ref().filter(|media| matches!(media.kind(), MediaKind::Audio | MediaKind::Voice))
}
