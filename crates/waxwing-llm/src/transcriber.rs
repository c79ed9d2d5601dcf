//! Interface to a speech-to-text model.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{Blob, ModelError};

/// A speech-to-text model.
///
/// [`Provider::transcriber`](crate::Provider::transcriber) implements the trait for the API of OpenAI.
///
/// ```
/// use async_trait::async_trait;
/// use waxwing_agent::{Agent as _, Media, MediaKind, RunContext, UserMessage};
/// use waxwing_llm::{Blob, LlmAgent, ModelError, ScriptedModel, Transcriber};
///
/// struct FixedTranscript(&'static str);
///
/// #[async_trait]
/// impl Transcriber for FixedTranscript {
///     fn name(&self) -> &str {
///         "fixed"
///     }
///
///     async fn transcribe(&self, _audio: &Blob) -> Result<String, ModelError> {
///         Ok(self.0.to_owned())
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), waxwing_agent::AgentError> {
/// let agent = LlmAgent::builder("shop", ScriptedModel::new(["We open at nine."]))
///     .transcriber(FixedTranscript("When do you open?"))
///     .build()?;
/// let voice_note = Media::new(MediaKind::Voice, "audio/ogg", b"OggS".to_vec());
/// agent.run(UserMessage::text("").with_media(voice_note).into(), &RunContext::in_memory("34600000000")).await?;
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait Transcriber: Send + Sync {
    /// Returns the name of the model, as it appears in logs.
    fn name(&self) -> &str;

    /// Returns the text of a recording; an empty text if nothing is spoken in it. One call sends one request; the caller retries.
    ///
    /// # Errors
    ///
    /// Returns an error if no response arrives or the response cannot be read. [`ModelError::is_retryable`] states whether a retry may help.
    async fn transcribe(&self, audio: &Blob) -> Result<String, ModelError>;
}

#[async_trait]
impl<T: Transcriber + ?Sized> Transcriber for Arc<T> {
    fn name(&self) -> &str {
        (**self).name()
    }

    async fn transcribe(&self, audio: &Blob) -> Result<String, ModelError> {
        (**self).transcribe(audio).await
    }
}
