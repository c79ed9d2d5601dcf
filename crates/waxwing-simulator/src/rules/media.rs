//! Types, sizes and lives of media.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>

use std::time::Duration;

use super::GraphError;
use crate::message::MediaKind;

/// How long the URL of a medium works.
pub(crate) const URL_LIFE: Duration = Duration::from_mins(5);
/// How long an uploaded medium exists.
pub(crate) const UPLOAD_LIFE: Duration = Duration::from_hours(30 * 24);
/// How long the medium of a webhook exists.
pub(crate) const INBOUND_LIFE: Duration = Duration::from_hours(7 * 24);
/// Largest file of any kind, in bytes.
pub(crate) const LARGEST: usize = 100 * MIB;

const MIB: usize = 1024 * 1024;

/// The MIME types that may be sent, by kind.
const ALLOWED: [(MediaKind, &[&str]); 5] = [
    (MediaKind::Image, &["image/jpeg", "image/png"]),
    (MediaKind::Video, &["video/mp4", "video/3gpp"]),
    (MediaKind::Audio, &["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"]),
    (
        MediaKind::Document,
        &[
            "text/plain",
            "application/pdf",
            "application/msword",
            "application/vnd.ms-excel",
            "application/vnd.ms-powerpoint",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ],
    ),
    (MediaKind::Sticker, &["image/webp"]),
];

/// The type without its parameters, in lower case.
pub(crate) fn essence(mime_type: &str) -> String {
    mime_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// May a file of this type and size be uploaded? Its type decides what it is for, and so how large it may be.
pub(crate) fn check_upload(mime_type: &str, size: usize) -> Result<(), GraphError> {
    let essence = essence(mime_type);
    let kind = ALLOWED.iter().find(|(_, types)| types.contains(&essence.as_str())).map(|(kind, _)| *kind);
    let kind = kind.ok_or_else(|| GraphError::media(format!("files of the type {essence} are not supported")))?;
    check_size(kind, size)
}

/// May a file of this type and size be sent as this kind? Any type that may be uploaded goes as a document.
pub(crate) fn check_send(kind: MediaKind, mime_type: &str, size: usize) -> Result<(), GraphError> {
    let essence = essence(mime_type);
    let fits = |(for_kind, types): &(MediaKind, &[&str])| {
        (*for_kind == kind || kind == MediaKind::Document) && types.contains(&essence.as_str())
    };
    if !ALLOWED.iter().any(fits) {
        return Err(GraphError::media(format!("a file of the type {essence} cannot be sent as {}", kind.name())));
    }
    check_size(kind, size)
}

/// The largest file of a kind, in bytes.
pub(crate) fn limit(kind: MediaKind) -> usize {
    match kind {
        MediaKind::Image => 5 * MIB,
        MediaKind::Video | MediaKind::Audio => 16 * MIB,
        MediaKind::Document => LARGEST,
        // An animated one may have 500 KB, a still one 100 KB; telling them apart takes a decoder.
        MediaKind::Sticker => 500 * 1024,
    }
}

fn check_size(kind: MediaKind, size: usize) -> Result<(), GraphError> {
    if size == 0 {
        return Err(GraphError::media("the file is empty"));
    }
    if size > limit(kind) {
        return Err(GraphError::media(format!("the file has {size} bytes, {} may have {}", kind.name(), limit(kind))));
    }
    Ok(())
}

/// What a phone sends a file as. Users may send more than businesses may: any type goes.
pub(crate) fn kind_from_phone(mime_type: &str) -> MediaKind {
    match essence(mime_type).split_once('/') {
        Some(("image", "webp")) => MediaKind::Sticker,
        Some(("image", "jpeg" | "png")) => MediaKind::Image,
        Some(("video", "mp4" | "3gpp")) => MediaKind::Video,
        Some(("audio", _)) => MediaKind::Audio,
        _ => MediaKind::Document,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Meta: media, supported types.
    #[test]
    fn uploads() {
        #[track_caller]
        fn check(mime_type: &str, size: usize, allowed: bool) {
            assert_eq!(check_upload(mime_type, size).map_err(|error| error.code), allowed.then_some(()).ok_or(131_053));
        }
        check("image/png", 1, true);
        check("IMAGE/PNG", 1, true);
        check("image/png", 0, false);
        check("image/jpeg", 5 * MIB, true);
        check("image/jpeg", 5 * MIB + 1, false);
        check("image/gif", 1, false);
        check("audio/ogg; codecs=opus", 16 * MIB, true);
        check("audio/wav", 1, false);
        check("video/mp4", 16 * MIB + 1, false);
        check("application/pdf", 100 * MIB, true);
        check("application/pdf", 100 * MIB + 1, false);
        check("application/zip", 1, false);
        check("image/webp", 500 * 1024, true);
        check("image/webp", 500 * 1024 + 1, false);
        check("", 1, false);
    }

    /// Meta: media, supported types.
    #[test]
    fn sends() {
        assert!(check_send(MediaKind::Image, "image/png", 1).is_ok());
        assert!(check_send(MediaKind::Document, "image/png", 1).is_ok());
        assert!(check_send(MediaKind::Image, "application/pdf", 1).is_err());
        assert!(check_send(MediaKind::Sticker, "image/png", 1).is_err());
        assert!(check_send(MediaKind::Document, "application/zip", 1).is_err());
    }

    #[test]
    fn a_phone_sends_anything() {
        assert_eq!(kind_from_phone("image/png"), MediaKind::Image);
        assert_eq!(kind_from_phone("image/svg+xml"), MediaKind::Document);
        assert_eq!(kind_from_phone("audio/webm;codecs=opus"), MediaKind::Audio);
        assert_eq!(kind_from_phone("odd"), MediaKind::Document);
    }
}
