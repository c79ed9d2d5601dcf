//! Parameters of a request in the form that a model family accepts.

use genai::adapter::AdapterKind;
use genai::chat::ReasoningEffort as Effort;

use super::adjusted::AdjustedParameter;
use super::family::{Claude, OpenAiFamily, version};
use super::refused::RefusedParameters;
use super::shape::Shape;
use crate::{ChatMessage, ChatRequest, ToolChoice};

/// Smallest output limit of the Responses API: <https://github.com/vectorize-io/hindsight/issues/58>
const MIN_RESPONSES_TOKENS: u32 = 16;

impl Shape {
    /// Returns the parameters of a request to a model. `refused` are the parameters that the provider has refused before.
    pub(super) fn of(kind: AdapterKind, model: &str, request: &ChatRequest, refused: RefusedParameters) -> Self {
        let mut shape = Self::unchanged(&request.parameters);
        if !request.tools.is_empty() {
            shape.tool_choice = request.tool_choice;
        }
        match kind {
            AdapterKind::OpenAI | AdapterKind::OpenAIResp => shape.openai(kind, model, !request.tools.is_empty()),
            AdapterKind::Anthropic | AdapterKind::BedrockApi | AdapterKind::Vertex => {
                if let Some(claude) = Claude::of(model) {
                    shape.claude(kind, claude, is_thoughtless_tool_round(&request.messages));
                } else if kind == AdapterKind::Vertex {
                    shape.gemini(model);
                } else if kind == AdapterKind::BedrockApi && model.contains("amazon.nova-2") {
                    shape.nova();
                }
            }
            AdapterKind::Gemini => shape.gemini(model),
            _ => {}
        }
        shape.asks_for_reasoning = shape.effort.as_ref().is_some_and(|effort| !matches!(effort, Effort::Zero));
        refused.remove_from(&mut shape);
        shape
    }

    fn openai(&mut self, kind: AdapterKind, model: &str, has_tools: bool) {
        let is_responses = kind == AdapterKind::OpenAIResp;
        if is_responses {
            // https://github.com/langchain-ai/langchain/pull/38336, https://github.com/openai/openai-node/issues/1613
            self.drop_stop_sequences("the Responses API has no stop sequences");
            self.drop_seed("the Responses API has no seed");
            if let Some(tokens) = self.max_tokens.filter(|tokens| *tokens < MIN_RESPONSES_TOKENS) {
                self.adjust(
                    "max_tokens",
                    format!("is sent as {MIN_RESPONSES_TOKENS}, the minimum, instead of {tokens}"),
                );
                self.max_tokens = Some(MIN_RESPONSES_TOKENS);
            }
        }
        let family = OpenAiFamily::of(model);
        if family == OpenAiFamily::Plain {
            self.drop_effort("the model does not reason");
        }
        let OpenAiFamily::Gpt(major, minor) = family else {
            if family == OpenAiFamily::OSeries {
                self.replace_zero_effort(Effort::Low, "low");
                self.drop_sampling();
            }
            return;
        };
        if (major, minor) < (5, 1) {
            self.replace_zero_effort(Effort::Minimal, "minimal");
        }
        let reasons = !matches!(self.effort, Some(Effort::Zero));
        // https://github.com/pipecat-ai/pipecat/issues/4043, https://github.com/danny-avila/LibreChat/issues/14355
        let excludes_tools = (major, minor) >= (5, 5) || (major, minor) >= (5, 2) && self.effort.is_some();
        if !is_responses && has_tools && reasons && excludes_tools {
            if self.effort.is_some() {
                let reason = "is sent as `none`: with tools, the model reasons in the Responses API only (`api = \"responses\"`)";
                self.adjust("reasoning_effort", reason);
            }
            self.effort = Some(Effort::Zero);
        }
        if !matches!(self.effort, Some(Effort::Zero)) {
            self.drop_sampling();
        }
    }

    fn claude(&mut self, kind: AdapterKind, claude: Claude, is_thoughtless_tool_round: bool) {
        self.drop_seed("Anthropic has no seed");
        self.stop_sequences.retain(|stop| !stop.trim().is_empty());
        if !claude.can_think() {
            self.drop_effort("the model does not reason");
        }
        let only_budgets = kind == AdapterKind::BedrockApi && claude.thinks_adaptively();
        if kind == AdapterKind::Vertex || only_budgets {
            self.drop_effort("Waxwing cannot set it with this provider");
        }
        if !claude.can_stop_thinking() {
            self.replace_zero_effort(Effort::Low, "low");
        }
        let mut thinks = self.effort.as_ref().is_some_and(|effort| !matches!(effort, Effort::Zero));
        if thinks && is_thoughtless_tool_round && !claude.thinks_adaptively() {
            // The calls of this round came from another model, or without thoughts. Anthropic requires the thoughts before them:
            // https://github.com/openai/openai-agents-python/issues/1704
            (self.effort, thinks) = (None, false);
        }
        if let Some(effort) = self.effort.clone().filter(|_| thinks && !claude.thinks_adaptively()) {
            self.raise_above_budget(thinking_budget(&effort), claude);
            if kind == AdapterKind::BedrockApi {
                // The default of Bedrock is below the larger budgets: https://github.com/danny-avila/LibreChat/pull/14058
                self.max_tokens = self.max_tokens.or(Some(claude.max_tokens()));
            }
        }
        let thinks_unasked = claude.thinks_by_default() && !matches!(self.effort, Some(Effort::Zero));
        if (thinks || thinks_unasked) && self.tool_choice == ToolChoice::Required {
            // https://platform.claude.com/docs/en/build-with-claude/extended-thinking#extended-thinking-with-tool-use
            self.tool_choice = ToolChoice::Auto;
        }
        if !claude.has_temperature() {
            self.drop_temperature("the model does not support it");
        } else if thinks {
            self.drop_temperature("the model does not support it together with reasoning");
        }
        self.limit_temperature(1.0);
    }

