//! Cost of model responses.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::TokenUsage;

/// Prices of models by name. The currency is the caller's choice and the same for all prices.
///
/// ```
/// use waxwing_llm::{Price, Prices, TokenUsage};
///
/// let prices = Prices::new().with("gpt-5-mini", Price::new(0.25, 2.0).with_cached_input(0.025));
/// let usage = TokenUsage::new(1_000_000, 500_000);
/// assert_eq!(prices.cost("gpt-5-mini", &usage), Some(1.25));
/// assert_eq!(prices.cost("another-model", &usage), None);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Prices(HashMap<String, Price>);

impl Prices {
    /// Creates an empty list of prices.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the price of the model that [`ChatModel::name`](crate::ChatModel::name) returns as `model`.
    pub fn with(mut self, model: impl Into<String>, price: Price) -> Self {
        self.0.insert(model.into(), price);
        self
    }

    /// Returns the cost of a response of `model`, or `None` if the model has no price.
    pub fn cost(&self, model: &str, usage: &TokenUsage) -> Option<f64> {
        self.0.get(model).map(|price| price.cost(usage))
    }
}

/// Price of a model per million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Price {
    /// Price of a million input tokens.
    pub input: f64,
    /// Price of a million input tokens that the provider reads from its cache. The price of `input` if not set.
    #[serde(default)]
    pub cached_input: Option<f64>,
    /// Price of a million output tokens, including reasoning tokens.
    pub output: f64,
}

impl Price {
    /// Creates a price from the prices of a million input tokens and a million output tokens.
    pub const fn new(input: f64, output: f64) -> Self {
        Self { input, cached_input: None, output }
    }

    /// Sets the price of a million input tokens that the provider reads from its cache.
    pub const fn with_cached_input(self, cached_input: f64) -> Self {
        Self { cached_input: Some(cached_input), ..self }
    }

    fn cost(&self, usage: &TokenUsage) -> f64 {
        let uncached = usage.input_tokens.saturating_sub(usage.cached_input_tokens);
        let cached_price = self.cached_input.unwrap_or(self.input);
        millions(uncached) * self.input
            + millions(usage.cached_input_tokens) * cached_price
            + millions(usage.output_tokens) * self.output
    }
}

#[expect(clippy::cast_precision_loss, reason = "token counts stay below 2^52")]
fn millions(tokens: u64) -> f64 {
    tokens as f64 / 1e6
}

/// Usage of a run, or of all runs of a session.
///
/// Responses that an earlier attempt of the same run recorded count as well. Failed requests do not count, because providers do not report
/// their usage.
///
/// An agent reports the usage to [`LlmAgentBuilder::on_usage`](crate::LlmAgentBuilder::on_usage):
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use waxwing_agent::{Agent as _, RunContext};
/// use waxwing_llm::{ChatResponse, LlmAgent, Price, Prices, RunUsage, ScriptedModel, TokenUsage};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), waxwing_agent::AgentError> {
/// let model = ScriptedModel::new([ChatResponse::text("Hello!").with_usage(TokenUsage::new(1000, 100))]);
/// let reported = Arc::new(Mutex::new(RunUsage::default()));
/// let sink = reported.clone();
/// let agent = LlmAgent::builder("guide", model)
///     .prices(Prices::new().with("scripted", Price::new(1.0, 10.0)))
///     .on_usage(move |usage, _ctx| *sink.lock().unwrap() += *usage)
///     .build()?;
/// agent.run("Hi".into(), &RunContext::in_memory("34600000000")).await?;
/// let usage = *reported.lock().unwrap();
/// assert_eq!((usage.responses, usage.tokens.output_tokens), (1, 100));
/// assert!((usage.cost - 0.002).abs() < 1e-9);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct RunUsage {
    /// Number of model responses, with those that were no answer, such as empty ones.
    pub responses: u64,
    /// Tokens of all responses.
    pub tokens: TokenUsage,
    /// Cost of the responses whose model has a price, in the currency of the prices.
    pub cost: f64,
    /// Number of responses whose model has no price.
    pub unpriced_responses: u64,
}

impl RunUsage {
    pub(crate) fn add_response(&mut self, model: &str, tokens: TokenUsage, prices: &Prices) {
        let cost = prices.cost(model, &tokens);
        let unpriced_responses = u64::from(cost.is_none());
        *self += Self { responses: 1, tokens, cost: cost.unwrap_or(0.0), unpriced_responses };
    }
}

impl std::ops::AddAssign for RunUsage {
    fn add_assign(&mut self, other: Self) {
        self.responses += other.responses;
        self.tokens += other.tokens;
        self.cost += other.cost;
        self.unpriced_responses += other.unpriced_responses;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_follow_the_prices_of_the_model() {
        let prices = Prices::new()
            .with("plain", Price::new(2.0, 8.0))
            .with("cached", Price::new(2.0, 8.0).with_cached_input(0.5));
        let usage = TokenUsage::new(1_000_000, 250_000).with_cached_input_tokens(500_000);
        assert_eq!(prices.cost("plain", &usage), Some(4.0));
        assert_eq!(prices.cost("cached", &usage), Some(3.25));
        assert_eq!(prices.cost("other", &usage), None);

        let mut run = RunUsage::default();
        run.add_response("plain", usage, &prices);
        run.add_response("other", TokenUsage::new(1, 1), &prices);
        assert_eq!((run.responses, run.unpriced_responses, run.tokens.input_tokens), (2, 1, 1_000_001));
    }
}
