//! What answers took, and what that costs.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::TokenUsage;

/// Prices by the names of models, in whatever currency the caller counts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Prices(HashMap<String, Price>);

impl Prices {
    /// No prices yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the price of a model, by the name that [`ChatModel::name`](crate::ChatModel::name) gives.
    pub fn with(mut self, model: impl Into<String>, price: Price) -> Self {
        self.0.insert(model.into(), price);
        self
    }

    /// What an answer of a model costs; nothing is known of a model without a price.
    pub fn cost(&self, model: &str, usage: &TokenUsage) -> Option<f64> {
        self.0.get(model).map(|price| price.cost(usage))
    }
}

/// What a model costs, per million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Tokens read.
    pub input: f64,
    /// Tokens read that the provider had in a cache; as `input` if not set.
    #[serde(default)]
    pub cached_input: Option<f64>,
    /// Tokens written, those of reasoning included.
    pub output: f64,
}

impl Price {
    /// So much per million tokens read and written.
    pub const fn new(input: f64, output: f64) -> Self {
        Self { input, cached_input: None, output }
    }

    fn cost(&self, usage: &TokenUsage) -> f64 {
        let fresh = usage.input.saturating_sub(usage.cached_input);
        let cached = self.cached_input.unwrap_or(self.input);
        millions(fresh) * self.input + millions(usage.cached_input) * cached + millions(usage.output) * self.output
    }
}

#[expect(clippy::cast_precision_loss, reason = "no account has 2^52 tokens")]
fn millions(tokens: u64) -> f64 {
    tokens as f64 / 1e6
}

/// What a run, or all runs of a session, took.
///
/// Answers that were recorded by an earlier try of the same run count as well. Calls that failed do not: nobody says what they took.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct RunUsage {
    /// Answers of models.
    pub answers: u64,
    /// Their tokens.
    pub tokens: TokenUsage,
    /// What they cost, as far as there are prices for their models.
    pub cost: f64,
    /// Those of the answers whose model has no price.
    pub unpriced: u64,
}

impl RunUsage {
    pub(crate) fn count(&mut self, model: &str, usage: TokenUsage, prices: &Prices) {
        let cost = prices.cost(model, &usage);
        *self += Self { answers: 1, tokens: usage, cost: cost.unwrap_or(0.0), unpriced: u64::from(cost.is_none()) };
    }
}

impl std::ops::AddAssign for RunUsage {
    fn add_assign(&mut self, other: Self) {
        self.answers += other.answers;
        self.tokens += other.tokens;
        self.cost += other.cost;
        self.unpriced += other.unpriced;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs() {
        let cached = Price { cached_input: Some(0.5), ..Price::new(2.0, 8.0) };
        let prices = Prices::new().with("plain", Price::new(2.0, 8.0)).with("cached", cached);
        let usage = TokenUsage { cached_input: 500_000, ..TokenUsage::new(1_000_000, 250_000) };
        assert_eq!(prices.cost("plain", &usage), Some(4.0));
        assert_eq!(prices.cost("cached", &usage), Some(3.25));
        assert_eq!(prices.cost("other", &usage), None);

        let mut run = RunUsage::default();
        run.count("plain", usage, &prices);
        run.count("other", TokenUsage::new(1, 1), &prices);
        assert_eq!((run.answers, run.unpriced, run.tokens.input), (2, 1, 1_000_001));
    }
}
