//! Pairs of tool calls with their results, as all providers accept them.

use std::collections::HashSet;
use std::mem;

use crate::tool::short_tool_name;
use crate::{ChatMessage, ToolCall, ToolResult};

/// Result of a call that has none, because its run ended before it was made.
const NO_RESULT: &str = "Error: this call was not made.";

/// Name of a called tool if the model gave none.
const UNKNOWN_NAME: &str = "unknown";

/// Longest id. OpenAI accepts 40 characters: <https://github.com/vercel/ai/issues/8132>
const MAX_ID: usize = 40;

/// Returns the messages with calls that a provider accepts, and with one result for each call after the message with the calls.
///
/// Ids are unique in the conversation, and ids and names have valid characters. Ids and names that are valid already stay as they are, so a
/// conversation that grows keeps its beginning. With `keeps_ids`, ids stay as they are in any case: Gemini has none of its own.
pub(super) fn paired(messages: &[ChatMessage], keeps_ids: bool) -> Vec<ChatMessage> {
    let mut pairing = Pairing { used: HashSet::new(), answers: 0, keeps_ids };
    let mut out: Vec<ChatMessage> = Vec::with_capacity(messages.len());
    let mut open: Vec<OpenCall> = Vec::new();
    for message in messages {
        match message {
            ChatMessage::Tools(results) => out.extend(answer(&mut open, results)),
            message => {
                out.extend(answer(&mut open, &[]));
                if let ChatMessage::Assistant { text, tool_calls, provider_state } = message {
                    let calls = pairing.calls(tool_calls);
                    open = tool_calls.iter().zip(&calls).map(OpenCall::new).collect();
                    let (text, provider_state) = (text.clone(), provider_state.clone());
                    out.push(ChatMessage::Assistant { text, tool_calls: calls, provider_state });
                } else {
                    out.push(message.clone());
                }
            }
        }
    }
    out.extend(answer(&mut open, &[]));
    out
}

/// A call without a result yet.
struct OpenCall {
    original_id: String,
    id: String,
    name: String,
}

impl OpenCall {
    fn new((original, call): (&ToolCall, &ToolCall)) -> Self {
        Self { original_id: original.id.clone(), id: call.id.clone(), name: call.name.clone() }
    }
}

/// Returns a message with one result for each open call, in the order of the calls. Results without a call are left out.
fn answer(open: &mut Vec<OpenCall>, results: &[ToolResult]) -> Option<ChatMessage> {
    let mut left: Vec<_> = results.iter().collect();
    let results = mem::take(open).into_iter().map(|call| {
        let found = left.iter().position(|result| result.call_id == call.original_id);
        let text = found.map_or_else(|| NO_RESULT.to_owned(), |index| left.remove(index).text.clone());
        ToolResult { call_id: call.id, name: call.name, text }
    });
    let results: Vec<_> = results.collect();
    (!results.is_empty()).then_some(ChatMessage::Tools(results))
}

struct Pairing {
    used: HashSet<String>,
    /// Number of messages with calls so far.
    answers: usize,
    keeps_ids: bool,
}

impl Pairing {
    fn calls(&mut self, calls: &[ToolCall]) -> Vec<ToolCall> {
        self.answers += usize::from(!calls.is_empty());
        let valid = |(index, call): (usize, &ToolCall)| {
            let id = if self.keeps_ids { call.id.clone() } else { self.id(index, &call.id) };
            ToolCall { id, name: name(&call.name), arguments: call.arguments.clone() }
        };
        calls.iter().enumerate().map(valid).collect()
    }

    fn id(&mut self, index: usize, id: &str) -> String {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let is_valid = (1..=MAX_ID).contains(&id.len()) && id.bytes().all(is_plain);
        if is_valid && self.used.insert(id.to_owned()) {
            return id.to_owned();
        }
        let mut id = format!("call_{}_{index}", self.answers);
        while !self.used.insert(id.clone()) {
            id.push('x');
        }
        id
    }
}

/// Returns a name that all providers accept. The model is told in the result that it does not exist.
fn name(name: &str) -> String {
    let name = short_tool_name(name);
    if name.is_empty() { UNKNOWN_NAME.to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ChatResponse;
    use serde_json::json;

    fn call(id: &str, name: &str) -> ToolCall {
        ToolCall::new(id, name, json!({}))
    }

    fn result(id: &str, text: &str) -> ToolResult {
        ToolResult::new(&call(id, "weather"), text)
    }

    /// Returns the calls as `id name`, and the results as `id=text`, in order.
    fn shown(messages: &[ChatMessage]) -> Vec<String> {
        let lines = messages.iter().flat_map(|message| match message {
            ChatMessage::User(_) => vec!["user".to_owned()],
            ChatMessage::Assistant { tool_calls, .. } => {
                tool_calls.iter().map(|call| format!("{} {}", call.id, call.name)).collect()
            }
            ChatMessage::Tools(results) => results.iter().map(|r| format!("{}={}", r.call_id, r.text)).collect(),
        });
        lines.collect()
    }

    #[test]
    fn ids_are_made_unique_and_valid() {
        let calls = |ids: [&str; 2]| ChatResponse::tool_calls(ids.map(|id| call(id, "weather"))).to_message();
        let long = "x".repeat(41);
        let messages = [
            calls(["a", "a"]),
            ChatMessage::Tools(vec![result("a", "1"), result("a", "2")]),
            calls(["a", ""]),
            ChatMessage::Tools(vec![result("a", "3"), result("", "4")]),
            calls([&long, "functions.weather:0"]),
            ChatMessage::Tools(vec![result("functions.weather:0", "6"), result(&long, "5")]),
        ];
        let lines = [
            "a weather",
            "call_1_1 weather",
            "a=1",
            "call_1_1=2",
            "call_2_0 weather",
            "call_2_1 weather",
            "call_2_0=3",
            "call_2_1=4",
            "call_3_0 weather",
            "call_3_1 weather",
            "call_3_0=5",
            "call_3_1=6",
        ];
        assert_eq!(shown(&paired(&messages, false)), lines);
        assert_eq!(shown(&paired(&messages[..2], false)), lines[..4], "the beginning stays the same");
        assert_eq!(shown(&paired(&messages[..2], true)), ["a weather", "a weather", "a=1", "a=2"]);
    }

    #[test]
    fn each_call_has_one_result() {
        let calls = ChatResponse::tool_calls([call("a", "weather"), call("b", "weather")]).to_message();
        let messages = [
            ChatMessage::Tools(vec![result("z", "lost")]),
            calls.clone(),
            ChatMessage::Tools(vec![result("b", "rain"), result("c", "more")]),
            calls.clone(),
            ChatMessage::user("?"),
        ];
        let no = |id: &str| format!("{id}={NO_RESULT}");
        let expected = [
            "a weather".to_owned(),
            "b weather".to_owned(),
            no("a"),
            "b=rain".to_owned(),
            "call_2_0 weather".to_owned(),
            "call_2_1 weather".to_owned(),
            no("call_2_0"),
            no("call_2_1"),
            "user".to_owned(),
        ];
        assert_eq!(shown(&paired(&messages, false)), expected);
    }

    #[test]
    fn names_are_made_valid() {
        assert_eq!(name("get_weather-2"), "get_weather-2");
        assert_eq!(name("functions.get weather"), "functions_get_weather");
        assert_eq!(name(""), "unknown");
        assert_eq!(name(&"ä".repeat(100)), "_".repeat(64));
    }
}
