//! Conversation history in the prompt.

use std::time::{Duration, UNIX_EPOCH};

use waxwing_agent::{HistoryEntry, Role, UserMessage};

use super::prompt::{MessageFormat, message_tag};
use super::reasoning;
use super::request_size::Unit;
use crate::tag::Tag;
use crate::{ChatMessage, ContentPart};

/// How much of the conversation history the model reads.
///
/// The history grows to one and a half times the limit, and is then cut to the limit, so the start of most requests is the same.
///
/// ```
/// use waxwing_llm::{HistoryLimit, LlmAgent, ScriptedModel};
///
/// let agent = LlmAgent::builder("guide", ScriptedModel::new(["Hi."])).history(HistoryLimit::Tokens(4000)).build()?;
/// # Ok::<(), waxwing_llm::InvalidAgent>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HistoryLimit {
    /// This number of the latest turns. A turn consists of one or more messages of the user and the answer.
    Turns(usize),
    /// The latest turns that fit into this number of tokens. The count is an estimate: a token has about four letters.
    Tokens(usize),
}

impl Default for HistoryLimit {
    /// Returns a limit of 20 turns.
    fn default() -> Self {
        Self::Turns(20)
    }
}

/// Tokens of a message in addition to its text.
const TOKENS_PER_MESSAGE: u64 = 4;

impl HistoryLimit {
    /// Returns the messages within the limit. The first one is a user message, because providers require that.
    pub(super) fn messages(self, entries: &[HistoryEntry], format: &MessageFormat) -> Vec<ChatMessage> {
        let mut messages = Vec::new();
        let recent = self.split(entries).1;
        for entry in recent.iter().skip_while(|entry| entry.role != Role::User) {
            push(&mut messages, entry, format);
        }
        messages
    }

    /// Splits the entries into those beyond the limit and those within it, at the start of a turn.
    pub(super) fn split(self, entries: &[HistoryEntry]) -> (&[HistoryEntry], &[HistoryEntry]) {
        let turns = turns(entries);
        let mut first = turns.len();
        let mut tokens = 0;
        while let Some(turn) = first.checked_sub(1).map(|n| turns[n]) {
            tokens += turn.iter().map(|entry| Unit::Tokens.text(&entry_text(entry)) + TOKENS_PER_MESSAGE).sum::<u64>();
            let fits = match self {
                Self::Turns(limit) => turns.len() - first < limit,
                Self::Tokens(limit) => tokens <= limit as u64,
            };
            if !fits {
                break;
            }
            first -= 1;
        }
        let kept = turns[first..].iter().map(|turn| turn.len()).sum::<usize>();
        entries.split_at(entries.len() - kept)
    }

    /// Returns true if all turns are within the limit.
    pub(super) fn holds(self, entries: &[HistoryEntry]) -> bool {
        !self.split(entries).0.iter().any(|entry| entry.role == Role::User)
    }

    /// Returns one and a half times the limit.
    pub(super) const fn extended(self) -> Self {
        match self {
            Self::Turns(limit) => Self::Turns(limit.saturating_add(limit.div_ceil(2))),
            Self::Tokens(limit) => Self::Tokens(limit.saturating_add(limit.div_ceil(2))),
        }
    }

    /// Returns the maximum number of entries within the limit, on the assumption that a turn rarely has more than four.
    pub(super) const fn max_entries(self) -> usize {
        match self {
            Self::Turns(limit) => limit.saturating_mul(4),
            Self::Tokens(limit) => limit.div_ceil(5),
        }
    }
}

/// Splits entries into turns. Entries before the first user message belong to no turn.
fn turns(entries: &[HistoryEntry]) -> Vec<&[HistoryEntry]> {
    let starts_turn = |n: &usize| entries[*n].role == Role::User && (*n == 0 || entries[n - 1].role != Role::User);
    let starts: Vec<_> = (0..entries.len()).filter(starts_turn).collect();
    let ends = starts.iter().skip(1).copied().chain([entries.len()]);
    starts.iter().zip(ends).map(|(&start, end)| &entries[start..end]).collect()
}

