//! What was said before, as the model gets to read it.

use waxwing_agent::{HistoryEntry, Role};

use super::prompt;
use crate::{ChatMessage, ContentPart};

/// How much of what was said before the model gets to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HistoryLimit {
    /// So many of the last turns. A turn is what the user said, one message or several, and what the agent said to it.
    Turns(usize),
    /// As many of the last turns as fit into so many tokens. A token is taken for four bytes, which is about right for most languages.
    Tokens(usize),
}

impl Default for HistoryLimit {
    fn default() -> Self {
        Self::Turns(20)
    }
}

/// What a message costs beside its words, in tokens.
const PER_MESSAGE: usize = 4;

impl HistoryLimit {
    /// The messages, beginning with one of the user: providers insist on that.
    pub(super) fn messages(self, entries: &[HistoryEntry]) -> Vec<ChatMessage> {
        let mut messages = Vec::new();
        let recent = self.split(entries).1;
        // What stands before the first words of the user belongs to no turn.
        for entry in recent.iter().skip_while(|entry| entry.role != Role::User) {
            add(&mut messages, entry);
        }
        messages
    }

    /// Splits what was said into what does not fit any more, and the last turns, which do.
    pub(super) fn split(self, entries: &[HistoryEntry]) -> (&[HistoryEntry], &[HistoryEntry]) {
        let turns = turns(entries);
        let mut first = turns.len();
        let mut tokens = 0;
        while let Some(turn) = first.checked_sub(1).map(|n| turns[n]) {
            tokens += turn.iter().map(|entry| words(entry).len().div_ceil(4) + PER_MESSAGE).sum::<usize>();
            let fits = match self {
                Self::Turns(limit) => turns.len() - first < limit,
                Self::Tokens(limit) => tokens <= limit,
            };
            if !fits {
                break;
            }
            first -= 1;
        }
        let kept = turns[first..].iter().map(|turn| turn.len()).sum::<usize>();
        entries.split_at(entries.len() - kept)
    }

    /// True if all that was said fits.
    pub(super) fn holds(self, entries: &[HistoryEntry]) -> bool {
        !self.split(entries).0.iter().any(|entry| entry.role == Role::User)
    }

    /// One and a half of it.
    pub(super) const fn grown(self) -> Self {
        match self {
            Self::Turns(limit) => Self::Turns(limit.saturating_add(limit.div_ceil(2))),
            Self::Tokens(limit) => Self::Tokens(limit.saturating_add(limit.div_ceil(2))),
        }
    }

    /// How many entries it may hold. A burst of messages is a turn of several entries; few are longer than four.
    pub(super) const fn entries(self) -> usize {
        match self {
            Self::Turns(limit) => limit.saturating_mul(4),
            Self::Tokens(limit) => limit.div_ceil(PER_MESSAGE + 1),
        }
    }
}

/// Splits what was said where the user speaks again. What stands before the first words of the user belongs to no turn.
fn turns(entries: &[HistoryEntry]) -> Vec<&[HistoryEntry]> {
    let begins = |n: &usize| entries[*n].role == Role::User && (*n == 0 || entries[n - 1].role != Role::User);
    let starts: Vec<_> = (0..entries.len()).filter(begins).collect();
    let ends = starts.iter().skip(1).copied().chain([entries.len()]);
    starts.iter().zip(ends).map(|(&start, end)| &entries[start..end]).collect()
}

/// Adds an entry; several of one side in a row are one message, as some models insist on sides that take turns.
fn add(messages: &mut Vec<ChatMessage>, entry: &HistoryEntry) {
    let more = words(entry);
    match (entry.role, messages.last_mut()) {
        (Role::User, Some(ChatMessage::User(contents))) => contents.push(ContentPart::Text(more)),
        (Role::Agent | Role::Operator, Some(ChatMessage::Assistant { text, .. })) => *text = format!("{text}\n{more}"),
        (Role::User, _) => messages.push(ChatMessage::user(more)),
        (Role::Agent | Role::Operator, _) => messages.push(ChatMessage::assistant(more)),
    }
}

pub(super) fn words(entry: &HistoryEntry) -> String {
    let text = match entry.role {
        Role::User => entry.text.clone(),
        Role::Agent => prompt::without_reasoning(&entry.text).to_owned(),
        Role::Operator => format!("[A person of the business wrote:] {}", entry.text),
    };
    let media = entry.media.iter().map(|kind| format!("[{kind}]"));
    let lines: Vec<_> = media.chain((!text.is_empty()).then_some(text)).collect();
    if lines.is_empty() { "[empty message]".to_owned() } else { lines.join("\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(line: &str) -> HistoryEntry {
        let (role, text) = line.split_once(' ').unwrap();
        let role = match role {
            "u" => Role::User,
            "p" => Role::Operator,
            _ => Role::Agent,
        };
        let media = text.contains("picture").then_some("image");
        HistoryEntry::new(role, text.replace("picture", "")).with_media(media)
    }

    #[track_caller]
    fn check(history: HistoryLimit, entries: &[&str], expected: &[&str]) {
        let entries: Vec<_> = entries.iter().map(|line| entry(line)).collect();
        let told = |message: &ChatMessage| match message {
            ChatMessage::User(contents) => {
                let texts: Vec<_> = contents
                    .iter()
                    .map(|content| match content {
                        ContentPart::Text(text) => text.as_str(),
                        other => panic!("words only: {other:?}"),
                    })
                    .collect();
                format!("u {}", texts.join("|"))
            }
            ChatMessage::Assistant { text, .. } => format!("a {text}"),
            ChatMessage::Tools(_) => panic!("history has no calls"),
        };
        assert_eq!(history.messages(&entries).iter().map(told).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn turns_of_messages() {
        let said = ["a hello", "u one", "a 1", "u two", "u three", "a 2", "a 3", "u four"];
        check(HistoryLimit::Turns(0), &said, &[]);
        check(HistoryLimit::Turns(1), &said, &["u four"]);
        check(HistoryLimit::Turns(2), &said, &["u two|three", "a 2\n3", "u four"]);
        check(HistoryLimit::Turns(9), &said, &["u one", "a 1", "u two|three", "a 2\n3", "u four"]);
        check(HistoryLimit::Turns(9), &["a hello"], &[]);
        let helped = ["u one", "a 1", "p me", "u two"];
        check(HistoryLimit::Turns(9), &helped, &["u one", "a 1\n[A person of the business wrote:] me", "u two"]);
        check(HistoryLimit::Turns(9), &["u picture", "a ok"], &["u [image]", "a ok"]);
    }

    #[test]
    fn tokens() {
        let said = ["u 12345678", "a 1234", "u 1234", "a 1234"];
        check(HistoryLimit::Tokens(9), &said, &[]);
        check(HistoryLimit::Tokens(10), &said, &["u 1234", "a 1234"]);
        check(HistoryLimit::Tokens(20), &said, &["u 1234", "a 1234"]);
        check(HistoryLimit::Tokens(21), &said, &["u 12345678", "a 1234", "u 1234", "a 1234"]);
    }

    #[test]
    fn thoughts_that_were_shown_are_not_said_again() {
        let shown = prompt::reasoning("hm\nwell");
        check(HistoryLimit::default(), &["u why", &format!("a {shown}\nBecause.")], &["u why", "a Because."]);
    }
}
