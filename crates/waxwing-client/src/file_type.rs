//! Types of files that Meta takes.

use waxwing_media::OGG_OPUS;
use waxwing_types::limits;

use crate::Error;
use crate::open_file::{HEAD, OpenFile};

/// Type of a file whose sender states none. Meta never accepts it.
const UNKNOWN: &str = "application/octet-stream";

/// Types of audio files, besides [`OGG_OPUS`].
const AUDIO: [&str; 4] = ["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4"];

/// Kind of a media message.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media#supported-media-types>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MediaKind {
    Image,
    Video,
    Audio,
    Voice,
    Document,
    Sticker,
}

/// Type of a file, by its content, its name and the type that its sender states.
#[derive(Debug)]
pub(crate) struct FileType {
    mime_type: String,
    is_animated: bool,
    len: u64,
}

impl FileType {
    /// Finds the type of a file.
    pub(crate) async fn of(file: &OpenFile, stated: Option<&str>) -> Result<Self, Error> {
        let head = file.head().await?;
        let stated = stated.or_else(|| waxwing_media::type_of_name(&file.filename));
        Ok(Self {
            mime_type: true_type(&head, stated),
            is_animated: waxwing_media::is_animated_webp(&head),
            len: file.len,
        })
    }

    /// Returns the type to upload the file with, for a message of this kind.
    ///
    /// # Errors
    ///
    /// An error if Meta does not take the file for such a message.
    pub(crate) fn for_message(self, kind: MediaKind) -> Result<String, Error> {
        let (is_taken, problem) = match kind {
            MediaKind::Image => (self.is_picture(), "the file is no JPEG and no PNG picture; convert it"),
            MediaKind::Video => (self.is_video(), "the file is no MP4 and no 3GPP video; convert it"),
            MediaKind::Audio => {
                (self.sound().is_some(), "the file is no AAC, AMR, MP3, M4A and no Ogg Opus audio; convert it")
            }
            MediaKind::Voice => (
                self.mime_type == OGG_OPUS,
                "a voice note needs an Ogg file with Opus audio; convert the file, or send it as audio",
            ),
            MediaKind::Sticker => (self.mime_type == "image/webp", "the file is no WebP picture; convert it"),
            MediaKind::Document => return self.for_document(),
        };
        if !is_taken {
            return Err(Error::invalid(problem));
        }
        self.check_size(match kind {
            MediaKind::Sticker if self.is_animated => limits::ANIMATED_STICKER_BYTES,
            MediaKind::Sticker => limits::STICKER_BYTES,
            _ => self.limit(),
        })?;
        Ok(if kind == MediaKind::Audio { self.sound().unwrap_or(&self.mime_type).to_owned() } else { self.mime_type })
    }

    /// Returns the type to upload the file with, as a document: of any type that Meta takes.
    ///
    /// # Errors
    ///
    /// An error if Meta does not take the file.
    pub(crate) fn for_document(self) -> Result<String, Error> {
        let is_medium = ["image/", "audio/", "video/"].iter().any(|family| self.mime_type.starts_with(family));
        let is_taken = self.is_picture() || self.is_video() || self.sound().is_some();
        if self.mime_type == UNKNOWN || (is_medium && !is_taken) {
            return Err(Error::invalid("the type of the file is not one that Meta takes; convert the file"));
        }
        self.check_size(self.limit())?;
        Ok(self.mime_type)
    }

    fn is_picture(&self) -> bool {
        matches!(self.mime_type.as_str(), "image/jpeg" | "image/png")
    }

    fn is_video(&self) -> bool {
        matches!(self.mime_type.as_str(), "video/mp4" | "video/3gpp")
    }

    /// Returns the type of the file as audio.
    fn sound(&self) -> Option<&str> {
        match self.mime_type.as_str() {
            // Some programs write audio in an MP4 file that looks like a video.
            "video/mp4" => Some("audio/mp4"),
            OGG_OPUS => Some(OGG_OPUS),
            other => AUDIO.contains(&other).then_some(other),
        }
    }

    /// Returns the largest size of files of this type.
    fn limit(&self) -> u64 {
        match self.mime_type.split('/').next() {
            Some("image") => limits::IMAGE_BYTES,
            Some("video") => limits::VIDEO_BYTES,
            Some("audio") => limits::AUDIO_BYTES,
            _ => limits::DOCUMENT_BYTES,
        }
    }

