//! File names that match a MIME type.

use crate::canonical_type;

/// Extensions of MIME types. The first one is used for new names.
const EXTENSIONS: [(&str, &[&str]); 25] = [
    ("image/jpeg", &["jpg", "jpeg", "jpe", "jfif"]),
    ("image/png", &["png"]),
    ("image/webp", &["webp"]),
    ("image/gif", &["gif"]),
    ("image/bmp", &["bmp"]),
    ("image/tiff", &["tif", "tiff"]),
    ("image/heic", &["heic", "heif"]),
    ("audio/mpeg", &["mp3", "mpga"]),
    ("audio/mp4", &["m4a", "mp4", "m4b"]),
    ("audio/aac", &["aac"]),
    ("audio/amr", &["amr"]),
    ("audio/ogg", &["ogg", "opus", "oga"]),
    ("audio/wav", &["wav"]),
    ("audio/flac", &["flac"]),
    ("video/mp4", &["mp4", "m4v"]),
    ("video/3gpp", &["3gp", "3g2"]),
    ("application/pdf", &["pdf"]),
    ("application/msword", &["doc", "dot"]),
    ("application/vnd.ms-excel", &["xls", "xlt", "csv"]),
    ("application/vnd.ms-powerpoint", &["ppt", "pps"]),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", &["docx"]),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &["xlsx"]),
    ("application/vnd.openxmlformats-officedocument.presentationml.presentation", &["pptx"]),
    ("application/zip", &["zip"]),
    ("application/json", &["json"]),
];

/// Longest extension that a text file keeps, in characters.
const LONGEST: usize = 8;

/// Returns the extension for files of a MIME type, without the dot.
///
/// ```
/// assert_eq!(waxwing_media::extension("image/jpg"), Some("jpg"));
/// assert_eq!(waxwing_media::extension("text/x-unknown"), Some("txt"));
/// assert_eq!(waxwing_media::extension("application/x-unknown"), None);
/// ```
pub fn extension(mime_type: &str) -> Option<&'static str> {
    let canonical = canonical_type(mime_type);
    match of(&canonical) {
        [first, ..] => Some(*first),
        [] if canonical == "text/csv" => Some("csv"),
        [] if canonical.starts_with("text/") => Some("txt"),
        [] => None,
    }
}

/// Returns the MIME type of files with the extension of `name`, if it is known.
///
/// ```
/// assert_eq!(waxwing_media::type_of_name("Menu.PDF"), Some("application/pdf"));
/// assert_eq!(waxwing_media::type_of_name("menu"), None);
/// ```
pub fn type_of_name(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    let extension = extension.to_ascii_lowercase();
    let usual = EXTENSIONS.iter().find(|(_, extensions)| extensions[0] == extension);
    usual
        .or_else(|| EXTENSIONS.iter().find(|(_, extensions)| extensions.contains(&extension.as_str())))
        .map(|(mime_type, _)| *mime_type)
}

/// Returns `name` with an extension that matches the MIME type. A name with a matching extension stays as it is; the extension of
/// another picture, video or recording is replaced; any other name gets the extension at its end. Texts keep every extension.
///
/// ```
/// use waxwing_media::file_name;
///
/// assert_eq!(file_name("sun.gif", "image/png"), "sun.png");
/// assert_eq!(file_name("report v1.2", "application/pdf"), "report v1.2.pdf");
/// assert_eq!(file_name("list.csv", "text/plain"), "list.csv");
/// ```
pub fn file_name(name: &str, mime_type: &str) -> String {
    let Some(extension) = extension(mime_type) else { return name.to_owned() };
    let canonical = canonical_type(mime_type);
    let (stem, given) = match name.rsplit_once('.') {
        Some((stem, given)) if !stem.is_empty() => (stem, given.to_ascii_lowercase()),
        _ => (name, String::new()),
    };
    if of(&canonical).contains(&given.as_str()) || (canonical.starts_with("text/") && is_extension(&given)) {
        return name.to_owned();
    }
    let is_media = |mime_type: &str| ["image/", "audio/", "video/"].iter().any(|family| mime_type.starts_with(family));
    let is_of_media = EXTENSIONS.iter().any(|(other, all)| is_media(other) && all.contains(&given.as_str()));
    if is_media(&canonical) && is_of_media {
        return format!("{stem}.{extension}");
    }
    let stem = name.trim_end_matches('.');
    format!("{}.{extension}", if stem.is_empty() { "file" } else { stem })
}

fn of(canonical: &str) -> &'static [&'static str] {
    EXTENSIONS.iter().find(|(mime_type, _)| *mime_type == canonical).map_or(&[], |(_, extensions)| *extensions)
}

fn is_extension(given: &str) -> bool {
    let is_plain = given.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (1..=LONGEST).contains(&given.len()) && is_plain && given.bytes().any(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_their_types() {
        for (name, mime_type, expected) in [
            ("a.JPEG", "image/jpeg", "a.JPEG"),
            ("a.webp", "image/jpeg", "a.jpg"),
            ("voice.wav", "audio/ogg; codecs=opus", "voice.ogg"),
            ("voice.opus", "audio/ogg; codecs=opus", "voice.opus"),
            ("notes", "text/plain", "notes.txt"),
            ("chapter 1.2", "text/plain", "chapter 1.2.txt"),
            ("main.rs", "text/plain", "main.rs"),
            ("a.pdf", "image/png", "a.pdf.png"),
            (".pdf", "application/pdf", ".pdf.pdf"),
            ("data.xyz", "application/x-unknown", "data.xyz"),
            ("a.", "application/pdf", "a.pdf"),
            ("", "application/pdf", "file.pdf"),
        ] {
            assert_eq!(file_name(name, mime_type), expected, "{name} {mime_type}");
        }
    }
}
