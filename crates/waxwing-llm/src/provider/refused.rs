//! Optional parameters that a provider has refused.

use std::sync::atomic::{AtomicU16, Ordering};

use genai::chat::ReasoningEffort as Effort;
use serde_json::Value;

use super::shape::Shape;
use crate::ToolChoice;

/// An optional parameter, without which a request has the same meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    Temperature,
    MaxTokens,
    /// The output limit has another name.
    MaxTokensName,
    StopSequences,
    Seed,
    ReasoningEffort,
    /// The model must be told not to reason.
    Reasoning,
    ReasoningText,
    ToolChoice,
}

/// Words of a refusal of a parameter, in contrast to one of its value.
const MARKS: [&str; 11] = [
    "support",
    "unknown",
    "unrecognized",
    "not permitted",
    "not allowed",
    "deprecated",
    "extra_forbidden",
    "extra inputs",
    "cannot find field",
    "may only be set",
    "unexpected",
];

/// Names of the parameters in the APIs.
const NAMES: [(Refused, &[&str]); 7] = [
    (Refused::MaxTokens, &["max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens"]),
    (Refused::Temperature, &["temperature"]),
    (Refused::StopSequences, &["stop", "stop_sequences", "stopSequences"]),
    (Refused::Seed, &["seed", "random_seed"]),
    (Refused::ReasoningText, &["reasoning.summary", "include", "includeThoughts", "encrypted_content"]),
    (
        Refused::ReasoningEffort,
        &[
            "reasoning_effort",
            "reasoning.effort",
            "reasoning",
            "effort",
            "thinking",
            "thinking.type",
            "thinkingConfig",
            "thinking_config",
            "thinkingBudget",
            "thinkingLevel",
            "output_config.effort",
        ],
    ),
    (Refused::ToolChoice, &["tool_choice", "toolConfig", "tool_config"]),
];

impl Refused {
    /// Finds the optional parameter of a request that a response with an error names.
    pub(super) fn find(status: u16, body: &str, shape: &Shape) -> Option<Self> {
        if !matches!(status, 400 | 422) {
            return None;
        }
        let lower = body.to_lowercase();
        if lower.contains("/v1/responses") && lower.contains("reasoning_effort") {
            return Some(Self::Reasoning).filter(|_| !matches!(shape.effort, Some(Effort::Zero)));
        }
        if !MARKS.iter().any(|mark| lower.contains(mark)) {
            return None;
        }
        let json: Value = serde_json::from_str(body).unwrap_or_default();
        let param = json.pointer("/error/param").and_then(Value::as_str).filter(|param| !param.is_empty());
        let named = |names: &[&str]| match param {
            Some(param) => names.contains(&param),
            None => names.iter().any(|name| is_quoted(body, name)),
        };
        let mut found = NAMES.iter().filter(|(_, names)| named(names)).map(|(refused, _)| *refused);
        let found = found.find(|refused| refused.is_in(shape))?;
        let has_other_name =
            found == Self::MaxTokens && body.contains("max_completion_tokens") && !shape.is_completion_limit;
        Some(if has_other_name { Self::MaxTokensName } else { found })
    }

    fn is_in(self, shape: &Shape) -> bool {
        match self {
            Self::Temperature => shape.temperature.is_some(),
            Self::MaxTokens | Self::MaxTokensName => shape.max_tokens.is_some(),
            Self::StopSequences => !shape.stop_sequences.is_empty(),
            Self::Seed => shape.seed.is_some(),
            Self::ReasoningEffort | Self::Reasoning => shape.effort.is_some(),
            Self::ReasoningText => shape.asks_for_reasoning,
            Self::ToolChoice => shape.tool_choice != ToolChoice::Auto,
        }
    }

    /// Returns the name for the log.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Temperature => "temperature",
            Self::MaxTokens | Self::MaxTokensName => "max_tokens",
            Self::StopSequences => "stop_sequences",
            Self::Seed => "seed",
            Self::ReasoningEffort | Self::Reasoning => "reasoning_effort",
            Self::ReasoningText => "reasoning text",
            Self::ToolChoice => "tool_choice",
        }
    }

    fn bit(self) -> u16 {
        1 << (self as u16)
    }
}

/// Returns true if a text contains a name in quotes, or a name that is no word of a sentence.
fn is_quoted(text: &str, name: &str) -> bool {
    let is_word = !name.contains('_') && name != "temperature";
    let is_edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '_' | '.' | '-'));
    text.match_indices(name).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        is_edge(before) && !(is_word && before == Some(' ')) && is_edge(text[start + name.len()..].chars().next())
    })
}

/// The parameters that a provider has refused so far. Requests go without them.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RefusedParameters(u16);

impl RefusedParameters {
    pub(super) fn remove_from(self, shape: &mut Shape) {
        let has = |refused: Refused| self.0 & refused.bit() != 0;
        if has(Refused::Temperature) {
            shape.temperature = None;
        }
        if has(Refused::MaxTokens) {
            shape.max_tokens = None;
        }
        shape.is_completion_limit = has(Refused::MaxTokensName);
        if has(Refused::StopSequences) {
            shape.stop_sequences.clear();
        }
        if has(Refused::Seed) {
            shape.seed = None;
        }
        if has(Refused::Reasoning) {
            shape.effort = Some(Effort::Zero);
        }
        if has(Refused::ReasoningEffort) {
            shape.effort = None;
        }
        if has(Refused::ReasoningText) || shape.effort.is_none() || matches!(shape.effort, Some(Effort::Zero)) {
            shape.asks_for_reasoning = false;
        }
        if has(Refused::ToolChoice) {
            shape.tool_choice = ToolChoice::Auto;
        }
    }
}

/// Memory of a model about the parameters that its provider refuses.
#[derive(Debug, Default)]
pub(super) struct ParameterMemory(AtomicU16);

/// Bit that is set once the adjusted parameters have been logged.
const LOGGED: u16 = 1 << 15;

impl ParameterMemory {
    pub(super) fn refused(&self) -> RefusedParameters {
        RefusedParameters(self.0.load(Ordering::Relaxed) & !LOGGED)
    }

    /// Remembers a parameter. Returns false if it was known already.
    pub(super) fn remember(&self, refused: Refused) -> bool {
        self.0.fetch_or(refused.bit(), Ordering::Relaxed) & refused.bit() == 0
    }

    /// Returns true at the first call.
    pub(super) fn is_first_log(&self) -> bool {
        self.0.fetch_or(LOGGED, Ordering::Relaxed) & LOGGED == 0
    }
}
