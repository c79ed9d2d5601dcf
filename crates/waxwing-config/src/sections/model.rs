//! `[models.NAME]`

use schemars::JsonSchema;
use serde::Deserialize;
use waxwing_llm::Price;

use crate::values::{Secret, Time};

/// A language model, and how to reach it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "a model's model is what its provider calls it")]
pub(crate) struct Model {
    /// Whose servers run it: `openai`, `anthropic`, `gemini`, or `openai-compatible` for a server of another that speaks as OpenAI's do, such as those of
    /// llama.cpp, Ollama and vLLM.
    pub(crate) provider: ProviderName,
    /// What the provider calls the model.
    pub(crate) model: String,
    /// The provider's key, such as `"${OPENAI_API_KEY}"`. Only `openai-compatible` servers may do without.
    pub(crate) api_key: Option<Secret>,
    /// The address of the API, such as `http://127.0.0.1:8080/v1`. Needed for `openai-compatible`; the provider's own otherwise.
    pub(crate) base_url: Option<String>,
    /// Which media the model takes beside text: any of `images`, `audio` and `documents`. What it does not take is described to it in words.
    #[serde(default)]
    pub(crate) modalities: Vec<Medium>,
    /// What it costs per million tokens, in whatever currency you count: such as `{ input = 0.25, output = 2.0 }`.
    pub(crate) price: Option<Price>,
    /// How long an answer may take. 2 minutes if not set.
    pub(crate) timeout: Option<Time>,
}

/// Who runs a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ProviderName {
    Openai,
    OpenaiCompatible,
    Anthropic,
    Gemini,
}

/// What a model may take beside text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Medium {
    Images,
    Audio,
    Documents,
}
