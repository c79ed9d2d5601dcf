//! Conversion of files of users to what a model can read.

use tokio::sync::Semaphore;
use waxwing_agent::{Media, MediaKind};
use waxwing_media::{Limits, MediaError, Text};

use crate::{Blob, Modalities};

/// Number of conversions that run at the same time in a process.
static CONVERSIONS: Semaphore = Semaphore::const_new(2);

/// MIME types of audio that each model with audio accepts.
///
/// <https://platform.openai.com/docs/guides/audio>
const WIDELY_ACCEPTED: [&str; 2] = ["audio/wav", "audio/mpeg"];

/// Returns the text of a document, or why it has none.
pub(super) async fn text(media: &Media) -> Result<Text, MediaError> {
    let limits = Limits::default();
    if media.len() > limits.input_bytes as u64 {
        return Err(MediaError::TooLarge);
    }
    let bytes = media.read().await.map_err(|_| MediaError::Damaged)?;
    blocking(move || waxwing_media::document_text(&bytes, &limits)).await
}

/// Returns whether the agent can give a recording to models that accept audio. If not, the recording is transcribed.
pub(in crate::agent) fn is_audible(media: &Media, modalities: Modalities) -> bool {
    let mime_type = waxwing_media::canonical_type(media.mime_type());
    let is_converted = cfg!(feature = "voice") && mime_type == "audio/ogg";
    modalities.audio && (modalities.opus || is_converted || WIDELY_ACCEPTED.contains(&mime_type.as_str()))
}

/// Returns a recording in a format that the models accept, and other files unchanged.
pub(super) async fn for_models(blob: Blob, kind: MediaKind, modalities: Modalities) -> Result<Blob, MediaError> {
    let is_recording = matches!(kind, MediaKind::Audio | MediaKind::Voice);
    let blob = Blob { mime_type: waxwing_media::canonical_type(&blob.mime_type), ..blob };
    if !is_recording || modalities.opus || WIDELY_ACCEPTED.contains(&blob.mime_type.as_str()) {
        return Ok(blob);
    }
    let Blob { mime_type, name, bytes } = blob;
    let wav = blocking(move || waxwing_media::wav(&bytes, &mime_type, &Limits::default())).await?;
    let name = name.map(|name| waxwing_media::file_name(&name, wav.mime_type));
    Ok(Blob { name, ..Blob::new(wav.mime_type, wav.bytes) })
}

/// Runs a conversion on a thread for blocking work. A decoder that panics costs the file, not the turn.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, MediaError> + Send + 'static,
) -> Result<T, MediaError> {
    let turn = CONVERSIONS.acquire().await.map_err(|_| MediaError::TooSlow)?;
    let work = move || {
        let _turn = turn;
        work()
    };
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(MediaError::Damaged))
}
