//! Conversion of media kinds.

use waxwing_agent::MediaKind;

use crate::wire::WireMediaKind;

/// Converts a kind of the contract.
pub(crate) fn from_wire(kind: WireMediaKind) -> MediaKind {
    match kind {
        WireMediaKind::Image => MediaKind::Image,
        WireMediaKind::Video => MediaKind::Video,
        WireMediaKind::Audio => MediaKind::Audio,
        WireMediaKind::Voice => MediaKind::Voice,
        WireMediaKind::Document => MediaKind::Document,
        WireMediaKind::Sticker => MediaKind::Sticker,
    }
}

/// Converts a kind to the contract. A kind that the contract does not know becomes a document.
pub(crate) fn to_wire(kind: MediaKind) -> WireMediaKind {
    match kind {
        MediaKind::Image => WireMediaKind::Image,
        MediaKind::Video => WireMediaKind::Video,
        MediaKind::Audio => WireMediaKind::Audio,
        MediaKind::Voice => WireMediaKind::Voice,
        MediaKind::Sticker => WireMediaKind::Sticker,
        _ => WireMediaKind::Document,
    }
}
