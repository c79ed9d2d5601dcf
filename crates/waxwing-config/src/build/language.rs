//! Agents with a language model.

use std::time::Duration;

use waxwing_llm::{Accepts, History, LlmAgent, LlmAgentBuilder, Prices, Provider, ProviderModel, Retry};

use super::tools::tools;
use crate::config::Config;
use crate::document::below;
use crate::problem::Report;
use crate::sections::{self, LanguageAgent, Medium, Model, ProviderName};

/// Makes an agent. None if something is wrong with it, which is in the report then.
pub(super) fn agent(
    name: &str,
    it: &LanguageAgent,
    path: &str,
    config: &Config,
    report: &mut Report<'_>,
) -> Option<LlmAgent> {
    let mut models = Vec::new();
    let mut prices = Prices::new();
    for name in std::iter::once(&it.model).chain(&it.fallbacks) {
        let described = config.file.models.get(name)?;
        models.push(model(described, &below("models", name), report)?);
        if let Some(price) = described.price {
            prices = prices.with(&described.model, price);
        }
    }
    let mut models = models.into_iter();
    let mut builder = LlmAgent::builder(name, models.next()?).parameters(it.parameters.clone()).prices(prices);
    for fallback in models {
        builder = builder.fallback(fallback);
    }
    builder = builder.instructions(instructions(it, path, config, report)?);
    if let Some(history) = it.history.and_then(history) {
        builder = builder.history(history);
    }
    if let Some(zone) = &it.tell_time {
        builder = builder.tell_time(zone);
    }
    if it.tell_user {
        builder = builder.tell_user();
    }
    if it.show_reasoning {
        builder = builder.show_reasoning();
    }
    if let Some(bytes) = it.max_media_bytes {
        builder = builder.max_media(bytes);
    }
    if let Some(described) = it.retry {
        builder = builder.retry(retry(described));
    }
    for (limit, set) in [
        (it.approval_timeout, LlmAgentBuilder::approval_timeout as fn(LlmAgentBuilder, Duration) -> LlmAgentBuilder),
        (it.tool_timeout, LlmAgentBuilder::tool_timeout),
    ] {
        if let Some(limit) = limit {
            builder = set(builder, limit.0);
        }
    }
    if let Some(rounds) = it.max_rounds {
        builder = builder.max_rounds(rounds);
    }
    if let Some(calls) = it.max_tool_calls {
        builder = builder.max_tool_calls(size(calls));
    }
    builder = builder.tools(tools(it, path, report)).texts(it.texts.clone());
    builder.build().map_err(|error| report.key_error(path, error.to_string())).ok()
}

/// A model; none if something is wrong with it.
fn model(it: &Model, path: &str, report: &mut Report<'_>) -> Option<ProviderModel> {
    let key = it.api_key.as_ref().map(|key| key.expose().to_owned());
    let mut provider = match (it.provider, key) {
        (ProviderName::Openai, key) => Provider::openai(key.unwrap_or_default()),
        (ProviderName::Anthropic, key) => Provider::anthropic(key.unwrap_or_default()),
        (ProviderName::Gemini, key) => Provider::gemini(key.unwrap_or_default()),
        (ProviderName::OpenaiCompatible, key) => {
            let server = Provider::openai_compatible(it.base_url.clone().unwrap_or_default());
            key.map_or(server.clone(), |key| server.api_key(key))
        }
    };
    if let Some(url) = &it.base_url {
        provider = provider.base_url(url);
    }
    if let Some(timeout) = it.timeout {
        provider = provider.timeout(timeout.0);
    }
    let accepts = it.accepts.iter().fold(Accepts::text(), |accepts, medium| match medium {
        Medium::Images => accepts.and_images(),
        Medium::Audio => accepts.and_audio(),
        Medium::Documents => accepts.and_documents(),
    });
    let model = provider.model(&it.model).map_err(|error| report.key_error(path, error.to_string()));
    model.ok().map(|model| model.accepting(accepts))
}

/// The agent's instructions, empty if it has none; none if their file cannot be read.
fn instructions(it: &LanguageAgent, path: &str, config: &Config, report: &mut Report<'_>) -> Option<String> {
    let Some(name) = &it.instructions_file else { return Some(it.instructions.clone().unwrap_or_default()) };
    let text = std::fs::read_to_string(config.dir.join(name));
    let path = below(path, "instructions_file");
    let text = text.map_err(|error| report.error(&path, format!("`{name}` cannot be read: {error}")));
    text.ok().map(|text| text.trim().to_owned())
}

fn size(size: u32) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}

fn history(it: sections::History) -> Option<History> {
    it.turns.map(size).map(History::Turns).or(it.tokens.map(size).map(History::Tokens))
}

fn retry(it: sections::Retry) -> Retry {
    let default = Retry::default();
    Retry {
        attempts: it.attempts.unwrap_or(default.attempts),
        first_wait: it.first_wait.map_or(default.first_wait, |time| time.0),
        longest_wait: it.longest_wait.map_or(default.longest_wait, |time| time.0),
    }
}
