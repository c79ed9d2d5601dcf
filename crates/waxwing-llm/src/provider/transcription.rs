//! Speech-to-text over the HTTP API of OpenAI.

use std::fmt;

use async_trait::async_trait;
use reqwest::header::HeaderMap;
use reqwest::multipart::{Form, Part};
use serde::Deserialize;
use url::Url;

use super::{Provider, bounded_body, endpoint, errors};
use crate::{Blob, ModelError, ModelErrorKind, Transcriber};

/// Maximum size of a response in bytes, which is the text of many hours of speech.
const MAX_RESPONSE: usize = 1024 * 1024;

/// A speech-to-text model of a [`Provider`]: see [`Provider::transcriber`].
///
/// The model uses the [transcription API](https://platform.openai.com/docs/api-reference/audio/createTranscription) of OpenAI.
///
/// ```
/// use waxwing_llm::{Provider, Transcriber as _};
///
/// let transcriber = Provider::openai("sk-1").transcriber("whisper-1")?.language("es");
/// assert_eq!(transcriber.name(), "whisper-1");
/// # Ok::<(), waxwing_llm::InvalidProvider>(())
/// ```
#[derive(Clone)]
pub struct ProviderTranscriber {
    pub(super) provider: Provider,
    pub(super) url: Url,
    pub(super) name: String,
    pub(super) language: Option<String>,
    pub(super) http: reqwest::Client,
}

#[derive(Deserialize)]
struct Transcription {
    text: String,
}

impl ProviderTranscriber {
    /// Sets the spoken language as an ISO 639-1 code, such as `es`. The model detects the language if none is set.
    pub fn language(mut self, language: impl Into<String>) -> Self {
        self.language = Some(language.into());
        self
    }

    fn headers(&self) -> Result<HeaderMap, ModelError> {
        let Provider { kind, api_key, extras, .. } = &self.provider;
        endpoint::header_map(endpoint::headers(*kind, api_key.as_ref(), extras))
    }
}

/// Prints no API key.
impl fmt::Debug for ProviderTranscriber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderTranscriber")
            .field("provider", &self.provider)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Transcriber for ProviderTranscriber {
    fn name(&self) -> &str {
        &self.name
    }

    async fn transcribe(&self, audio: &Blob) -> Result<String, ModelError> {
        let file = Part::stream(audio.bytes.clone()).file_name(file_name(&audio.mime_type));
        let file = file.mime_str(&audio.mime_type).map_err(errors::from_reqwest)?;
        let form = Form::new().part("file", file).text("model", self.name.clone()).text("response_format", "json");
        let form = match &self.language {
            Some(language) => form.text("language", language.clone()),
            None => form,
        };
        let request = self.http.post(self.url.clone()).headers(self.headers()?).multipart(form);
        let response = request.send().await.map_err(errors::from_reqwest)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = bounded_body::read(response, MAX_RESPONSE).await?;
        if !status.is_success() {
            return Err(errors::from_status(status.as_u16(), &String::from_utf8_lossy(&body), &headers));
        }
        match serde_json::from_slice::<Transcription>(&body) {
            Ok(Transcription { text }) => Ok(text.trim().to_owned()),
            Err(_) => Err(ModelError::new(ModelErrorKind::InvalidResponse).with_detail("it is not a transcript")),
        }
    }
}

/// Returns a file name for the recording. Servers derive the audio format from the extension.
fn file_name(mime_type: &str) -> String {
    let extension = match mime_type {
        "audio/ogg" | "audio/opus" => "ogg",
        "audio/mpeg" | "audio/mp3" => "mp3",
        "audio/wav" | "audio/x-wav" => "wav",
        "audio/webm" => "webm",
        "audio/flac" => "flac",
        "audio/amr" => "amr",
        _ => "m4a",
    };
    format!("audio.{extension}")
}
