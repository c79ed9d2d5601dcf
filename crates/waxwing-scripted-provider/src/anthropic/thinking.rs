//! Rules of extended thinking.

use serde_json::Value;

use super::model::Model;
use crate::Refusal;
use crate::shape::{items, text};

const THINKING: &str = "https://platform.claude.com/docs/en/build-with-claude/extended-thinking";
const ADAPTIVE: &str = "https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking";

/// Returns true if the request lets the model think.
fn is_on(body: &Value, model: &Model<'_>) -> bool {
    match body.pointer("/thinking/type").and_then(Value::as_str) {
        Some("disabled") => false,
        Some(_) => true,
        None => model.thinks_by_default(),
    }
}

pub(super) fn check(body: &Value, model: &Model<'_>) -> Result<(), Refusal> {
    check_kind(body, model)?;
    if body.pointer("/output_config/effort").is_some() && !model.has_effort() {
        let source = "https://platform.claude.com/docs/en/build-with-claude/effort";
        return Err(Refusal::new("This model does not support the effort parameter.", source));
    }
    if !is_on(body, model) {
        return Ok(());
    }
    if matches!(body.pointer("/tool_choice/type").and_then(Value::as_str), Some("any" | "tool")) {
        // https://github.com/can1357/oh-my-pi/issues/341
        return Err(Refusal::new("Thinking may not be enabled when tool_choice forces tool use.", THINKING));
    }
    if ![None, Some(1.0)].contains(&body["temperature"].as_f64()) {
        let message = "`temperature` may only be set to 1 when thinking is enabled. Please consult our documentation \
            at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#important-considerations-when-using-extended-thinking";
        return Err(Refusal::new(message, THINKING));
    }
    Ok(())
}

fn check_kind(body: &Value, model: &Model<'_>) -> Result<(), Refusal> {
    match body.pointer("/thinking/type").and_then(Value::as_str) {
        None => Ok(()),
        Some("disabled") if model.can_disable_thinking() => Ok(()),
        Some("disabled") => Err(Refusal::new("\"thinking.type.disabled\" is not supported for this model.", ADAPTIVE)),
        Some("adaptive") if model.has_adaptive_thinking() => Ok(()),
        Some("adaptive") => Err(Refusal::new("adaptive thinking is not supported on this model", ADAPTIVE)),
        Some("enabled") if model.has_thinking_budget() => check_budget(body),
        Some("enabled") => {
            let message = "\"thinking.type.enabled\" is not supported for this model. Use \"thinking.type.adaptive\" and \
                \"output_config.effort\" to control thinking behavior.";
            Err(Refusal::new(message, ADAPTIVE))
        }
        Some(_) => {
            let message = "thinking: Input tag found using 'type' does not match any of the expected tags: 'disabled', \
                'enabled', 'adaptive'";
            Err(Refusal::new(message, THINKING))
        }
    }
}

fn check_budget(body: &Value) -> Result<(), Refusal> {
    let budget = body.pointer("/thinking/budget_tokens").and_then(Value::as_u64).unwrap_or(0);
    if budget < 1024 {
        // https://github.com/themaximalist/llm.js/issues/30
        let message = "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024";
        return Err(Refusal::new(message, THINKING));
    }
    if body["max_tokens"].as_u64().unwrap_or(0) <= budget {
        let message = "`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at \
            https://docs.claude.com/en/docs/build-with-claude/extended-thinking#max-tokens-and-context-window-size";
        return Err(Refusal::new(message, THINKING));
    }
    check_first_block(body)
}

/// Checks that the messages of the current tool use begin with the model's thoughts. Adaptive thinking does not need this.
fn check_first_block(body: &Value) -> Result<(), Refusal> {
    let messages = items(body, "messages");
    let is_results = |message: &Value| items(message, "content").iter().any(|part| text(part, "type") == "tool_result");
    if !messages.last().is_some_and(is_results) {
        return Ok(());
    }
    let Some(nth) = messages.iter().rposition(|message| text(message, "role") == "assistant") else { return Ok(()) };
    match items(&messages[nth], "content").first().map(|part| text(part, "type")) {
        Some("thinking" | "redacted_thinking") => Ok(()),
        found => {
            let found = found.unwrap_or("text");
            let message = format!(
                "messages.{nth}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `{found}`. When \
                 `thinking` is enabled, a final `assistant` message must start with a thinking block (preceeding the \
                 lastmost set of `tool_use` and `tool_result` blocks)."
            );
            Err(Refusal::new(message, "https://github.com/openai/openai-agents-python/issues/1704"))
        }
    }
}