/// Appends an entry. Consecutive entries of one side become one message, because some models require alternating roles.
fn push(messages: &mut Vec<ChatMessage>, entry: &HistoryEntry, format: &MessageFormat) {
    let more = if entry.role == Role::User { user_message(entry, format) } else { entry_text(entry) };
    match (entry.role, messages.last_mut()) {
        (Role::User, Some(ChatMessage::User(parts))) => parts.push(ContentPart::Text(more)),
        (Role::Agent | Role::Operator, Some(ChatMessage::Assistant { text, .. })) => *text = format!("{text}\n{more}"),
        (Role::User, _) => messages.push(ChatMessage::user(more)),
        (Role::Agent | Role::Operator, _) => messages.push(ChatMessage::assistant(more)),
    }
}

/// Returns a message of a user as the model read it in its turn. Media are named.
fn user_message(entry: &HistoryEntry, format: &MessageFormat) -> String {
    let mut message = UserMessage::text(&entry.text);
    message.sent_at = UNIX_EPOCH + Duration::from_millis(u64::try_from(entry.at).unwrap_or(0));
    let medium = entry.media.first().map(|kind| Tag::new("media").attr("kind", kind));
    message_tag(&message, medium, false, format).into()
}

/// Returns the text of an entry as the model reads it.
pub(super) fn entry_text(entry: &HistoryEntry) -> String {
    let text = match entry.role {
        Role::User => entry.text.clone(),
        Role::Agent => reasoning::strip(&entry.text).to_owned(),
        Role::Operator => format!("[An employee of the business wrote:] {}", entry.text),
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
            "o" => Role::Operator,
            _ => Role::Agent,
        };
        let media = text.contains("picture").then_some("image");
        HistoryEntry::new(role, text.replace("picture", "")).with_media(media)
    }

    #[track_caller]
    fn check(limit: HistoryLimit, entries: &[&str], expected: &[&str]) {
        let entries: Vec<_> = entries.iter().map(|line| entry(line)).collect();
        let line = |message: &ChatMessage| match message {
            ChatMessage::User(parts) => {
                let texts: Vec<_> = parts
                    .iter()
                    .map(|part| match part {
                        ContentPart::Text(text) => {
                            text.strip_prefix("<message>").and_then(|rest| rest.strip_suffix("</message>")).unwrap()
                        }
                        other => panic!("history has text only: {other:?}"),
                    })
                    .collect();
                format!("u {}", texts.join("|"))
            }
            ChatMessage::Assistant { text, .. } => format!("a {text}"),
            ChatMessage::Tools(_) => panic!("history has no tool results"),
        };
        let messages = limit.messages(&entries, &MessageFormat::default());
        assert_eq!(messages.iter().map(line).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_latest_turns_are_kept_with_all_their_messages() {
        let said = ["a hello", "u one", "a 1", "u two", "u three", "a 2", "a 3", "u four"];
        check(HistoryLimit::Turns(0), &said, &[]);
        check(HistoryLimit::Turns(1), &said, &["u four"]);
        check(HistoryLimit::Turns(2), &said, &["u two|three", "a 2\n3", "u four"]);
        check(HistoryLimit::Turns(9), &said, &["u one", "a 1", "u two|three", "a 2\n3", "u four"]);
        check(HistoryLimit::Turns(9), &["a hello"], &[]);
        let helped = ["u one", "a 1", "o me", "u two"];
        check(HistoryLimit::Turns(9), &helped, &["u one", "a 1\n[An employee of the business wrote:] me", "u two"]);
        check(HistoryLimit::Turns(9), &["u picture", "a ok"], &["u \n<media kind=\"image\"/>\n", "a ok"]);
    }

    #[test]
    fn turns_are_kept_within_a_number_of_tokens() {
        let said = ["u 12345678", "a 1234", "u 1234", "a 1234"];
        check(HistoryLimit::Tokens(9), &said, &[]);
        check(HistoryLimit::Tokens(10), &said, &["u 1234", "a 1234"]);
        check(HistoryLimit::Tokens(20), &said, &["u 1234", "a 1234"]);
        check(HistoryLimit::Tokens(21), &said, &["u 12345678", "a 1234", "u 1234", "a 1234"]);
    }

    #[test]
    fn reasoning_that_the_user_saw_is_left_out() {
        let shown = reasoning::as_quotation("hm\nwell");
        check(HistoryLimit::default(), &["u why", &format!("a {shown}\nBecause.")], &["u why", "a Because."]);
    }
}
