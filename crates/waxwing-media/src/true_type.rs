//! Type of a file that its sender may have stated wrongly.

use crate::{canonical_type, sniff};

/// Number of first bytes that tell the type of a file.
pub const HEAD: usize = 4096;

/// Type of a file whose sender states none. WhatsApp never takes it.
pub const UNKNOWN_TYPE: &str = "application/octet-stream";

/// Types of audio files that WhatsApp plays, besides [`OGG_OPUS`](crate::OGG_OPUS).
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media#supported-media-types>
pub const AUDIO_TYPES: [&str; 4] = ["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4"];

/// Returns the type of a file: by its first bytes, up to [`HEAD`], where they tell it, else the one that its sender states. `is_sound` is whether the
/// sender means the file as audio, which tells sound from video in containers that hold both.
///
/// A text is `text/plain`, whatever its sender states, because WhatsApp lists no other type of text.
///
/// ```
/// use waxwing_media::true_type;
///
/// assert_eq!(true_type("image/jpeg", b"\x89PNG\r\n\x1a\n", false), "image/png");
/// assert_eq!(true_type("audio/x-m4a", b"\0\0\0\x18ftypmp42", true), "audio/mp4");
/// assert_eq!(true_type("text/csv", b"a,b", false), "text/plain");
/// ```
pub fn true_type(stated: &str, head: &[u8], is_sound: bool) -> String {
    let canonical = canonical_type(stated);
    let is_sound = is_sound || canonical.starts_with("audio/");
    match sniff(head) {
        Some("video/mp4") if is_sound => "audio/mp4".to_owned(),
        Some("video/webm") if is_sound => "audio/webm".to_owned(),
        Some("video/3gpp") if is_sound => "audio/3gpp".to_owned(),
        // Many formats are zip files inside.
        Some("application/zip") if canonical.starts_with("application/") && canonical != UNKNOWN_TYPE => canonical,
        Some(mime_type) => mime_type.to_owned(),
        None if is_text(&canonical, head) => "text/plain".to_owned(),
        // The type of raw samples has parameters that describe them.
        None if stated.contains(';') && canonical.starts_with("audio/") => stated.to_owned(),
        None => canonical,
    }
}

/// Returns whether a file is a text of a type that WhatsApp does not list, such as `text/csv` or `application/json`. The user sees it by its name.
fn is_text(stated: &str, head: &[u8]) -> bool {
    let is_utf8 = match std::str::from_utf8(head) {
        Ok(_) => true,
        // The end of the first bytes may be in the middle of a character.
        Err(error) => error.error_len().is_none() && head.len() == HEAD,
    };
    let is_candidate = stated == UNKNOWN_TYPE || matches!(stated, "application/json" | "application/xml");
    stated.starts_with("text/") || (is_candidate && is_utf8 && !head.is_empty() && !head.contains(&0))
}
