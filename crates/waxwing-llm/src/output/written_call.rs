//! Calls of tools that a model writes into its text.

use std::fmt;

use serde_json::{Map, Value};

/// A call of a tool in a text.
#[derive(Clone, PartialEq)]
pub(crate) struct WrittenCall {
    /// Name of the tool. Empty if the call cannot be read.
    pub(crate) name: String,
    /// Arguments: an object if the call can be read.
    pub(crate) arguments: Value,
    /// Content of the call as it stands in the text, without the marks around it.
    pub(crate) raw: String,
}

/// Prints no arguments.
impl fmt::Debug for WrittenCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WrittenCall").field("name", &self.name).finish_non_exhaustive()
    }
}

impl WrittenCall {
    fn unreadable(raw: &str) -> Self {
        Self { name: String::new(), arguments: Value::Null, raw: raw.trim().to_owned() }
    }

    /// Creates a call with the JSON of its arguments.
    pub(super) fn with_json(name: &str, arguments: &str) -> Self {
        match serde_json::from_str::<Value>(arguments.trim()) {
            Ok(value @ Value::Object(_)) => {
                Self { name: name.trim().to_owned(), arguments: value, raw: arguments.trim().to_owned() }
            }
            _ => Self::unreadable(arguments),
        }
    }

    /// Reads `{"name": .., "arguments": {..}}`.
    fn from_json(raw: &str) -> Self {
        let mut values = serde_json::Deserializer::from_str(raw.trim()).into_iter::<Value>();
        let Some(Ok(value)) = values.next() else { return Self::unreadable(raw) };
        let value = if value.is_array() { value[0].clone() } else { value };
        let function = value.get("function").filter(|function| function.is_object()).unwrap_or(&value);
        let name = function.get("name").and_then(Value::as_str).unwrap_or_default();
        let arguments = match function.get("arguments").or_else(|| function.get("parameters")) {
            Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
            Some(arguments) => arguments.clone(),
            None => Value::Object(Map::new()),
        };
        if name.is_empty() || !arguments.is_object() {
            return Self::unreadable(raw);
        }
        Self { name: name.to_owned(), arguments, raw: raw.trim().to_owned() }
    }
}

/// A block at the start of a text.
pub(super) struct Block {
    pub(super) call: Option<WrittenCall>,
    pub(super) length: usize,
}

/// Marks around the JSON of a call.
const JSON_BLOCKS: [(&str, &str); 4] = [
    ("<tool_call>", "</tool_call>"),
    ("<function_call>", "</function_call>"),
    ("<tool_use>", "</tool_use>"),
    ("<|tool_call|>", "<|/tool_call|>"),
];

/// Marks before calls that are not read, up to the end of the text.
const UNREAD: [&str; 3] = ["<｜tool▁calls▁begin｜>", "<｜tool▁call▁begin｜>", "<|python_tag|>"];

/// Mark before a list of calls.
const LIST: &str = "[TOOL_CALLS]";

/// Reads the call at the start of `rest`. A call that is not closed extends to the end.
pub(super) fn at_start(rest: &str) -> Option<Block> {
    for (start, end) in JSON_BLOCKS {
        if has_prefix(rest, start) {
            let inner = &rest[start.len()..];
            let length = find(inner, end).unwrap_or(inner.len());
            let whole = (start.len() + length + end.len()).min(rest.len());
            let content = inner[..length].trim();
            let call = match function(content) {
                Some(Block { call, .. }) => call,
                None => Some(WrittenCall::from_json(content)),
            };
            return Some(Block { call, length: whole });
        }
    }
    if let Some(inner) = rest.strip_prefix(LIST) {
        let mut values = serde_json::Deserializer::from_str(inner).into_iter::<Value>();
        let length = if matches!(values.next(), Some(Ok(_))) { values.byte_offset() } else { inner.len() };
        return Some(Block { call: Some(WrittenCall::from_json(&inner[..length])), length: LIST.len() + length });
    }
    if UNREAD.iter().any(|mark| rest.starts_with(mark)) {
        return Some(Block { call: Some(WrittenCall::unreadable(rest)), length: rest.len() });
    }
    function(rest).or_else(|| invoke(rest))
}

