//! Report of a parameter that a model does not accept as it is set.

use std::fmt;

/// A parameter that is sent to a model in another form than it is set, or not at all: see
/// [`Provider::adjusted_parameters`](crate::Provider::adjusted_parameters).
///
/// ```
/// use waxwing_llm::{Modalities, ModelParameters, Provider};
///
/// let parameters = ModelParameters::default().with_temperature(0.3);
/// let (provider, text) = (Provider::openai("sk-1"), Modalities::text());
/// let adjusted = provider.adjusted_parameters("gpt-5-mini", text, &parameters);
/// assert_eq!(adjusted[0].name(), "temperature");
/// assert!(adjusted[0].to_string().starts_with("`temperature` is not sent"));
/// assert!(provider.adjusted_parameters("gpt-4.1", text, &parameters).is_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdjustedParameter {
    name: &'static str,
    effect: String,
}

impl AdjustedParameter {
    /// Creates a report. `effect` follows the name in a sentence.
    pub(super) fn new(name: &'static str, effect: String) -> Self {
        Self { name, effect }
    }

    /// Returns the name of the parameter, as [`ModelParameters`](crate::ModelParameters) names it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the effect without the name, such as `is not sent: the model does not reason`.
    pub fn effect(&self) -> &str {
        &self.effect
    }
}

impl fmt::Display for AdjustedParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.name, self.effect)
    }
}
