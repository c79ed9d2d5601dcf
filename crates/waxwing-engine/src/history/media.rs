//! Media of earlier messages.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use waxwing_agent::{HistoryEntry, HistoryEvent, Media, MediaKind, SentPart};
use waxwing_store::{KeptMedium, LogEntry, Origin, Timestamp};
use waxwing_webhook::{InboundMedia, InboundMessage};

use crate::inbound::content::decode_message;
use crate::inbound::media::described;

/// Number of the newest media of a history that a run gets.
const MAX_MEDIA: usize = 32;

/// The medium of an entry of the conversation log.
#[derive(Debug)]
pub(crate) struct EarlierMedium {
    /// Position of the entry.
    pub(crate) seq: i64,
    /// Time of the message.
    pub(crate) at: Timestamp,
    pub(crate) kind: MediaKind,
    pub(crate) announced: InboundMedia,
    pub(crate) kept: Option<KeptMedium>,
}

impl EarlierMedium {
    /// Returns the kept medium, whose content is a file of `len` bytes.
    pub(crate) fn placed(&self, file: PathBuf, len: u64) -> Option<Media> {
        let kept = self.kept.as_ref()?;
        let media = Media::from_file(self.kind, kept.mime_type.clone(), file, len);
        Some(described(media, &self.announced))
    }
}

/// Returns the newest media that users and persons in the WhatsApp Business app have sent, newest first. `history` is the history of the log: a
/// deleted message has no medium there.
pub(crate) fn earlier(log: &[LogEntry], history: &[HistoryEntry]) -> Vec<EarlierMedium> {
    let with_media: HashSet<_> =
        history.iter().filter(|entry| !entry.media_kinds().is_empty()).map(|entry| entry.seq).collect();
    log.iter().rev().filter(|entry| with_media.contains(&entry.seq)).filter_map(medium).take(MAX_MEDIA).collect()
}

fn medium(entry: &LogEntry) -> Option<EarlierMedium> {
    if !matches!(entry.origin, Origin::User | Origin::BusinessApp | Origin::OtherApp) {
        return None;
    }
    let (_, medium) = decode_message(InboundMessage::parse(&entry.content).ok()?)?;
    let (kind, announced) = medium?;
    Some(EarlierMedium { seq: entry.seq, at: entry.at, kind, announced, kept: entry.medium.clone() })
}

/// Gives the messages of a history their media, by the positions of their entries.
pub(crate) fn attach(history: &mut [HistoryEntry], mut files: HashMap<i64, Media>) {
    for entry in history {
        let Some(media) = files.remove(&entry.seq) else { continue };
        match &mut entry.event {
            HistoryEvent::Message(message) => message.media = Some(media),
            HistoryEvent::Sent(parts) => {
                let sent = parts.iter_mut().find_map(|part| match part {
                    SentPart::Media(sent) => Some(sent),
                    _ => None,
                });
                if let Some(sent) = sent {
                    sent.size = media.len();
                    sent.file = Some(media);
                }
            }
            _ => {}
        }
    }
}
