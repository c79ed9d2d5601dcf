//! The seam: what a language model is to everything else here.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{ChatRequest, ChatResponse, ModelError};

/// A language model that can be talked to.
///
/// A call is made once; whether to make it again is for the caller to decide, by what [`ModelError`] says. No type of a provider's library is
/// part of it, so a test, a cache or a proxy can stand in for a provider.
#[async_trait]
pub trait ChatModel: Send + Sync {
    /// What the model is called: in prices, in usage and in the log.
    fn name(&self) -> &str;

    /// Which media it takes beside text.
    fn modalities(&self) -> Modalities {
        Modalities::text()
    }

    /// Asks for the next message of a conversation.
    ///
    /// # Errors
    ///
    /// Where no answer came, or one that nobody can read.
    async fn chat(&self, request: &ChatRequest) -> Result<ChatResponse, ModelError>;
}

#[async_trait]
impl<T: ChatModel + ?Sized> ChatModel for Arc<T> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn modalities(&self) -> Modalities {
        (**self).modalities()
    }

    async fn chat(&self, request: &ChatRequest) -> Result<ChatResponse, ModelError> {
        (**self).chat(request).await
    }
}

/// Which media a model takes beside text. What it does not take is described to it in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Modalities {
    /// Pictures: JPEG, PNG, GIF, WebP.
    pub images: bool,
    /// Sounds and voice notes. WhatsApp's are Ogg with Opus, which not every model that hears can read.
    pub audio: bool,
    /// PDF files. Small text files are given as text to every model.
    pub documents: bool,
}

impl Modalities {
    /// Text alone.
    pub const fn text() -> Self {
        Self { images: false, audio: false, documents: false }
    }

    /// All of them.
    pub const fn all() -> Self {
        Self { images: true, audio: true, documents: true }
    }

    /// Pictures too.
    pub const fn with_images(self) -> Self {
        Self { images: true, ..self }
    }

    /// Sounds too.
    pub const fn with_audio(self) -> Self {
        Self { audio: true, ..self }
    }

    /// Documents too.
    pub const fn with_documents(self) -> Self {
        Self { documents: true, ..self }
    }

    /// What one of them takes.
    pub(crate) const fn union(self, other: Self) -> Self {
        Self {
            images: self.images || other.images,
            audio: self.audio || other.audio,
            documents: self.documents || other.documents,
        }
    }
}
