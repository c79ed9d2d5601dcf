//! Agents with a language model.

use std::time::Duration;

use waxwing_llm::{
    HistoryLimit, InvalidProvider, LlmAgent, LlmAgentBuilder, Modalities, Prices, Provider, ProviderModel, RetryPolicy,
};

use super::servers::Servers;
use super::tools::{server_of, tools};
use crate::config::Config;
use crate::document::below;
use crate::problem::Report;
use crate::sections::{self, LanguageAgent, Medium, Model, ProviderName};

/// An agent that is to be made.
pub(super) struct Language<'a> {
    pub(super) it: &'a LanguageAgent,
    pub(super) path: &'a str,
    pub(super) config: &'a Config,
    pub(super) servers: &'a Servers,
}

impl Language<'_> {
    /// The agent, about to be made. None if something is wrong with it, which is in the report then.
    pub(super) fn builder(&self, name: &str, report: &mut Report<'_>) -> Option<LlmAgentBuilder> {
        let it = self.it;
        let mut builder =
            self.asking(name, report)?.parameters(it.parameters.clone()).canned_messages(it.messages.clone());
        builder = builder.instructions(instructions(it, self.path, self.config, report)?);
        if let Some(history) = it.history.and_then(history) {
            builder = builder.history(history);
        }
        if let Some(zone) = &it.include_time {
            builder = builder.include_time(zone);
        }
        if let Some(bytes) = it.max_media_bytes {
            builder = builder.max_media_bytes(bytes);
        }
        if let Some(described) = it.retry {
            builder = builder.retry(retry(described));
        }
        for (is_set, set) in [
            (it.include_user, LlmAgentBuilder::include_user as fn(LlmAgentBuilder) -> LlmAgentBuilder),
            (it.show_reasoning, LlmAgentBuilder::show_reasoning),
            (it.summarize, LlmAgentBuilder::summarize),
            (it.memory, LlmAgentBuilder::memory),
        ] {
            if is_set {
                builder = set(builder);
            }
        }
        Some(self.with_tools(builder, report))
    }

    /// With the models that are asked.
    fn asking(&self, name: &str, report: &mut Report<'_>) -> Option<LlmAgentBuilder> {
        let models = &self.config.file.models;
        let mut made = Vec::new();
        let mut prices = Prices::new();
        for name in std::iter::once(&self.it.model).chain(&self.it.fallbacks) {
            let described = models.get(name)?;
            made.push(model(described, &below("models", name), report)?);
            if let Some(price) = described.price {
                prices = prices.with(&described.model, price);
            }
        }
        let mut made = made.into_iter();
        let mut builder = LlmAgent::builder(name, made.next()?).prices(prices);
        for fallback in made {
            builder = builder.fallback(fallback);
        }
        if let Some(name) = &self.it.transcriber {
            let described = models.get(name)?;
            let transcriber = provider(described).transcriber(&described.model);
            let error = |error: InvalidProvider| report.error(&below(self.path, "transcriber"), error.to_string());
            builder = builder.transcriber(transcriber.map_err(error).ok()?);
        }
        Some(builder)
    }

    fn with_tools(&self, mut builder: LlmAgentBuilder, report: &mut Report<'_>) -> LlmAgentBuilder {
        let it = self.it;
        builder = builder.tools(tools(it, self.path, self.config, report));
        for name in it.tools.iter().filter_map(|name| server_of(name)) {
            if let Some((_, tools)) = self.servers.get(name) {
                builder = builder.tools_from(tools.clone());
            }
        }
        for (limit, set) in [
            (
                it.approval_timeout,
                LlmAgentBuilder::approval_timeout as fn(LlmAgentBuilder, Duration) -> LlmAgentBuilder,
            ),
            (it.tool_timeout, LlmAgentBuilder::tool_timeout),
        ] {
            if let Some(limit) = limit {
                builder = set(builder, limit.0);
            }
        }
        if let Some(turns) = it.max_turns {
            builder = builder.max_turns(turns);
        }
        if let Some(cost) = it.max_cost {
            builder = builder.max_cost(cost);
        }
        if let Some(calls) = it.max_tool_calls {
            builder = builder.max_tool_calls(size(calls));
        }
        builder
    }
}

/// Who runs a model.
fn provider(it: &Model) -> Provider {
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
    match it.timeout {
        Some(timeout) => provider.timeout(timeout.0),
        None => provider,
    }
}

/// A model; none if something is wrong with it.
fn model(it: &Model, path: &str, report: &mut Report<'_>) -> Option<ProviderModel> {
    let modalities = it.modalities.iter().fold(Modalities::text(), |modalities, medium| match medium {
        Medium::Images => modalities.with_images(),
        Medium::Audio => modalities.with_audio(),
        Medium::Documents => modalities.with_documents(),
    });
    let model = provider(it).model(&it.model).map_err(|error| report.key_error(path, error.to_string()));
    model.ok().map(|model| model.with_modalities(modalities))
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

fn history(it: sections::History) -> Option<HistoryLimit> {
    it.turns.map(size).map(HistoryLimit::Turns).or(it.tokens.map(size).map(HistoryLimit::Tokens))
}

fn retry(it: sections::Retry) -> RetryPolicy {
    let default = RetryPolicy::default();
    default
        .with_max_attempts(it.max_attempts.unwrap_or(default.max_attempts))
        .with_initial_backoff(it.initial_backoff.map_or(default.initial_backoff, |time| time.0))
        .with_max_backoff(it.max_backoff.map_or(default.max_backoff, |time| time.0))
}
