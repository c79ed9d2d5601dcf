//! A history without a run, for programs that show what an agent would read.

use std::path::PathBuf;

use waxwing_agent::{HistoryEntry, UserMessage};
use waxwing_store::{FoundMessage, KeptMedium, LogEntry};
use waxwing_types::MessageId;

use super::media::{EarlierMedium, attach, earlier};
use super::quotes::QuoteTargets;
use super::read::entries;
use crate::inbound::accept::is_change;
use crate::settings::Reactions;

/// Problem of the media of messages that wait.
const NOT_DOWNLOADED: &str = "it is downloaded when the turn begins";

/// The history and the waiting messages of a conversation, as an agent would read them in its next turn.
///
/// A program that shows it looks up the [messages](Self::missing_targets) that others refer to, and gets the [kept media](Self::kept_media).
///
/// ```
/// use waxwing_engine::StoredHistory;
///
/// let mut stored = StoredHistory::read(&[], &[]);
/// assert!(stored.missing_targets().is_empty() && stored.kept_media().is_empty());
/// stored.add_targets(Vec::new());
/// let (history, waiting) = stored.into_parts();
/// assert!(history.is_empty() && waiting.is_empty());
/// ```
#[derive(Debug)]
pub struct StoredHistory {
    history: Vec<HistoryEntry>,
    waiting: Vec<HistoryEntry>,
    /// Media of the history, and of the messages that wait.
    media: Vec<EarlierMedium>,
    targets: QuoteTargets,
    missing_targets: Vec<MessageId>,
}

impl StoredHistory {
    /// Reads the entries of the conversation log that a turn has handled, and those that wait for a turn.
    ///
    /// Entries of unknown kinds, and entries that cannot be read, are left out. Of the entries that wait, the messages of users count.
    pub fn read(handled: &[LogEntry], waiting: &[LogEntry]) -> Self {
        let changes = waiting.iter().filter(|entry| is_change(&entry.kind, Reactions::Run));
        let handled: Vec<_> = handled.iter().chain(changes).cloned().collect();
        let history = entries(&handled);
        let mut waiting_entries = entries(waiting);
        waiting_entries.retain(|entry| entry.message().is_some());
        let messages = waiting_entries.iter().filter_map(HistoryEntry::message);
        let (targets, missing_targets) = QuoteTargets::of(&handled, &history, messages);
        let mut media = earlier(&handled, &history);
        media.extend(earlier(waiting, &waiting_entries));
        Self { history, waiting: waiting_entries, media, targets, missing_targets }
    }

    /// Returns the ids of messages that others refer to, and that are not among the entries.
    pub fn missing_targets(&self) -> &[MessageId] {
        &self.missing_targets
    }

    /// Adds messages that others refer to.
    pub fn add_targets(&mut self, found: Vec<FoundMessage>) {
        self.targets.add(found);
    }

    /// Returns the kept media that an agent would get, with the positions of their messages.
    pub fn kept_media(&self) -> Vec<(i64, KeptMedium)> {
        self.media.iter().filter_map(|medium| Some((medium.seq, medium.kept.clone()?))).collect()
    }

    /// Gives the message at a position its medium: a file of `len` bytes.
    pub fn add_medium(&mut self, position: i64, file: PathBuf, len: u64) {
        let found = self.media.iter().find(|medium| medium.seq == position);
        let Some(media) = found.and_then(|medium| medium.placed(file, len)) else { return };
        for entries in [&mut self.history, &mut self.waiting] {
            attach(entries, [(position, media.clone())].into());
        }
    }

    /// Returns the history and the messages that wait. Messages that refer to others have them. A turn downloads the media of its messages, so
    /// messages that wait have a problem instead.
    pub fn into_parts(self) -> (Vec<HistoryEntry>, Vec<UserMessage>) {
        let Self { mut history, waiting, mut targets, .. } = self;
        targets.resolve_history(&mut history);
        let mut waiting: Vec<_> = waiting.iter().filter_map(HistoryEntry::message).cloned().collect();
        for message in &mut waiting {
            if message.media.take_if(|media| !media.is_available()).is_some() {
                message.media_problem = Some(NOT_DOWNLOADED.to_owned());
            }
        }
        targets.resolve(&mut waiting);
        (history, waiting)
    }
}
