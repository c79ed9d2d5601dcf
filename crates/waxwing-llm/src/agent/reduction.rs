//! Reduction of a request to a size.
//!
//! The oldest history goes first. If the current turn does not fit without any history, its oldest tool results go, then its oldest media,
//! and at last its texts are cut.

use super::prompt;
use super::request_size::Unit;
use crate::tag::note;
use crate::{ChatMessage, ChatRequest, ContentPart};

/// Texts below this size are not cut.
const MIN_TEXT: u64 = 64;

/// Parts of a request that a reduction treats differently.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Layout {
    /// Number of parts at the start of the first message that stay at the start when history goes.
    pub(super) head: usize,
    /// Index of the first message of the current turn.
    pub(super) turn: usize,
}

/// Numbers of the parts that a reduction took out of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Reduction {
    pub(super) messages: usize,
    pub(super) results: usize,
    pub(super) media: usize,
    pub(super) texts: usize,
}

impl Reduction {
    /// Returns true if the request is as it was.
    pub(super) fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// Reduces a request to `target`, or as far as possible. `layout` follows the removal of history.
pub(super) fn reduce(request: &mut ChatRequest, layout: &mut Layout, unit: Unit, target: u64) -> Reduction {
    let room = target.saturating_sub(unit.fixed(&request.system, &request.tools));
    let mut done =
        Reduction { messages: drop_history(&mut request.messages, layout, unit, room), ..Reduction::default() };
    let mut excess = unit.messages(&request.messages).saturating_sub(room);
    let turn = &mut request.messages[layout.turn..];
    for text in turn.iter_mut().flat_map(results) {
        done.results += usize::from(shrink(text, &mut excess, unit, |_| removed_result()));
    }
    for part in turn.iter_mut().flat_map(parts).filter(|part| !matches!(part, ContentPart::Text(_))) {
        if excess > 0 {
            let note = ContentPart::Text(prompt::description(part));
            excess = excess.saturating_sub(unit.part(part).saturating_sub(unit.part(&note)));
            *part = note;
            done.media += 1;
        }
    }
    for text in turn.iter_mut().flat_map(texts) {
        let surplus = excess;
        done.texts += usize::from(shrink(text, &mut excess, unit, |text| without_middle(text, unit, surplus)));
    }
    done
}

/// Returns the note in place of a tool result that was removed.
fn removed_result() -> String {
    note("This result was removed because the conversation is too long.").into()
}

/// Returns the mark of the place at which a text was cut.
fn cut_mark() -> String {
    format!("\n{}\n", note("The middle of this text was left out because it is too long."))
}

/// Removes the oldest turns of the history until the messages fit into `room`. Returns the number of removed messages.
fn drop_history(messages: &mut Vec<ChatMessage>, layout: &mut Layout, unit: Unit, room: u64) -> usize {
    let mut first = 0;
    let mut size = unit.messages(messages);
    while size > room && first < layout.turn {
        let starts_turn = |n: &usize| *n == layout.turn || matches!(messages[*n], ChatMessage::User(_));
        let next = (first + 1..=layout.turn).find(starts_turn).unwrap_or(layout.turn);
        size -= unit.messages(&messages[first..next]);
        first = next;
    }
    if first > 0 {
        let head = match &mut messages[0] {
            ChatMessage::User(parts) => parts.drain(..layout.head.min(parts.len())).collect::<Vec<_>>(),
            _ => Vec::new(),
        };
        messages.drain(..first);
        if let Some(ChatMessage::User(parts)) = messages.first_mut() {
            parts.splice(..0, head);
        }
        layout.turn -= first;
    }
    first
}

/// Replaces a text if there is still an excess, and if the replacement is shorter. Returns true if it was replaced.
fn shrink(text: &mut String, excess: &mut u64, unit: Unit, replacement: impl FnOnce(&str) -> String) -> bool {
    if *excess == 0 {
        return false;
    }
    let shorter = replacement(text);
    let saved = unit.text(text).saturating_sub(unit.text(&shorter));
    if saved > 0 {
        *excess = excess.saturating_sub(saved);
        *text = shorter;
    }
    saved > 0
}

/// Returns a text whose middle is cut so that it is about `surplus` smaller.
fn without_middle(text: &str, unit: Unit, surplus: u64) -> String {
    let size = unit.text(text);
    if size <= MIN_TEXT {
        return text.to_owned();
    }
    let mark = cut_mark();
    let kept = size.saturating_sub(surplus + unit.text(&mark) + 1).max(MIN_TEXT);
    // The size grows with the length at a similar rate in all parts of most texts.
    let bytes = usize::try_from(u128::from(kept) * text.len() as u128 / u128::from(size)).unwrap_or(usize::MAX);
    let head = text.floor_char_boundary(bytes / 2);
    let tail = text.ceil_char_boundary(text.len().saturating_sub(bytes / 2));
    format!("{}{mark}{}", &text[..head], &text[tail..])
}

fn results(message: &mut ChatMessage) -> impl Iterator<Item = &mut String> {
    let results = match message {
        ChatMessage::Tools(results) => results.as_mut_slice(),
        _ => &mut [],
    };
    results.iter_mut().map(|result| &mut result.text)
}

fn parts(message: &mut ChatMessage) -> impl Iterator<Item = &mut ContentPart> {
    let parts = match message {
        ChatMessage::User(parts) => parts.as_mut_slice(),
        _ => &mut [],
    };
    parts.iter_mut()
}

fn texts(message: &mut ChatMessage) -> impl Iterator<Item = &mut String> {
    parts(message).filter_map(|part| match part {
        ContentPart::Text(text) => Some(text),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Blob, ChatResponse, ToolCall, ToolResult};

    /// Returns a request with two turns of history and a turn with a picture and two tool results, and its layout.
    fn long() -> (ChatRequest, Layout) {
        let words = |word: &str| format!("{word} ").repeat(100);
        let calls = ["c1", "c2"].map(|id| ToolCall::new(id, "look", serde_json::json!({})));
        let result = |n: usize| ChatMessage::Tools(vec![ToolResult::new(&calls[n], words("result"))]);
        let picture = ContentPart::Image(Blob::new("image/png", vec![0; 4000]));
        let first =
            ChatMessage::User(vec![ContentPart::Text("about the user".into()), ContentPart::Text(words("one"))]);
        let request = ChatRequest::new([
            first,
            ChatMessage::assistant(words("one")),
            ChatMessage::user(words("two")),
            ChatMessage::assistant(words("two")),
            ChatMessage::User(vec![picture, ContentPart::Text(words("three"))]),
            ChatResponse::tool_calls([calls[0].clone()]).to_message(),
            result(0),
            ChatResponse::tool_calls([calls[1].clone()]).to_message(),
            result(1),
        ]);
        (request.with_system("Be brief."), Layout { head: 1, turn: 4 })
    }

    #[track_caller]
    fn check(target: u64, expected: [usize; 4]) -> ChatRequest {
        let (mut request, mut layout) = long();
        let Reduction { messages, results, media, texts } = reduce(&mut request, &mut layout, Unit::Tokens, target);
        assert_eq!([messages, results, media, texts], expected);
        assert_eq!(layout.turn, 4 - messages);
        let ChatMessage::User(parts) = &request.messages[0] else { panic!("the first message is the user's") };
        assert_eq!(parts[0], ContentPart::Text("about the user".into()), "the head stays");
        if target >= 300 {
            assert!(Unit::Tokens.request(&request) <= target, "{} > {target}", Unit::Tokens.request(&request));
        }
        request
    }

    #[test]
    fn history_goes_before_tool_results_media_and_texts() {
        let size = Unit::Tokens.request(&long().0);
        check(size, [0, 0, 0, 0]);
        check(size - 1, [2, 0, 0, 0]);
        check(size - 300, [4, 0, 0, 0]);
        let request = check(size - 500, [4, 1, 0, 0]);
        let ChatMessage::Tools(results) = &request.messages[2] else { panic!("expected results") };
        assert_eq!(results[0].text, removed_result(), "the older result goes first");
        check(size - 700, [4, 2, 0, 0]);
        check(size - 900, [4, 2, 1, 0]);
        let request = check(300, [4, 2, 1, 0]);
        assert!(format!("{:?}", request.messages[0]).contains("User"));
        let request = check(200, [4, 2, 1, 1]);
        let ChatMessage::User(parts) = &request.messages[0] else { panic!("expected the user") };
        assert!(
            matches!(&parts[2], ContentPart::Text(text) if text.contains(&cut_mark()) && text.starts_with("three"))
        );
        check(0, [4, 2, 1, 1]);
    }

    #[test]
    fn bytes_count_media() {
        let (mut request, mut layout) = long();
        let done = reduce(&mut request, &mut layout, Unit::Bytes, 5000);
        assert_eq!((done.messages, done.media), (4, 1));
        assert!(Unit::Bytes.request(&request) <= 5000);
    }
}
