//! Language models: `[models.NAME]`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use waxwing_llm::Price;

use crate::values::{DurationValue, JsonObject, SecretValue};

/// Language model of a provider.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelSection {
    /// Provider of the model: `openai`, `anthropic`, `gemini`, `bedrock`, `vertex`, or `openai-compatible` for servers with the API of
    /// OpenAI, such as llama.cpp, Ollama, vLLM and Azure.
    pub(crate) provider: ProviderName,
    /// Name of the model at the provider.
    pub(crate) model: String,
    /// API of OpenAI: `responses`, or `chat` for chat completions. If not set, `openai` uses `responses`, or `chat` for a model with the
    /// modality `audio`, and `openai-compatible` uses `chat`.
    pub(crate) api: Option<ApiName>,
    /// API key of the provider, such as `"${OPENAI_API_KEY}"`. Required, except for `openai-compatible`, and for `bedrock` with `aws`. For
    /// `vertex`, an OAuth access token, which Google limits to an hour.
    pub(crate) api_key: Option<SecretValue>,
    /// Access key of AWS for `bedrock`, instead of `api_key`. It signs each request (Signature Version 4).
    pub(crate) aws: Option<AwsSection>,
    /// Base URL of the API, such as `http://127.0.0.1:8080/v1`. Required for `openai-compatible`. The URL of the provider if not set.
    pub(crate) base_url: Option<String>,
    /// Region of `bedrock`, such as `eu-west-1`, or location of `vertex`, such as `europe-west1` or `global`.
    pub(crate) region: Option<String>,
    /// Google Cloud project of `vertex`.
    pub(crate) project: Option<String>,
    /// Headers of each request, such as `{ api-key = "${AZURE_OPENAI_API_KEY}" }` for Azure.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, SecretValue>,
    /// Query parameters of each request, such as `{ api-version = "2024-10-21" }` for Azure.
    #[serde(default)]
    pub(crate) query: BTreeMap<String, String>,
    /// Fields that are added to the JSON body of each request, such as `{ chat_template_kwargs = { enable_thinking = false } }` for vLLM.
    pub(crate) extra_body: Option<JsonObject>,
    /// Modalities that the model accepts in addition to text: `images`, `audio`, `documents`. Other media are described as text.
    /// Voice notes are converted to WAV files, except for Gemini. The text of text files, `.docx` and `.xlsx` files goes to every model.
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

/// Access key of AWS.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AwsSection {
    /// Id of the access key, such as `"${AWS_ACCESS_KEY_ID}"`.
    pub(crate) access_key_id: SecretValue,
    /// Secret of the access key, such as `"${AWS_SECRET_ACCESS_KEY}"`.
    pub(crate) secret_access_key: SecretValue,
    /// Token of a temporary access key, such as `"${AWS_SESSION_TOKEN}"`. AWS refuses the key after some hours: reload the file with a new one
    /// before.
    pub(crate) session_token: Option<SecretValue>,
}

/// Provider of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ProviderName {
    Openai,
    OpenaiCompatible,
    Anthropic,
    Gemini,
    Bedrock,
    Vertex,
}

/// API of OpenAI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ApiName {
    Responses,
    Chat,
}

/// Modality in addition to text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ModalityName {
    Images,
    Audio,
    Documents,
}
