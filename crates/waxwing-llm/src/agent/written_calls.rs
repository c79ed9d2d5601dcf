//! Responses in which a model writes thoughts or calls of tools into its text.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::output::{WrittenCall, clean_response};
use crate::tag::note;
use crate::tool::Toolbox;
use crate::{ChatMessage, ChatModel, ChatRequest, ChatResponse, ContentPart, ModelError, StopReason, ToolCall};

/// Note for a model that wrote a call that is not made.
const NOTE: &str = "Your last response contained a tool call as text. Text cannot call tools. To call a tool, use the tool interface. \
     Otherwise, answer the user without tags.";

/// Asks a model. The text of the response holds neither thoughts nor calls of tools.
///
/// A call in the text is made only if its tool needs no approval, and if no message of the user and no result of a tool contains it: a user
/// or a web page could have put it into the model's mouth. Otherwise the model is asked once more, and `discard` gets the first response with
/// the duration of its request.
///
/// # Errors
///
/// Returns the errors of the model.
pub(super) async fn ask(
    model: &dyn ChatModel,
    request: &ChatRequest,
    toolbox: Option<&Toolbox>,
    discard: impl Fn(&ChatResponse, Duration),
) -> Result<ChatResponse, ModelError> {
    let is_json = request.response_format.is_some();
    let started = Instant::now();
    let (response, calls) = clean_response(model.chat(request).await?, is_json);
    if calls.is_empty() || !response.tool_calls.is_empty() {
        return Ok(response);
    }
    if let Some(calls) = permitted(&calls, request, toolbox) {
        return Ok(with_calls(response, calls));
    }
    tracing::warn!(model = model.name(), "model wrote a tool call as text; asking it again");
    // The deadline of the run may drop the second request.
    discard(&response, started.elapsed());
    let mut again = request.clone();
    // A server that knows the key would repeat its call.
    again.extend_key("note");
    again.messages.push(ChatMessage::user(note(NOTE)));
    let (second, calls) = clean_response(model.chat(&again).await?, is_json);
    match permitted(&calls, request, toolbox) {
        Some(calls) if second.tool_calls.is_empty() => Ok(with_calls(second, calls)),
        _ => Ok(second),
    }
}

/// Returns the calls if all of them may be made, and there is at least one.
fn permitted(calls: &[WrittenCall], request: &ChatRequest, toolbox: Option<&Toolbox>) -> Option<Vec<ToolCall>> {
    let is_permitted = |written: &WrittenCall, call: &ToolCall| {
        let is_known = request.tools.iter().any(|tool| tool.name == call.name);
        let needs_approval = toolbox.is_some_and(|toolbox| toolbox.approval_prompt(call).is_some());
        is_known && call.arguments.is_object() && !needs_approval && !is_quoted(written, request)
    };
    let made: Vec<_> = calls
        .iter()
        .enumerate()
        .map(|(nth, written)| (written, ToolCall::new(format!("text_{nth}"), &written.name, written.arguments.clone())))
        .filter(|(written, call)| is_permitted(written, call))
        .map(|(_, call)| call)
        .collect();
    (!made.is_empty() && made.len() == calls.len()).then_some(made)
}

fn with_calls(response: ChatResponse, calls: Vec<ToolCall>) -> ChatResponse {
    ChatResponse { tool_calls: calls, stop_reason: StopReason::ToolCalls, ..response }
}

/// Returns true if a message of the user or a result of a tool contains a call, or its arguments. White space, and the escapes of tags and of
/// JSON, make no difference.
fn is_quoted(call: &WrittenCall, request: &ChatRequest) -> bool {
    let (raw, arguments) = (normalized(&call.raw), normalized(&call.arguments.to_string()));
    let has_arguments = call.arguments.as_object().is_some_and(|arguments| !arguments.is_empty());
    let contains = |text: &str| {
        let text = normalized(text);
        text.contains(&raw) || has_arguments && text.contains(&arguments) || mentions_values(call, &text)
    };
    request.messages.iter().any(|message| match message {
        ChatMessage::User(parts) => parts.iter().any(|part| matches!(part, ContentPart::Text(text) if contains(text))),
        ChatMessage::Tools(results) => results.iter().any(|result| contains(&result.text)),
        ChatMessage::Assistant { .. } => false,
    })
}

/// Returns true if a text names the tool, and contains all arguments, so that the call may be a copy in another form.
fn mentions_values(call: &WrittenCall, text: &str) -> bool {
    let is_in = |value: &Value| match value {
        Value::String(value) => text.contains(&normalized(value)),
        value => text.contains(&normalized(&value.to_string())),
    };
    let values = call.arguments.as_object().into_iter().flat_map(|arguments| arguments.values());
    text.contains(&normalized(&call.name)) && values.into_iter().all(is_in)
}

fn normalized(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    let text = text.replace("&amp;", "&");
    text.chars().filter(|c| !c.is_whitespace() && *c != '\\').flat_map(char::to_lowercase).collect()
}
