//! Types of files that Meta takes.

use waxwing_media::{AUDIO_TYPES, OGG_OPUS, UNKNOWN_TYPE};
use waxwing_types::limits;

use crate::Error;
use crate::open_file::OpenFile;

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

/// Type to upload a file with, and the largest size of such a file.
#[derive(Debug)]
pub(crate) struct AcceptedType {
    pub(crate) mime_type: String,
    /// In bytes.
    pub(crate) limit: u64,
}

impl FileType {
    /// Finds the type of a file.
    pub(crate) async fn of(file: &OpenFile, stated: Option<&str>) -> Result<Self, Error> {
        let stated = stated.or_else(|| waxwing_media::type_of_name(&file.filename));
        Ok(Self::of_head(&file.head().await?, stated, file.len))
    }

    /// Finds the type of a file by its first bytes and its size, or what is known of its size.
    pub(crate) fn of_head(head: &[u8], stated: Option<&str>, len: u64) -> Self {
        let stated = waxwing_media::canonical_type(stated.unwrap_or(UNKNOWN_TYPE));
        let mime_type = waxwing_media::true_type(&stated, head, false);
        Self { mime_type, is_animated: waxwing_media::is_animated_webp(head), len }
    }

    /// Returns the type to upload the file with, for a message of this kind.
    ///
    /// # Errors
    ///
    /// An error if Meta does not take the file for such a message.
    pub(crate) fn for_message(self, kind: MediaKind) -> Result<AcceptedType, Error> {
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
        let limit = match kind {
            MediaKind::Sticker if self.is_animated => limits::ANIMATED_STICKER_BYTES,
            MediaKind::Sticker => limits::STICKER_BYTES,
            _ => self.limit(),
        };
        let mime_type = match kind {
            MediaKind::Audio => self.sound().unwrap_or(&self.mime_type).to_owned(),
            _ => self.mime_type.clone(),
        };
        self.accept(mime_type, limit)
    }

    /// Returns the type to upload the file with, as a document: of any type that Meta takes.
    ///
    /// # Errors
    ///
    /// An error if Meta does not take the file.
    pub(crate) fn for_document(self) -> Result<AcceptedType, Error> {
        let is_medium = ["image/", "audio/", "video/"].iter().any(|family| self.mime_type.starts_with(family));
        let is_taken = self.is_picture() || self.is_video() || self.sound().is_some();
        if self.mime_type == UNKNOWN_TYPE || (is_medium && !is_taken) {
            return Err(Error::invalid("the type of the file is not one that Meta takes; convert the file"));
        }
        let limit = self.limit();
        self.accept(self.mime_type.clone(), limit)
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
            other => AUDIO_TYPES.contains(&other).then_some(other),
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

    fn accept(&self, mime_type: String, limit: u64) -> Result<AcceptedType, Error> {
        if self.len > limit { Err(Error::too_large(limit)) } else { Ok(AcceptedType { mime_type, limit }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPUS: &[u8] = b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead";
    const ZIP: &[u8] = b"PK\x03\x04";
    const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

    #[track_caller]
    fn check(kind: MediaKind, head: &[u8], stated: Option<&str>, expected: Option<&str>) {
        let accepted = FileType::of_head(head, stated, 1).for_message(kind).ok();
        let mime_type = accepted.map(|accepted| accepted.mime_type);
        assert_eq!(mime_type.as_deref(), expected, "{kind:?} {stated:?}");
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
        check(MediaKind::Voice, b"?", Some(OGG_OPUS), None);
        check(MediaKind::Audio, b"?", Some("Audio/MPEG; x=y"), Some("audio/mpeg"));
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
            assert!(FileType::of_head(head, None, limit).for_message(kind).is_ok(), "{kind:?}");
            let error = FileType::of_head(head, None, limit + 1).for_message(kind).unwrap_err();
            assert!(error.to_string().contains(&format!("larger than {limit} bytes")), "{kind:?}: {error}");
        };
        check(MediaKind::Image, b"\xff\xd8\xff", limits::IMAGE_BYTES);
        check(MediaKind::Document, b"\xff\xd8\xff", limits::IMAGE_BYTES);
        check(MediaKind::Document, b"%PDF-1.7", limits::DOCUMENT_BYTES);
        check(MediaKind::Sticker, b"RIFF\0\0\0\0WEBPVP8 ", limits::STICKER_BYTES);
        check(MediaKind::Sticker, b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\x02", limits::ANIMATED_STICKER_BYTES);
    }
}
