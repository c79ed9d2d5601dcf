//! Conversation history in the prompt.

use waxwing_agent::{HistoryEntry, HistoryEvent, Role};

use super::reasoning;
use super::request_size::Unit;

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
    /// Splits the entries into those beyond the limit and those within it, at the start of a turn.
    pub(super) fn split(self, entries: &[HistoryEntry]) -> (&[HistoryEntry], &[HistoryEntry]) {
        let turns = turns(entries);
        let mut first = turns.len();
        let mut used = 0;
        while let Some(turn) = first.checked_sub(1).map(|n| turns[n]) {
            used += tokens(turn);
            let fits = match self {
                Self::Turns(limit) => turns.len() - first < limit,
                Self::Tokens(limit) => used <= limit as u64,
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
        self.split(entries).0.is_empty()
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

/// Splits entries into turns. The first one may start before the first message of the user.
fn turns(entries: &[HistoryEntry]) -> Vec<&[HistoryEntry]> {
    let is_user = |n: usize| entries[n].role() == Role::User;
    let starts: Vec<_> = (0..entries.len()).filter(|&n| n == 0 || (is_user(n) && !is_user(n - 1))).collect();
    let ends = starts.iter().skip(1).copied().chain([entries.len()]);
    starts.iter().zip(ends).map(|(&start, end)| &entries[start..end]).collect()
}

/// Returns the estimated number of tokens of entries, without their media.
pub(super) fn tokens(entries: &[HistoryEntry]) -> u64 {
    entries.iter().map(entry_tokens).sum()
}

fn entry_tokens(entry: &HistoryEntry) -> u64 {
    let text = match &entry.event {
        HistoryEvent::Tools(round) => {
            let calls = round.calls.iter().map(|call| {
                let arguments = Unit::Tokens.text(&call.arguments.to_string());
                TOKENS_PER_MESSAGE + arguments + Unit::Tokens.text(&call.result)
            });
            calls.sum()
        }
        _ => Unit::Tokens.text(&entry_text(entry)),
    };
    text + TOKENS_PER_MESSAGE
}

/// Returns the words of an entry, for a summary. Events without words have none.
pub(super) fn entry_text(entry: &HistoryEntry) -> String {
    let text = match entry.role() {
        Role::Agent => reasoning::strip(&entry.text()).to_owned(),
        Role::User | Role::Operator => entry.text().into_owned(),
    };
    let media = entry.media_kinds().into_iter().map(|kind| format!("[{}]", kind.as_str()));
    media.chain((!text.is_empty()).then_some(text)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(limit: HistoryLimit, entries: &[&str], expected: usize) {
        let entry = |line: &&str| {
            let (role, text) = line.split_once(' ').unwrap();
            let role = if role == "u" { Role::User } else { Role::Agent };
            HistoryEntry::new(role, text)
        };
        let entries: Vec<_> = entries.iter().map(entry).collect();
        assert_eq!(limit.split(&entries).1.len(), expected);
    }

    #[test]
    fn the_latest_turns_are_kept_with_all_their_messages() {
        let said = ["a hello", "u one", "a 1", "u two", "u three", "a 2", "a 3", "u four"];
        check(HistoryLimit::Turns(0), &said, 0);
        check(HistoryLimit::Turns(1), &said, 1);
        check(HistoryLimit::Turns(2), &said, 5);
        check(HistoryLimit::Turns(3), &said, 7);
        check(HistoryLimit::Turns(9), &said, 8);
    }

    #[test]
    fn turns_are_kept_within_a_number_of_tokens() {
        let said = ["u 12345678", "a 1234", "u 1234", "a 1234"];
        check(HistoryLimit::Tokens(9), &said, 0);
        check(HistoryLimit::Tokens(10), &said, 2);
        check(HistoryLimit::Tokens(20), &said, 2);
        check(HistoryLimit::Tokens(21), &said, 4);
    }
}
