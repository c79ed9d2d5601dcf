//! Parameters of one request.

use genai::chat::ReasoningEffort as Effort;

use super::adjusted::AdjustedParameter;
use crate::{ModelParameters, ReasoningEffort, ToolChoice};

/// Parameters of a request in the form that the model accepts.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) temperature: Option<f64>,
    pub(super) max_tokens: Option<u32>,
    /// The limit has the name `max_completion_tokens`.
    pub(super) is_completion_limit: bool,
    pub(super) stop_sequences: Vec<String>,
    pub(super) seed: Option<u64>,
    pub(super) effort: Option<Effort>,
    /// The model is asked for the text of its reasoning.
    pub(super) asks_for_reasoning: bool,
    pub(super) tool_choice: ToolChoice,
    /// Parameters of the settings that are sent in another form, or not at all.
    pub(super) adjusted: Vec<AdjustedParameter>,
}

impl Shape {
    /// Returns the parameters as they are set.
    pub(super) fn unchanged(parameters: &ModelParameters) -> Self {
        let effort = parameters.reasoning_effort.map(|effort| match effort {
            ReasoningEffort::Off => Effort::Zero,
            ReasoningEffort::Low => Effort::Low,
            ReasoningEffort::Medium => Effort::Medium,
            ReasoningEffort::High => Effort::High,
        });
        Self {
            temperature: parameters.temperature,
            max_tokens: parameters.max_tokens,
            is_completion_limit: false,
            stop_sequences: parameters.stop_sequences.clone(),
            seed: parameters.seed,
            effort,
            asks_for_reasoning: false,
            tool_choice: ToolChoice::Auto,
            adjusted: Vec::new(),
        }
    }
}
