//! The seam to what turns speech into words.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{Blob, ModelError};

/// Something that turns speech into words.
///
/// A call is made once; whether to make it again is for the caller to decide, by what [`ModelError`] says.
#[async_trait]
pub trait Transcriber: Send + Sync {
    /// What it is called, in the log.
    fn name(&self) -> &str;

    /// The words of a sound; empty if there are none.
    ///
    /// # Errors
    ///
    /// Where no answer came, or one that nobody can read.
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