    /// Raises the output limit above the budget of thinking, so that the answer keeps its limit.
    fn raise_above_budget(&mut self, budget: u32, claude: Claude) {
        if let Some(tokens) = self.max_tokens.filter(|tokens| *tokens <= budget) {
            let raised = (budget + tokens).min(claude.max_tokens());
            self.adjust("max_tokens", format!("is sent as {raised}: the model needs more than {budget} to reason"));
            self.max_tokens = Some(raised);
        }
    }

    /// <https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html>
    fn nova(&mut self) {
        if matches!(self.effort, Some(Effort::High)) {
            let reason = "the model does not support it together with the highest reasoning effort";
            self.drop_max_tokens(reason);
            self.drop_temperature(reason);
        }
    }

    fn gemini(&mut self, model: &str) {
        // The API takes 32 bits with a sign: https://ai.google.dev/api/generate-content#generationconfig
        self.seed = self.seed.map(|seed| seed & 0x7fff_ffff);
        self.limit_temperature(2.0);
        if self.stop_sequences.len() > 5 {
            self.adjust("stop_sequences", "is cut to the first 5, the maximum");
            self.stop_sequences.truncate(5);
        }
        // https://ai.google.dev/gemini-api/docs/thinking
        let is_pro = model.contains("pro");
        match version(model, "gemini-") {
            Some(version) if version < (2, 5) => self.drop_effort("the model does not reason"),
            Some((2, _)) if is_pro => self.replace_zero_effort(Effort::Budget(128), "a budget of 128 tokens"),
            Some((2, _)) if matches!(self.effort, Some(Effort::Zero)) => self.effort = Some(Effort::Budget(0)),
            Some(_) if is_pro => self.replace_zero_effort(Effort::Low, "low"),
            Some(_) => self.replace_zero_effort(Effort::Minimal, "minimal"),
            None => {}
        }
    }

    fn drop_sampling(&mut self) {
        // https://github.com/QwenLM/qwen-code/issues/921, https://github.com/huggingface/smolagents/issues/1671
        self.drop_temperature("the model reasons, and chooses it itself");
        self.drop_stop_sequences("the model reasons, and supports none");
    }

    fn drop_temperature(&mut self, reason: &str) {
        if self.temperature.take().is_some() {
            self.adjust("temperature", format!("is not sent: {reason}"));
        }
    }

    fn drop_max_tokens(&mut self, reason: &str) {
        if self.max_tokens.take().is_some() {
            self.adjust("max_tokens", format!("is not sent: {reason}"));
        }
    }

    fn limit_temperature(&mut self, most: f64) {
        if self.temperature.is_some_and(|temperature| temperature > most) {
            self.adjust("temperature", format!("is sent as {most}, the maximum"));
            self.temperature = Some(most);
        }
    }

    fn drop_stop_sequences(&mut self, reason: &str) {
        if !std::mem::take(&mut self.stop_sequences).is_empty() {
            self.adjust("stop_sequences", format!("is not sent: {reason}"));
        }
    }

    fn drop_seed(&mut self, reason: &str) {
        if self.seed.take().is_some() {
            self.adjust("seed", format!("is not sent: {reason}"));
        }
    }

    fn drop_effort(&mut self, reason: &str) {
        if self.effort.take().is_some() {
            self.adjust("reasoning_effort", format!("is not sent: {reason}"));
        }
    }

    fn replace_zero_effort(&mut self, effort: Effort, name: &str) {
        if matches!(self.effort, Some(Effort::Zero)) {
            self.adjust("reasoning_effort", format!("is sent as {name}: the model cannot turn reasoning off"));
            self.effort = Some(effort);
        }
    }

    fn adjust(&mut self, name: &'static str, effect: impl Into<String>) {
        self.adjusted.push(AdjustedParameter::new(name, effect.into()));
    }
}

/// Returns the tokens with which a Claude model may reason. They are those of genai.
pub(super) fn thinking_budget(effort: &Effort) -> u32 {
    match effort {
        Effort::Medium => 8000,
        Effort::High => 24000,
        _ => 1024,
    }
}

/// Returns true if the last message holds results of calls that came without the model's thoughts.
fn is_thoughtless_tool_round(messages: &[ChatMessage]) -> bool {
    let is_answer = |message: &&ChatMessage| matches!(message, ChatMessage::Assistant { .. });
    match (messages.last(), messages.iter().rfind(is_answer)) {
        (Some(ChatMessage::Tools(_)), Some(ChatMessage::Assistant { provider_state, .. })) => provider_state.is_none(),
        _ => false,
    }
}
