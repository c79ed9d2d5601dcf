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
pub struct Modalities {
    /// Images: JPEG, PNG, GIF and WebP.
    pub images: bool,
    /// Audio and voice notes. WhatsApp voice notes are Ogg files with Opus audio, which not every audio model can read.
    pub audio: bool,
    /// PDF files. Text files of up to 64 KiB need no modality: every model gets their content as text.
    pub documents: bool,
}

impl Modalities {
    /// Creates modalities for text only.
    pub const fn text() -> Self {
        Self { images: false, audio: false, documents: false }
    }

    /// Images, audio and documents.
    pub const fn all() -> Self {
        Self { images: true, audio: true, documents: true }
    }

    /// Adds images.
    pub const fn with_images(self) -> Self {
        Self { images: true, ..self }
    }

    /// Adds audio.
    pub const fn with_audio(self) -> Self {
        Self { audio: true, ..self }
    }

    /// Adds documents.
    pub const fn with_documents(self) -> Self {
        Self { documents: true, ..self }
    }

    /// Returns the kinds that at least one of the two accepts.
    pub(crate) const fn union(self, other: Self) -> Self {
        Self {
            images: self.images || other.images,
            audio: self.audio || other.audio,
            documents: self.documents || other.documents,
        }
    }
}
