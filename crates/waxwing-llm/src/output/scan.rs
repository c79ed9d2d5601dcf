//! Marks in a text, from its start to its end.

use super::written_call::{self, Block};
use super::{CleanOutput, code};

/// Names of blocks with thoughts.
const THOUGHTS: [&str; 5] = ["think", "thinking", "thought", "reasoning", "reflection"];

/// Pairs of marks around thoughts that are not tags.
const THOUGHT_MARKS: [(&str, &str); 2] = [("[THINK]", "[/THINK]"), ("◁think▷", "◁/think▷")];

/// Longest tag, in bytes.
const MAX_TAG: usize = 200;

/// A tag such as `</think>`.
struct Tag {
    /// In lower case, without a prefix such as `x:`.
    name: String,
    is_end: bool,
    length: usize,
}

/// Takes a text apart, and adds the parts to `output`.
pub(super) fn scan(text: &str, output: &mut CleanOutput) {
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if let Some(length) = code::length(text, at) {
            output.text.push_str(&rest[..length]);
            at += length;
        } else if let Some(length) = take_mark(rest, output) {
            at += length;
        } else {
            let length = rest.chars().next().map_or(1, char::len_utf8);
            output.text.push_str(&rest[..length]);
            at += length;
        }
    }
}

/// Handles the mark at the start of `rest`. Returns its length, or `None` if there is none.
fn take_mark(rest: &str, output: &mut CleanOutput) -> Option<usize> {
    if !rest.starts_with(['<', '[', '◁']) {
        return None;
    }
    if let Some(Block { call, length }) = written_call::at_start(rest) {
        output.calls.extend(call);
        return Some(length);
    }
    for (start, end) in THOUGHT_MARKS {
        if let Some(inner) = rest.strip_prefix(start) {
            let thought = inner.find(end).map_or(inner, |end| &inner[..end]);
            output.thoughts.push(thought.to_owned());
            return Some((start.len() + thought.len() + end.len()).min(rest.len()));
        }
        if rest.starts_with(end) {
            output.thoughts.push(std::mem::take(&mut output.text));
            return Some(end.len());
        }
    }
    if let Some(length) = token(rest) {
        return Some(length);
    }
    let tag = tag(rest)?;
    if THOUGHTS.contains(&tag.name.as_str()) {
        if tag.is_end {
            // The start of the block is in the template of the model, so all of the text so far is a thought.
            output.thoughts.push(std::mem::take(&mut output.text));
            return Some(tag.length);
        }
        let (thought, length) = block(&rest[tag.length..]);
        output.thoughts.push(thought.to_owned());
        return Some(tag.length + length);
    }
    if tag.name == "final" {
        if !tag.is_end {
            output.thoughts.push(std::mem::take(&mut output.text));
        }
        return Some(tag.length);
    }
    // The list around calls.
    let is_list = ["function_calls", "tool_calls"].contains(&tag.name.as_str());
    is_list.then_some(tag.length)
}

/// Returns the content of a block with thoughts, and its length with the tag at its end. Blocks in it belong to it. A block that is not closed
/// extends to the end.
fn block(rest: &str) -> (&str, usize) {
    let mut depth = 1;
    for (start, _) in rest.match_indices('<') {
        let Some(tag) = tag(&rest[start..]).filter(|tag| THOUGHTS.contains(&tag.name.as_str())) else { continue };
        if !tag.is_end {
            depth += 1;
            continue;
        }
        depth -= 1;
        if depth == 0 {
            return (&rest[..start], start + tag.length);
        }
    }
    // More starts than ends: the first end closes the block.
    for (start, _) in rest.match_indices('<') {
        if let Some(tag) = tag(&rest[start..]).filter(|tag| tag.is_end && THOUGHTS.contains(&tag.name.as_str())) {
            return (&rest[..start], start + tag.length);
        }
    }
    (rest, rest.len())
}

/// Reads the tag at the start of `rest`.
fn tag(rest: &str) -> Option<Tag> {
    let inner = rest.strip_prefix('<')?;
    let end = inner.find('>').filter(|end| *end <= MAX_TAG)?;
    let (is_end, content) = match inner[..end].trim().strip_prefix('/') {
        Some(content) => (true, content.trim_start()),
        None => (false, inner[..end].trim()),
    };
    let name = content.split(|c: char| c.is_whitespace()).next().unwrap_or_default();
    let name = name.rsplit(':').next().unwrap_or_default().to_lowercase();
    Some(Tag { name, is_end, length: end + 2 })
}

/// Returns the length of a special token such as `<|im_end|>` or `<｜end▁of▁sentence｜>`.
fn token(rest: &str) -> Option<usize> {
    for (start, end) in [("<|", "|>"), ("<｜", "｜>")] {
        let Some(inner) = rest.strip_prefix(start) else { continue };
        let length = inner.find(end).filter(|length| (1..=40).contains(length))?;
        let is_name = inner[..length].chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '▁'));
        return is_name.then_some(start.len() + length + end.len());
    }
    None
}
