//! Limits of media files.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>

use std::time::Duration;

use super::{GraphError, Rule, Rules, media_bytes, webp};
use crate::message::MediaKind;

/// Lifetime of a media URL.
pub(crate) const URL_LIFE: Duration = Duration::from_mins(5);
/// Lifetime of an uploaded file.
pub(crate) const UPLOAD_LIFE: Duration = Duration::from_hours(30 * 24);
/// Lifetime of a file that a user sent.
pub(crate) const INBOUND_LIFE: Duration = Duration::from_hours(7 * 24);
/// Maximum size of a file of any kind, in bytes.
pub(crate) const LARGEST: usize = 100 * MIB;

const MIB: usize = 1024 * 1024;

/// MIME types that a business may send, by kind of media.
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

/// Returns the MIME type without parameters, in lower case.
pub(crate) fn essence(mime_type: &str) -> String {
    mime_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Checks whether a file can be uploaded. The MIME type of the file determines the kind of media, which determines the size limit.
pub(crate) fn check_upload(mime_type: &str, bytes: &[u8], rules: &Rules) -> Result<(), GraphError> {
    let essence = essence(mime_type);
    let kind = ALLOWED.iter().find(|(_, types)| types.contains(&essence.as_str())).map(|(kind, _)| *kind);
    let kind = kind.or_else(|| other_document(&essence, rules));
    let why = || {
        let types: Vec<_> = ALLOWED.iter().flat_map(|(_, types)| types.iter().copied()).collect();
        let types = types.join(", ");
        let why = format!(
            "Param file must be a file with one of the following types: {types}. Received file of type '{essence}'."
        );
        GraphError::with_details(refusal(&essence), why)
    };
    check_size(kind.ok_or_else(why)?, bytes)?;
    check_bytes(&essence, bytes, rules)
}

fn check_bytes(essence: &str, bytes: &[u8], rules: &Rules) -> Result<(), GraphError> {
    if media_bytes::fit(essence, bytes) || !rules.applies(Rule::MediaBytes) {
        return Ok(());
    }
    Err(GraphError::with_details(Rule::MediaBytes, format!("the content of the file is not {essence}")))
}

/// Checks whether a file can be sent as this kind of media. Every type that can be uploaded can be sent as a document.
pub(crate) fn check_send(kind: MediaKind, mime_type: &str, bytes: &[u8], rules: &Rules) -> Result<(), GraphError> {
    let essence = essence(mime_type);
    let fits = |(for_kind, types): &(MediaKind, &[&str])| {
        (*for_kind == kind || kind == MediaKind::Document) && types.contains(&essence.as_str())
    };
    if ALLOWED.iter().any(fits) || other_document(&essence, rules) == Some(kind) {
        check_size(kind, bytes)?;
        return check_bytes(&essence, bytes, rules);
    }
    Err(GraphError::with_details(
        Rule::MediaType,
        format!("a file of the type {essence} cannot be sent as {}", kind.name()),
    ))
}

/// Returns the kind of a MIME type that Meta does not list. Leniently read, such a file is a document unless it is an image, a
/// video or an audio file.
fn other_document(essence: &str, rules: &Rules) -> Option<MediaKind> {
    let lenient = refusal(essence) == Rule::DocumentType && !rules.applies(Rule::DocumentType);
    lenient.then_some(MediaKind::Document)
}

/// Returns the rule that refuses a MIME type which Meta does not list.
fn refusal(essence: &str) -> Rule {
    match essence.split_once('/') {
        Some(("application", "octet-stream")) => Rule::UploadType,
        Some(("application" | "text", name)) if !name.is_empty() => Rule::DocumentType,
        _ => Rule::UploadType,
    }
}

fn check_size(kind: MediaKind, bytes: &[u8]) -> Result<(), GraphError> {
    if bytes.is_empty() {
        return Err(GraphError::with_details(Rule::EmptyFile, "the file is empty"));
    }
    let rule = match kind {
        MediaKind::Image => Rule::ImageSize,
        MediaKind::Video => Rule::VideoSize,
        MediaKind::Audio => Rule::AudioSize,
        MediaKind::Document => Rule::DocumentSize,
        MediaKind::Sticker if webp::is_animated(bytes) => Rule::AnimatedStickerSize,
        MediaKind::Sticker => Rule::StickerSize,
    };
    match rule.limit() {
        Some(limit) if bytes.len() > limit => {
            let why = format!("the file has {} bytes; the limit for {} is {limit}", bytes.len(), kind.name());
            Err(GraphError::with_details(rule, why))
        }
        _ => Ok(()),
    }
}

/// Returns the kind of media that a phone uses for a file. Users may send files of any type.
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

    /// Meta: supported media types.
    #[test]
    fn uploads_are_checked_by_type_and_size() {
        #[track_caller]
        fn check(mime_type: &str, size: usize, expected: Option<Rule>) {
            let got = check_upload(mime_type, &vec![0; size], &Rules::strict());
            assert_eq!(got.err().and_then(|error| error.rule), expected);
        }
        check("image/png", 1, None);
        check("IMAGE/PNG", 1, None);
        check("image/png", 0, Some(Rule::EmptyFile));
        check("image/jpeg", 5 * MIB, None);
        check("image/jpeg", 5 * MIB + 1, Some(Rule::ImageSize));
        check("image/gif", 1, Some(Rule::UploadType));
        check("application/octet-stream", 1, Some(Rule::UploadType));
        check("audio/ogg; codecs=opus", 16 * MIB, None);
        check("audio/ogg", 16 * MIB + 1, Some(Rule::AudioSize));
        check("audio/wav", 1, Some(Rule::UploadType));
        check("video/mp4", 16 * MIB + 1, Some(Rule::VideoSize));
        check("application/pdf", 100 * MIB, None);
        check("application/pdf", 100 * MIB + 1, Some(Rule::DocumentSize));
        check("application/zip", 1, Some(Rule::DocumentType));
        check("image/webp", 100 * 1024, None);
        check("image/webp", 100 * 1024 + 1, Some(Rule::StickerSize));
        check("", 1, Some(Rule::UploadType));
    }

    /// Meta: supported media types.
    #[test]
    fn an_animated_sticker_may_be_larger() {
        let mut webp = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x02".to_vec();
        webp.resize(500 * 1024, 0);
        assert!(check_upload("image/webp", &webp, &Rules::strict()).is_ok());
        webp.push(0);
        let error = check_upload("image/webp", &webp, &Rules::strict()).unwrap_err();
        assert_eq!(error.rule, Some(Rule::AnimatedStickerSize));
    }

    /// Meta: supported media types.
    #[test]
    fn sends_are_checked_by_kind_and_type() {
        #[track_caller]
        fn check(kind: MediaKind, mime_type: &str, rules: &Rules, expected: Option<Rule>) {
            let got = check_send(kind, mime_type, b"x", rules);
            assert_eq!(got.err().and_then(|error| error.rule), expected);
        }
        let (strict, lenient) = (Rules::strict(), Rules::lenient());
        check(MediaKind::Image, "image/png", &strict, None);
        check(MediaKind::Document, "image/png", &strict, None);
        check(MediaKind::Image, "application/pdf", &strict, Some(Rule::MediaType));
        check(MediaKind::Sticker, "image/png", &strict, Some(Rule::MediaType));
        check(MediaKind::Document, "application/zip", &strict, Some(Rule::MediaType));
        check(MediaKind::Document, "application/zip", &lenient, None);
        check(MediaKind::Image, "application/zip", &lenient, Some(Rule::MediaType));
        check(MediaKind::Document, "image/gif", &lenient, Some(Rule::MediaType));
        assert!(check_upload("application/zip", b"x", &lenient).is_ok());
        let unknown = check_upload("application/octet-stream", b"x", &lenient).unwrap_err();
        assert_eq!(unknown.rule, Some(Rule::UploadType));
    }

    /// Unverified.
    #[test]
    fn bytes_are_checked_on_request() {
        let rules = Rules::strict().with_strict(Rule::MediaBytes);
        assert!(check_upload("image/png", b"\x89PNG\r\n\x1a\n", &rules).is_ok());
        for refused in
            [check_upload("image/png", b"GIF89a", &rules), check_send(MediaKind::Image, "image/png", b"GIF", &rules)]
        {
            assert_eq!(refused.unwrap_err().rule, Some(Rule::MediaBytes));
        }
        assert!(check_upload("image/png", b"GIF89a", &Rules::strict()).is_ok());
    }

    #[test]
    fn a_phone_sends_files_of_any_type() {
        assert_eq!(kind_from_phone("image/png"), MediaKind::Image);
        assert_eq!(kind_from_phone("image/svg+xml"), MediaKind::Document);
        assert_eq!(kind_from_phone("audio/webm;codecs=opus"), MediaKind::Audio);
        assert_eq!(kind_from_phone("odd"), MediaKind::Document);
    }
}
