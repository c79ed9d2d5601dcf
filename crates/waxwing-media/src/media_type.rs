//! Spelling of MIME types.

/// MIME type of a voice note, as WhatsApp spells it.
pub const OGG_OPUS: &str = "audio/ogg; codecs=opus";

/// Other spellings of types that WhatsApp takes, or that this crate converts.
const ALIASES: [(&str, &[&str]); 14] = [
    ("image/jpeg", &["image/jpg", "image/pjpeg", "image/x-jpeg"]),
    ("image/png", &["image/x-png", "image/apng"]),
    ("image/bmp", &["image/x-bmp", "image/x-ms-bmp"]),
    ("image/tiff", &["image/tif", "image/x-tiff"]),
    ("audio/mpeg", &["audio/mp3", "audio/x-mp3", "audio/mpeg3", "audio/x-mpeg", "audio/mpga"]),
    ("audio/mp4", &["audio/m4a", "audio/x-m4a", "audio/x-mp4", "audio/mp4a-latm"]),
    ("audio/aac", &["audio/x-aac", "audio/aacp", "audio/x-hx-aac-adts"]),
    ("audio/wav", &["audio/x-wav", "audio/wave", "audio/vnd.wave"]),
    ("audio/ogg", &["audio/opus", "audio/x-opus+ogg", "audio/x-ogg", "application/ogg"]),
    ("audio/flac", &["audio/x-flac"]),
    ("video/mp4", &["video/x-mp4", "video/mpeg4", "video/x-m4v"]),
    ("video/3gpp", &["video/3gp", "video/3gpp2"]),
    ("application/pdf", &["application/x-pdf"]),
    ("text/csv", &["text/x-csv", "application/csv", "text/comma-separated-values"]),
];

/// Returns a MIME type without its parameters, in lower case.
///
/// ```
/// assert_eq!(waxwing_media::essence("Audio/OGG; codecs=opus"), "audio/ogg");
/// ```
pub fn essence(mime_type: &str) -> String {
    mime_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Returns a MIME type without its parameters, in the spelling of WhatsApp.
///
/// ```
/// use waxwing_media::canonical_type;
///
/// assert_eq!(canonical_type("image/jpg"), "image/jpeg");
/// assert_eq!(canonical_type("audio/x-m4a"), "audio/mp4");
/// assert_eq!(canonical_type("Application/Zip"), "application/zip");
/// ```
pub fn canonical_type(mime_type: &str) -> String {
    let essence = essence(mime_type);
    let canonical = ALIASES.iter().find(|(_, aliases)| aliases.contains(&essence.as_str()));
    canonical.map_or(essence, |(canonical, _)| (*canonical).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_spellings_are_read() {
        for (given, expected) in [
            ("image/jpg", "image/jpeg"),
            ("audio/mp3", "audio/mpeg"),
            ("audio/x-m4a", "audio/mp4"),
            ("AUDIO/WAVE; rate=8000", "audio/wav"),
            ("audio/opus", "audio/ogg"),
            ("odd", "odd"),
            ("", ""),
        ] {
            assert_eq!(canonical_type(given), expected);
        }
    }
}