/// Reads `<function=NAME>{..}</function>` or the form with `<parameter=KEY>` in it.
fn function(rest: &str) -> Option<Block> {
    const START: &str = "<function=";
    const END: &str = "</function>";
    if !has_prefix(rest, START) {
        return None;
    }
    let inner = &rest[START.len()..];
    let Some(name_end) = inner.find('>') else {
        return Some(Block { call: Some(WrittenCall::unreadable(rest)), length: rest.len() });
    };
    let (name, body) = (inner[..name_end].trim(), &inner[name_end + 1..]);
    let length = find(body, END).unwrap_or(body.len());
    let content = &body[..length];
    let call = if content.contains("<parameter=") {
        let arguments = parameters(content, |tag| tag.strip_prefix("parameter="));
        WrittenCall { name: name.to_owned(), arguments, raw: content.trim().to_owned() }
    } else if content.trim().is_empty() {
        WrittenCall {
            name: name.to_owned(),
            arguments: Value::Object(Map::new()),
            raw: rest[..START.len() + name_end].to_owned(),
        }
    } else {
        WrittenCall::with_json(name, content)
    };
    let whole = (START.len() + name_end + 1 + length + END.len()).min(rest.len());
    Some(Block { call: Some(call), length: whole })
}

/// Reads `<invoke name="NAME"><parameter name="KEY">value</parameter></invoke>`, with or without a prefix such as `x:`.
fn invoke(rest: &str) -> Option<Block> {
    let inner = rest.strip_prefix('<')?;
    let start = inner.split(|c: char| c.is_whitespace() || c == '>').next()?;
    if start.rsplit(':').next()?.to_lowercase() != "invoke" {
        return None;
    }
    let unreadable = || Some(Block { call: Some(WrittenCall::unreadable(rest)), length: rest.len() });
    let Some(tag_end) = rest.find('>') else { return unreadable() };
    let end = format!("</{start}>");
    let body = &rest[tag_end + 1..];
    let length = find(body, &end).unwrap_or(body.len());
    let Some(name) = attribute(&rest[..tag_end], "name") else { return unreadable() };
    let arguments = parameters(&body[..length], |tag| attribute_of(tag, "parameter", "name"));
    let raw = rest[..tag_end + 1 + length].to_owned();
    let call = WrittenCall { name: name.to_owned(), arguments, raw };
    Some(Block { call: Some(call), length: (tag_end + 1 + length + end.len()).min(rest.len()) })
}

/// Reads the parameters of a call. `key` returns the key that a start tag names. Values are JSON or text.
fn parameters<'a>(content: &'a str, key: impl Fn(&'a str) -> Option<&'a str>) -> Value {
    let mut arguments = Map::new();
    let mut rest = content;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let Some(end) = rest.find('>') else { break };
        let Some(key) = key(&rest[..end]) else { continue };
        let body = &rest[end + 1..];
        let length = body.find("</").unwrap_or(body.len());
        let text = body[..length].trim();
        let value = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
        arguments.insert(key.trim().to_owned(), value);
        rest = &body[length..];
    }
    Value::Object(arguments)
}

/// Returns an attribute of a tag with this name, which may have a prefix.
fn attribute_of<'a>(tag: &'a str, name: &str, attribute: &str) -> Option<&'a str> {
    let own = tag.split_whitespace().next()?.rsplit(':').next()?;
    if own == name { self::attribute(tag, attribute) } else { None }
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let value = tag.split_once(&format!("{name}="))?.1;
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split(quote).next().filter(|value| !value.is_empty())
}

/// Compares without regard to the case of ASCII letters.
fn has_prefix(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// Finds a mark without regard to the case of ASCII letters.
fn find(text: &str, mark: &str) -> Option<usize> {
    let starts = text.match_indices(&mark[..1]).map(|(start, _)| start);
    starts.into_iter().find(|start| has_prefix(&text[*start..], mark))
}
