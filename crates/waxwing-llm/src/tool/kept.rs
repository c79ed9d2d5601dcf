//! What came of a call, as the journal keeps it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use waxwing_agent::{AgentError, Media, MediaKind};

use super::ToolOutput;
use super::state::Changes;

/// The longest text that the model gets to read of one call, in bytes.
const MAX_TEXT: usize = 64 * 1024;

/// The largest media of one call together, in bytes.
const MAX_MEDIA: u64 = 16 * 1024 * 1024;

/// What came of a call.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    media: Vec<KeptMedia>,
    /// What the call changed in the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) changes: Option<Changes>,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptMedia {
    kind: String,
    mime_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    filename: Option<String>,
    base64: String,
}

impl Outcome {
    /// Words alone.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self { text: clipped(text.into()), media: Vec::new(), changes: None }
    }

    /// All of it, media included.
    pub(crate) async fn of(output: ToolOutput) -> Result<Self, AgentError> {
        if output.media.iter().map(Media::len).sum::<u64>() > MAX_MEDIA {
            return Err(AgentError::new("what it made is too large to be sent"));
        }
        let mut outcome = Self::text(output.text);
        for media in &output.media {
            outcome.media.push(KeptMedia {
                kind: media.kind().as_str().to_owned(),
                mime_type: media.mime_type().to_owned(),
                filename: media.filename().map(str::to_owned),
                base64: BASE64_STANDARD.encode(media.read().await?),
            });
        }
        if outcome.text.is_empty() {
            outcome.text = match &outcome.media[..] {
                [] => "Done.".to_owned(),
                media => format!("Done. The user gets: {}.", join(media.iter().map(|media| media.kind.as_str()))),
            };
        }
        Ok(outcome)
    }

    /// The media.
    pub(crate) fn media(&self) -> Result<Vec<Media>, AgentError> {
        self.media.iter().map(KeptMedia::media).collect()
    }
}

impl KeptMedia {
    fn media(&self) -> Result<Media, AgentError> {
        let media = Media::new(kind(&self.kind), self.mime_type.as_str(), BASE64_STANDARD.decode(&self.base64)?);
        Ok(match &self.filename {
            Some(filename) => media.named(filename.as_str()),
            None => media,
        })
    }
}

/// A kind by its name; one that is not known is a file to the user.
fn kind(name: &str) -> MediaKind {
    [MediaKind::Image, MediaKind::Video, MediaKind::Audio, MediaKind::Voice, MediaKind::Sticker]
        .into_iter()
        .find(|kind| kind.as_str() == name)
        .unwrap_or(MediaKind::Document)
}

fn clipped(mut text: String) -> String {
    if text.len() > MAX_TEXT {
        text.truncate(text.floor_char_boundary(MAX_TEXT));
        text.push_str("\n[The rest was left out.]");
    }
    text
}

fn join<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn media_survive_the_journal() {
        let picture = Media::image("image/png", vec![1, 2]);
        let note = Media::new(MediaKind::Voice, "audio/ogg", vec![3]);
        let file = Media::document("a.pdf", "application/pdf", vec![4]);
        let output = ToolOutput::from(picture.clone()).with_media(note.clone()).with_media(file.clone());
        let outcome = Outcome::of(output).await.unwrap();
        assert_eq!(outcome.text, "Done. The user gets: image, voice note, document.");
        let journaled = serde_json::to_vec(&outcome).unwrap();
        let outcome: Outcome = serde_json::from_slice(&journaled).unwrap();
        assert_eq!(outcome.media().unwrap(), [picture, note, file]);
    }

    #[tokio::test]
    async fn what_is_too_large() {
        let outcome = Outcome::of("é".repeat(MAX_TEXT).into()).await.unwrap();
        assert!(outcome.text.len() < MAX_TEXT + 100 && outcome.text.ends_with("left out.]"));
        let huge = Media::from_file(MediaKind::Video, "video/mp4", "/nowhere", MAX_MEDIA + 1);
        assert_eq!(Outcome::of(huge.into()).await.unwrap_err().to_string(), "what it made is too large to be sent");
    }
}
