//! Language models: `[models.NAME]`.

use schemars::JsonSchema;
use serde::Deserialize;
use waxwing_llm::Price;

use crate::values::{DurationValue, SecretValue};

/// Language model of a provider.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelSection {
    /// Provider of the model: `openai`, `anthropic`, `gemini`, or `openai-compatible` for servers with the API of OpenAI, such as
    /// llama.cpp, Ollama and vLLM.
    pub(crate) provider: ProviderName,
    /// Name of the model at the provider.
    pub(crate) model: String,
    /// API key of the provider, such as `"${OPENAI_API_KEY}"`. Required, except for `openai-compatible`.
    pub(crate) api_key: Option<SecretValue>,
    /// Base URL of the API, such as `http://127.0.0.1:8080/v1`. Required for `openai-compatible`. The URL of the provider if not set.
    pub(crate) base_url: Option<String>,
    /// Modalities that the model accepts in addition to text: `images`, `audio`, `documents`. Other media are described as text.
    #[serde(default)]
    pub(crate) modalities: Vec<ModalityName>,
    /// Context of the model in tokens: the maximum length of a request and its response together, such as `8192`. Longer conversations are
    /// shortened before they are sent. If not set, the length is learned from the first request that the provider refuses as too long; set it
    /// for Ollama, which refuses none and forgets the instructions instead.
    #[schemars(range(min = 256))]
    pub(crate) context: Option<u64>,
    /// Price per million tokens, in a currency of your choice, such as `{ input = 0.25, output = 2.0 }`.
    pub(crate) price: Option<Price>,
    /// Timeout of a model call. 2 minutes if not set.
    pub(crate) timeout: Option<DurationValue>,
}

/// Provider of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ProviderName {
    Openai,
    OpenaiCompatible,
    Anthropic,
    Gemini,
}

/// Modality in addition to text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ModalityName {
    Images,
    Audio,
    Documents,
}
