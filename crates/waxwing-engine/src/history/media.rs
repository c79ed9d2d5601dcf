//! Media of earlier messages.

use std::collections::HashMap;

use waxwing_agent::{HistoryEntry, HistoryEvent, Media, MediaKind, SentPart};
use waxwing_store::{KeptMedium, LogEntry, Origin, Timestamp};
use waxwing_webhook::{InboundMedia, InboundMessage};

use crate::inbound::content::decode_message;

/// Meta's types of messages with media.
const MEDIA_TYPES: [&str; 5] = ["image", "video", "audio", "document", "sticker"];

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

/// Returns the newest media that users and persons in the WhatsApp Business app have sent, newest first.
pub(crate) fn earlier(log: &[LogEntry]) -> Vec<EarlierMedium> {
    log.iter().rev().filter_map(medium).take(MAX_MEDIA).collect()
}

fn medium(entry: &LogEntry) -> Option<EarlierMedium> {
    if !matches!(entry.origin, Origin::User | Origin::BusinessApp) || !MEDIA_TYPES.contains(&entry.kind.as_str()) {
        return None;
    }
    let (_, medium) = decode_message(InboundMessage::parse(&entry.content).ok()?)?;
    let (kind, announced) = medium?;
    Some(EarlierMedium { seq: entry.seq, at: entry.at, kind, announced, kept: entry.medium.clone() })
}

/// Gives the messages of a history their media, by the positions of their entries.
pub(super) fn attach(history: &mut [HistoryEntry], mut files: HashMap<i64, Media>) {
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
