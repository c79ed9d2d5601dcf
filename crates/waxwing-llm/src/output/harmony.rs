//! Channels of OpenAI's open models: <https://cookbook.openai.com/articles/openai-harmony>.

use super::{CleanOutput, WrittenCall, code, scan};

const CHANNEL: &str = "<|channel|>";
const MESSAGE: &str = "<|message|>";

/// Tokens that end a message.
const ENDS: [&str; 5] = ["<|end|>", "<|return|>", "<|call|>", "<|start|>", CHANNEL];

/// A message with its header.
pub(super) struct Channel<'a> {
    header: &'a str,
    content: &'a str,
}

impl Channel<'_> {
    pub(super) fn add_to(self, output: &mut CleanOutput) {
        let Self { header, content } = self;
        let recipient = header.split_once("to=").map(|(_, to)| to.split([' ', '<']).next().unwrap_or_default());
        match recipient {
            Some(to) => output.calls.push(WrittenCall::with_json(to.trim_start_matches("functions."), content)),
            None if header.contains("final") || header.trim().is_empty() => scan::scan(content, output),
            None => output.thoughts.push(content.to_owned()),
        }
    }
}

/// Returns the messages of a text with channels. Returns `None` for a text without them.
pub(super) fn split(text: &str) -> Option<Vec<Channel<'_>>> {
    // Some servers drop the tokens and leave the words.
    if let Some((thoughts, answer)) = text.strip_prefix("analysis").and_then(|rest| rest.rsplit_once("assistantfinal"))
    {
        let answer = Channel { header: "final", content: answer };
        return Some(vec![Channel { header: "analysis", content: thoughts }, answer]);
    }
    let start = first_token(text)?;
    let mut channels = vec![Channel { header: "", content: &text[..start] }];
    let mut rest = &text[start..];
    while let Some(message) = rest.find(MESSAGE) {
        let body = &rest[message + MESSAGE.len()..];
        let end = ENDS.iter().filter_map(|token| body.find(token)).min().unwrap_or(body.len());
        channels.push(Channel { header: header(&rest[..message]), content: &body[..end] });
        rest = &body[end..];
    }
    Some(channels)
}

/// Returns the header without the role: `final`, or `commentary to=functions.weather <|constrain|>json`.
fn header(text: &str) -> &str {
    text.rsplit_once(CHANNEL).map_or("", |(_, header)| header)
}

/// Returns the position of the first channel or message outside of code.
fn first_token(text: &str) -> Option<usize> {
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with(CHANNEL) || rest.starts_with("<|start|>") && rest.contains(MESSAGE) {
            return Some(at);
        }
        at += code::length(text, at).or_else(|| rest.chars().next().map(char::len_utf8))?;
    }
    None
}
