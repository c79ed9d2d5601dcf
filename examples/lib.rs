//! The choice of the language model, which the examples share.

use anyhow::{Context as _, bail};
use waxwing::llm::{Modalities, Provider, ProviderModel};

/// The model that the environment names.
///
/// | variable | |
/// |---|---|
/// | `OPENAI_API_KEY`, `ANTHROPIC_API_KEY` or `GEMINI_API_KEY` | asks that provider |
/// | `WAXWING_MODEL_URL` | asks a server that speaks as OpenAI's does instead: llama.cpp, Ollama, vLLM; what comes before `/chat/completions` |
/// | `WAXWING_MODEL` | which of its models; there is a default for each of the three |
///
/// # Errors
///
/// If there is none of them, or what they say cannot be right.
pub fn model() -> anyhow::Result<ProviderModel> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let (provider, usual) = if let Some(url) = variable("WAXWING_MODEL_URL") {
        (Provider::openai_compatible(url), "default")
    } else if let Some(key) = variable("OPENAI_API_KEY") {
        (Provider::openai(key), "gpt-5-mini")
    } else if let Some(key) = variable("ANTHROPIC_API_KEY") {
        (Provider::anthropic(key), "claude-sonnet-4-5")
    } else if let Some(key) = variable("GEMINI_API_KEY") {
        (Provider::gemini(key), "gemini-2.5-flash")
    } else {
        bail!("no model: set OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY or WAXWING_MODEL_URL");
    };
    let name = variable("WAXWING_MODEL").unwrap_or_else(|| usual.to_owned());
    let model = provider.model(name).context("the model cannot be asked")?;
    Ok(model.with_modalities(Modalities::text().with_images()))
}
