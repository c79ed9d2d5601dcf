//! Media kinds that a model accepts.

/// Media kinds that a model accepts in addition to text.
///
/// The agent replaces media that the model does not accept with a short description.
///
/// ```
/// use waxwing_llm::Modalities;
///
/// let modalities = Modalities::text().with_images().with_documents();
/// assert!(modalities.images && !modalities.audio);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
#[allow(clippy::struct_excessive_bools, reason = "a model accepts each kind on its own")]
pub struct Modalities {
    /// Images: JPEG, PNG, GIF and WebP.
    pub images: bool,
    /// Audio and voice notes, as WAV or MP3 files. With the feature `voice`, voice notes are converted to WAV files; other recordings are
    /// transcribed if the agent has a transcriber.
    pub audio: bool,
    /// Whether models with audio also read Ogg files with Opus audio, as voice notes are, and all other audio formats of WhatsApp. Then no
    /// recording is converted.
    pub opus: bool,
    /// PDF files. Text files need no modality, nor `.docx` and `.xlsx` files with the feature `office`: every model gets up to 64 KiB of their
    /// text.
    pub documents: bool,
}

impl Modalities {
    /// Creates modalities for text only.
    pub const fn text() -> Self {
        Self { images: false, audio: false, opus: false, documents: false }
    }

    /// Images, audio in all formats, and documents.
    pub const fn all() -> Self {
        Self { images: true, audio: true, opus: true, documents: true }
    }

    /// Adds images.
    pub const fn with_images(self) -> Self {
        Self { images: true, ..self }
    }

    /// Adds audio.
    pub const fn with_audio(self) -> Self {
        Self { audio: true, ..self }
    }

    /// Adds audio in all formats of WhatsApp.
    pub const fn with_opus(self) -> Self {
        Self { audio: true, opus: true, ..self }
    }

    /// Adds documents.
    pub const fn with_documents(self) -> Self {
        Self { documents: true, ..self }
    }

    /// Returns the kinds that at least one of the two accepts. Opus must be accepted by each that accepts audio.
    pub(crate) const fn union(self, other: Self) -> Self {
        Self {
            images: self.images || other.images,
            audio: self.audio || other.audio,
            opus: match (self.audio, other.audio) {
                (true, true) => self.opus && other.opus,
                (true, false) => self.opus,
                (false, _) => other.opus,
            },
            documents: self.documents || other.documents,
        }
    }
}