    fn check_size(&self, limit: u64) -> Result<(), Error> {
        if self.len > limit { Err(Error::too_large(limit)) } else { Ok(()) }
    }
}

/// Returns the type of a file by its first bytes, where they tell it, else as stated.
fn true_type(head: &[u8], stated: Option<&str>) -> String {
    let stated = stated.map_or_else(|| UNKNOWN.to_owned(), waxwing_media::canonical_type);
    match waxwing_media::sniff(head) {
        // Many formats are zip files inside.
        Some("application/zip") if stated.starts_with("application/") && stated != UNKNOWN => stated,
        Some(mime_type) => mime_type.to_owned(),
        // Meta lists one type of texts. The user sees the file by its name.
        None if stated.starts_with("text/") => "text/plain".to_owned(),
        None if matches!(stated.as_str(), UNKNOWN | "application/json" | "application/xml") && is_text(head) => {
            "text/plain".to_owned()
        }
        None => stated,
    }
}

fn is_text(head: &[u8]) -> bool {
    let is_utf8 = match std::str::from_utf8(head) {
        Ok(_) => true,
        // The end of the first bytes may be in the middle of a character.
        Err(error) => error.error_len().is_none() && head.len() == HEAD,
    };
    is_utf8 && !head.is_empty() && !head.contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPUS: &[u8] = b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead";
    const ZIP: &[u8] = b"PK\x03\x04";
    const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

    fn file(head: &[u8], stated: Option<&str>, len: u64) -> FileType {
        let mime_type = true_type(head, stated);
        FileType { mime_type, is_animated: waxwing_media::is_animated_webp(head), len }
    }

    #[track_caller]
    fn check(kind: MediaKind, head: &[u8], stated: Option<&str>, expected: Option<&str>) {
        let mime_type = file(head, stated, 1).for_message(kind);
        assert_eq!(mime_type.ok().as_deref(), expected, "{kind:?} {stated:?}");
    }

    #[test]
    fn the_content_decides_the_type() {
        let png = b"\x89PNG\r\n\x1a\n";
        check(MediaKind::Image, png, Some("image/jpeg"), Some("image/png"));
        check(MediaKind::Image, b"?", Some("image/jpg"), Some("image/jpeg"));
        check(MediaKind::Image, b"GIF89a", Some("image/png"), None);
        check(MediaKind::Image, b"hello", None, None);
        check(MediaKind::Audio, b"\0\0\0\x18ftypmp42", None, Some("audio/mp4"));
        check(MediaKind::Audio, b"RIFF\0\0\0\0WAVE", None, None);
        check(MediaKind::Audio, OPUS, None, Some(OGG_OPUS));
        check(MediaKind::Voice, OPUS, Some("audio/ogg"), Some(OGG_OPUS));
        check(MediaKind::Voice, b"OggS\0\x02 vorbis", Some("audio/ogg"), None);
        check(MediaKind::Sticker, b"RIFF\0\0\0\0WEBPVP8 ", None, Some("image/webp"));
        check(MediaKind::Document, ZIP, Some(DOCX), Some(DOCX));
        check(MediaKind::Document, ZIP, None, Some("application/zip"));
        check(MediaKind::Document, b"a,b", Some("text/csv"), Some("text/plain"));
        check(MediaKind::Document, b"hello", None, Some("text/plain"));
        check(MediaKind::Document, b"\0\x01", None, None);
        check(MediaKind::Document, b"GIF89a", None, None);
        check(MediaKind::Document, png, None, Some("image/png"));
    }

    #[test]
    fn each_type_has_a_size() {
        let check = |kind: MediaKind, head: &[u8], limit: u64| {
            assert!(file(head, None, limit).for_message(kind).is_ok(), "{kind:?}");
            let error = file(head, None, limit + 1).for_message(kind).unwrap_err();
            assert!(error.to_string().contains(&format!("larger than {limit} bytes")), "{kind:?}: {error}");
        };
        check(MediaKind::Image, b"\xff\xd8\xff", limits::IMAGE_BYTES);
        check(MediaKind::Document, b"\xff\xd8\xff", limits::IMAGE_BYTES);
        check(MediaKind::Document, b"%PDF-1.7", limits::DOCUMENT_BYTES);
        check(MediaKind::Sticker, b"RIFF\0\0\0\0WEBPVP8 ", limits::STICKER_BYTES);
        check(MediaKind::Sticker, b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\x02", limits::ANIMATED_STICKER_BYTES);
    }
}
