//! Choice of the language model, shared by the examples.

use anyhow::{Context as _, bail};
use waxwing::llm::{Modalities, Provider, ProviderModel};

/// Returns the model that the environment variables select.
///
/// | variable | meaning |
/// |---|---|
/// | `OPENAI_API_KEY`, `ANTHROPIC_API_KEY` or `GEMINI_API_KEY` | API key of the provider |
/// | `WAXWING_MODEL_URL` | base URL of an OpenAI-compatible server, such as llama.cpp, Ollama or vLLM: the part before `/chat/completions` |
/// | `WAXWING_MODEL` | name of the model; each of the three providers has a default |
///
/// # Errors
///
/// Fails if none of the first two rows is set, or if a value is not valid.
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
    let model = provider.model(name).context("the settings of the model are not valid")?;
    Ok(model.with_modalities(Modalities::text().with_images()))
}
