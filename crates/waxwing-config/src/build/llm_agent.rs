//! Agents with a language model.

use std::time::Duration;

use waxwing::NetworkPolicy;
use waxwing_llm::{
    HistoryLimit, InvalidProvider, LlmAgent, LlmAgentBuilder, Prices, Provider, ProviderModel, RetryPolicy,
};

use super::Rehearsal;
use super::mcp_servers::McpServers;
use super::tools::{Headers, mcp_server_of, tools};
use crate::description::Description;
use crate::key_path::child;
use crate::provider::{modalities, provider};
use crate::report::ProblemReport;
use crate::sections::{HistorySection, LlmAgentSection, ModelSection, RetrySection};

/// Configuration of an agent with a language model.
pub(super) struct LlmAgentConfig<'a> {
    pub(super) section: &'a LlmAgentSection,
    pub(super) path: &'a str,
    pub(super) description: &'a Description,
    pub(super) network: NetworkPolicy,
    pub(super) rehearsal: Rehearsal<'a>,
    pub(super) servers: &'a McpServers,
    pub(super) headers: &'a Headers,
}

impl LlmAgentConfig<'_> {
    /// Returns the builder of the agent. Returns `None` for an invalid agent, after reporting the errors.
    pub(super) fn builder(&self, name: &str, report: &mut ProblemReport<'_>) -> Option<LlmAgentBuilder> {
        let section = self.section;
        let mut builder = self
            .with_models(name, report)?
            .parameters(section.parameters.clone())
            .canned_messages(section.messages.clone());
        builder = builder.instructions(instructions(section, self.path, self.description, report)?);
        if let Some(history) = section.history.and_then(history) {
            builder = builder.history(history);
        }
        if let Some(zone) = &section.include_time {
            builder = builder.include_time(zone);
        }
        if let Some(bytes) = section.max_media_bytes {
            builder = builder.max_media_bytes(bytes);
        }
        if let Some(retry_section) = section.retry {
            builder = builder.retry(retry(retry_section));
        }
        for (is_set, set) in [
            (section.include_user, LlmAgentBuilder::include_user as fn(LlmAgentBuilder) -> LlmAgentBuilder),
            (section.channel_notes.unwrap_or(true), LlmAgentBuilder::channel_notes),
            (section.show_reasoning, LlmAgentBuilder::show_reasoning),
            (section.summarize, LlmAgentBuilder::summarize),
            (self.rehearsal.skips_tools, LlmAgentBuilder::skip_tools),
            (section.memory, LlmAgentBuilder::memory),
        ] {
            if is_set {
                builder = set(builder);
            }
        }
        Some(self.with_tools(builder, report))
    }

    /// Returns a builder with the models of the agent.
    fn with_models(&self, name: &str, report: &mut ProblemReport<'_>) -> Option<LlmAgentBuilder> {
        let models = &self.description.file.models;
        let mut built = Vec::new();
        let mut prices = Prices::new();
        for name in std::iter::once(&self.section.model).chain(&self.section.fallbacks) {
            let section = models.get(name)?;
            built.push(model(section, &self.provider(section), &child("models", name), report)?);
            if let Some(price) = section.price {
                prices = prices.with(&section.model, price);
            }
        }
        let mut built = built.into_iter();
        let mut builder = LlmAgent::builder(name, built.next()?).prices(prices);
        for fallback in built {
            builder = builder.fallback(fallback);
        }
        if let Some(name) = &self.section.transcriber {
            let section = models.get(name)?;
            let transcriber = self.provider(section).transcriber(&section.model);
            let error = |error: InvalidProvider| report.error(&child(self.path, "transcriber"), error.to_string());
            builder = builder.transcriber(transcriber.map_err(error).ok()?);
        }
        Some(builder)
    }

    fn provider(&self, section: &ModelSection) -> Provider {
        let provider = provider(section, self.network);
        match self.rehearsal.base_url {
            Some(url) => provider.base_url(url),
            None => provider,
        }
    }

    fn with_tools(&self, mut builder: LlmAgentBuilder, report: &mut ProblemReport<'_>) -> LlmAgentBuilder {
        let section = self.section;
        builder = builder.tools(tools(section, self.path, self.description, self.headers, report));
        for name in section.tools.iter().filter_map(|name| mcp_server_of(name)) {
            if let Some((_, tools)) = self.servers.get(name) {
                builder = builder.tools_from(tools.clone());
            }
        }
        for (limit, set) in [
            (
                section.approval_timeout,
                LlmAgentBuilder::approval_timeout as fn(LlmAgentBuilder, Duration) -> LlmAgentBuilder,
            ),
            (section.tool_timeout, LlmAgentBuilder::tool_timeout),
        ] {
            if let Some(limit) = limit {
                builder = set(builder, limit.0);
            }
        }
        if section.approval_reactions {
            builder = builder.approval_reactions();
        }
        if let Some(turns) = section.max_turns {
            builder = builder.max_turns(turns);
        }
        if let Some(cost) = section.max_cost {
            builder = builder.max_cost(cost);
        }
        if let Some(calls) = section.max_tool_calls {
            builder = builder.max_tool_calls(size(calls));
        }
        builder
    }
}

/// Returns a model. Returns `None` for an invalid model, after reporting the error.
fn model(
    section: &ModelSection,
    provider: &Provider,
    path: &str,
    report: &mut ProblemReport<'_>,
) -> Option<ProviderModel> {
    let model = provider.model(&section.model).map_err(|error| report.key_error(path, error.to_string()));
    let model = model.ok()?.with_modalities(modalities(section));
    Some(match section.context {
        Some(tokens) => model.with_context(tokens),
        None => model,
    })
}

/// Returns the instructions, which may be empty. Returns `None` if their file cannot be read, after reporting the error.
fn instructions(
    section: &LlmAgentSection,
    path: &str,
    description: &Description,
    report: &mut ProblemReport<'_>,
) -> Option<String> {
    let Some(name) = &section.instructions_file else { return Some(section.instructions.clone().unwrap_or_default()) };
    let text = std::fs::read_to_string(description.dir.join(name));
    let path = child(path, "instructions_file");
    let text = text.map_err(|error| report.error(&path, format!("cannot read `{name}`: {error}")));
    text.ok().map(|text| text.trim().to_owned())
}

fn size(size: u32) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}

fn history(section: HistorySection) -> Option<HistoryLimit> {
    section.turns.map(size).map(HistoryLimit::Turns).or(section.tokens.map(size).map(HistoryLimit::Tokens))
}

fn retry(section: RetrySection) -> RetryPolicy {
    let default = RetryPolicy::default();
    default
        .with_max_attempts(section.max_attempts.unwrap_or(default.max_attempts))
        .with_initial_backoff(section.initial_backoff.map_or(default.initial_backoff, |duration| duration.0))
        .with_max_backoff(section.max_backoff.map_or(default.max_backoff, |duration| duration.0))
}
