//! Media of earlier messages in the prompt.
//!
//! A model gets the files of earlier messages again, so that a user can ask about a picture that was sent some turns ago. A file stays in the
//! requests until the files have no room any more. Then the older ones are hidden, until half of the room is free, so the start of the
//! requests changes rarely.

use waxwing_agent::{HistoryEntry, HistoryEvent, Media, SentPart};

use super::prompt::{self, PromptMedia, Transcripts};
use super::request_size::Unit;
use crate::tag::Tag;
use crate::{ContentPart, Modalities};

/// Largest number of files of earlier messages in a request. Anthropic accepts only small pictures in requests with more than 20.
///
/// <https://docs.anthropic.com/en/docs/build-with-claude/vision>
const MAX_FILES: u64 = 16;

/// Size of media in a request, or room for them.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct MediaSize {
    files: u64,
    /// Bytes of the files, and of the tags of media that are text.
    bytes: u64,
    /// Estimated tokens.
    tokens: u64,
}

impl MediaSize {
    /// Returns the room for files of so many bytes and tokens.
    pub(super) fn room(bytes: u64, tokens: Option<u64>) -> Self {
        Self { files: MAX_FILES, bytes, tokens: tokens.unwrap_or(u64::MAX) }
    }

    fn of(medium: &ShownMedium) -> Self {
        let tag = medium.tag.to_string();
        let (files, bytes) = match &medium.file {
            Some(file) => (1, file_len(file)),
            // The text of a document stands in its tag.
            None => (0, tag.len() as u64),
        };
        let tokens = Unit::Tokens.text(&tag) + Unit::Tokens.parts(medium.file.as_slice());
        Self { files, bytes, tokens }
    }

    fn half(self) -> Self {
        Self { files: self.files / 2, bytes: self.bytes / 2, tokens: self.tokens / 2 }
    }

    fn plus(self, more: Self) -> Self {
        let tokens = self.tokens.saturating_add(more.tokens);
        Self { files: self.files + more.files, bytes: self.bytes.saturating_add(more.bytes), tokens }
    }

    fn fits(self, room: Self) -> bool {
        self.files <= room.files && self.bytes <= room.bytes && self.tokens <= room.tokens
    }
}

/// Medium of an earlier message as the model reads it.
#[derive(Clone)]
pub(super) struct ShownMedium {
    pub(super) tag: Tag,
    pub(super) file: Option<ContentPart>,
}

/// Media of entries of the history as the model reads them.
pub(super) struct EarlierMedia {
    /// The medium of each entry, in the order of the entries.
    pub(super) shown: Vec<Option<ShownMedium>>,
    /// Position of the newest entry whose medium is hidden for lack of room.
    pub(super) hidden_to: i64,
    /// Bytes of the files that are shown, and of the texts of documents.
    pub(super) bytes: u64,
}

impl EarlierMedia {
    /// Reads the media of entries, newest first. The media up to the position `hidden_to` are hidden already. If a block ends, half of the room
    /// is used. A file of more than `max_file` bytes is described as in its own turn.
    pub(super) async fn read(
        entries: &[HistoryEntry],
        hidden_to: i64,
        room: MediaSize,
        is_block_end: bool,
        (modalities, max_file): (Modalities, u64),
    ) -> Self {
        let mut media = Self { shown: vec![None; entries.len()], hidden_to, bytes: 0 };
        let limit = if is_block_end { room.half() } else { room };
        let (mut sizes, mut used, mut is_full) = (Vec::new(), MediaSize::default(), false);
        for (nth, entry) in entries.iter().enumerate().rev() {
            let Some(medium) = medium(entry) else { continue };
            if let Some(described) = described(entry, medium) {
                media.shown[nth] = Some(ShownMedium { tag: described, file: None });
                continue;
            }
            if is_full || is_hidden(entry, hidden_to) {
                media.hide(nth, entry, medium);
                continue;
            }
            let mut reader = PromptMedia { modalities, bytes_left: max_file, transcripts: Transcripts::new() };
            let (tag, file) = reader.read("", medium).await;
            let shown = ShownMedium { tag, file };
            let size = MediaSize::of(&shown);
            is_full = !used.plus(size).fits(limit);
            if is_full {
                media.hide(nth, entry, medium);
                continue;
            }
            used = used.plus(size);
            sizes.push((nth, size));
            media.shown[nth] = Some(shown);
        }
        media.bytes = used.bytes;
        if is_full && !is_block_end {
            media.make_room(entries, &sizes, room.half());
        }
        media
    }

    /// Hides the older media until the others fit into the room. `sizes` are those of the shown media, newest first.
    fn make_room(&mut self, entries: &[HistoryEntry], sizes: &[(usize, MediaSize)], room: MediaSize) {
        let mut used = MediaSize::default();
        let mut is_full = false;
        for (nth, size) in sizes {
            is_full |= !used.plus(*size).fits(room);
            if !is_full {
                used = used.plus(*size);
            } else if let Some(medium) = medium(&entries[*nth]) {
                self.hide(*nth, &entries[*nth], medium);
            }
        }
        self.bytes = used.bytes;
    }

    fn hide(&mut self, nth: usize, entry: &HistoryEntry, medium: &Media) {
        self.hidden_to = self.hidden_to.max(entry.seq);
        self.shown[nth] = Some(ShownMedium { tag: prompt::hidden(medium), file: None });
    }
}

fn file_len(file: &ContentPart) -> u64 {
    match file {
        ContentPart::Text(text) => text.len() as u64,
        ContentPart::Image(blob) | ContentPart::Audio(blob) | ContentPart::Document(blob) => blob.bytes.len() as u64,
    }
}

/// Returns the medium of an entry that the model may read. The engine gives files to messages of users and of the business app only.
fn medium(entry: &HistoryEntry) -> Option<&Media> {
    match &entry.event {
        HistoryEvent::Message(message) => message.media.as_ref(),
        HistoryEvent::Sent(parts) => parts.iter().filter_map(SentPart::media).find_map(|sent| sent.file.as_ref()),
        _ => None,
    }
}

/// Returns the tag of a medium that is no file for the model in any case: it has a transcript, or it is gone.
fn described(entry: &HistoryEntry, medium: &Media) -> Option<Tag> {
    let transcript = entry.message().and_then(prompt::transcript);
    match transcript {
        Some(transcript) => Some(prompt::transcribed(medium, transcript)),
        None => (!medium.is_available()).then(|| prompt::gone(medium)),
    }
}

/// Returns whether the medium of an entry was hidden in an earlier turn. Entries without a position are always new.
fn is_hidden(entry: &HistoryEntry, hidden_to: i64) -> bool {
    entry.seq > 0 && entry.seq <= hidden_to
}
