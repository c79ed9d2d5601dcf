//! Rules of the list of contents.

use serde_json::Value;

use super::{API, is_function_name};
use crate::Refusal;
use crate::shape::{indexed, is_set, items, text, unknown_key};

const PART_FIELDS: [&str; 8] = [
    "text",
    "thought",
    "thoughtSignature",
    "inline_data",
    "inlineData",
    "functionCall",
    "functionResponse",
    "file_data",
];

/// Media types, by their beginnings: https://ai.google.dev/gemini-api/docs/audio, /image-understanding, /document-processing
const MEDIA: [&str; 16] = [
    "image/png",
    "image/jpeg",
    "image/webp",
    "image/heic",
    "image/heif",
    "audio/wav",
    "audio/mp3",
    "audio/mpeg",
    "audio/aiff",
    "audio/aac",
    "audio/ogg",
    "audio/flac",
    "audio/mp4",
    "application/pdf",
    "text/",
    "video/",
];

pub(super) fn check(model: &str, contents: &[Value]) -> Result<(), Refusal> {
    if contents.is_empty() {
        let message = "* GenerateContentRequest.contents: contents is not specified\n";
        return Err(Refusal::new(message, API));
    }
    for (nth, content) in contents.iter().enumerate() {
        check_content(nth, content)?;
    }
    check_turns(contents)?;
    if model.starts_with("gemini-3") { check_signatures(contents) } else { Ok(()) }
}

fn check_content(nth: usize, content: &Value) -> Result<(), Refusal> {
    let path = format!("GenerateContentRequest.contents[{nth}]");
    let refuse = |message: String| Err(Refusal::new(message, API));
    if !["user", "model"].contains(&text(content, "role")) {
        return refuse("Please use a valid role: user, model.".to_owned());
    }
    if items(content, "parts").is_empty() {
        return refuse(format!("* {path}.parts: contents.parts must not be empty.\n"));
    }
    for (index, part) in indexed(content, "parts") {
        if let Some(key) = unknown_key(part, &PART_FIELDS) {
            let place = format!("contents[{nth}].parts[{index}]");
            return refuse(format!(
                "Invalid JSON payload received. Unknown name \"{key}\" at '{place}': Cannot find field."
            ));
        }
        let data = ["text", "inline_data", "inlineData", "functionCall", "functionResponse", "file_data"];
        if !data.iter().any(|key| is_set(part, key)) {
            let problem = "required oneof field 'data' must have one initialized field";
            return refuse(format!("* {path}.parts[{index}].data: {problem}\n"));
        }
        let media = part.get("inline_data").or(part.get("inlineData"));
        let media_type =
            media.and_then(|media| media.get("mime_type").or(media.get("mimeType"))).and_then(Value::as_str);
        if let Some(media_type) = media_type.filter(|found| !MEDIA.iter().any(|known| found.starts_with(known))) {
            return refuse(format!("Unsupported MIME type: {media_type}"));
        }
        for kind in ["functionCall", "functionResponse"] {
            if part.get(kind).is_some_and(|call| !is_function_name(text(call, "name"))) {
                let kind = if kind == "functionCall" { "function_call" } else { "function_response" };
                return refuse(format!("* {path}.parts[{index}].{kind}.name: Name cannot be empty.\n"));
            }
        }
    }
    Ok(())
}

/// Returns the number of parts of a kind.
fn count(content: &Value, kind: &str) -> usize {
    items(content, "parts").iter().filter(|part| is_set(part, kind)).count()
}

/// Checks that responses follow the calls that they answer, one for each call.
fn check_turns(contents: &[Value]) -> Result<(), Refusal> {
    // https://github.com/google-gemini/gemini-cli/issues/16437, https://ai.google.dev/gemini-api/docs/function-calling
    const COUNT: &str = "https://github.com/google-gemini/gemini-cli/issues/16437";
    const ORDER: &str = "https://ai.google.dev/gemini-api/docs/function-calling";
    let mut open = 0;
    for (nth, content) in contents.iter().enumerate() {
        let (calls, responses) = (count(content, "functionCall"), count(content, "functionResponse"));
        if responses > 0 && open == 0 {
            let message = "Please ensure that function response turn comes immediately after a function call turn.";
            return Err(Refusal::new(message, ORDER));
        }
        if responses != open {
            let message = "Please ensure that the number of function response parts is equal to the number of function \
                call parts of the function call turn.";
            return Err(Refusal::new(message, COUNT));
        }
        let follows_user = nth > 0 && text(&contents[nth - 1], "role") == "user";
        if calls > 0 && !follows_user {
            let message = "Please ensure that function call turn comes immediately after a user turn or after a function \
                response turn.";
            return Err(Refusal::new(message, ORDER));
        }
        open = calls;
    }
    if open == 0 {
        return Ok(());
    }
    let message = "Please ensure that the number of function response parts is equal to the number of function call \
        parts of the function call turn.";
    Err(Refusal::new(message, COUNT))
}

/// Checks that the first call of each step of the current turn has a signature.
fn check_signatures(contents: &[Value]) -> Result<(), Refusal> {
    const SOURCE: &str = "https://ai.google.dev/gemini-api/docs/thought-signatures";
    let is_question = |content: &Value| text(content, "role") == "user" && count(content, "functionResponse") == 0;
    let start = contents.iter().rposition(is_question).unwrap_or(0);
    for (nth, content) in contents.iter().enumerate().skip(start) {
        let call = items(content, "parts").iter().find(|part| is_set(part, "functionCall"));
        if let Some(call) = call.filter(|call| !is_set(call, "thoughtSignature")) {
            let name = text(&call["functionCall"], "name");
            let message = format!(
                "Function call is missing a thought_signature in functionCall parts. This is required for tools to work \
                 correctly, and missing thought_signature may lead to degraded model performance. Additional data, \
                 function call `default_api:{name}` , position {}. Please refer to {SOURCE} for more details.",
                nth + 1
            );
            return Err(Refusal::new(message, SOURCE));
        }
    }
    Ok(())
}
