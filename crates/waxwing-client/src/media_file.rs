//! Media files of messages.

use std::path::PathBuf;

use waxwing_types::{MediaId, MediaSource, limits};

use crate::upload::{FileContent, OpenFile};
use crate::{Client, Error, MediaUpload};

/// File of a media message: on disk, in memory, uploaded already, or at a link.
///
/// ```
/// use std::path::Path;
///
/// use waxwing_client::types::MediaId;
/// use waxwing_client::{MediaFile, MediaUpload};
///
/// let on_disk = MediaFile::from(Path::new("menu.pdf"));
/// let in_memory = MediaFile::from(MediaUpload::new("image/png", b"\x89PNG\r\n\x1a\n".to_vec()));
/// let uploaded = MediaFile::from(MediaId::new("77"));
/// let hosted = MediaFile::link("https://example.com/menu.pdf");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MediaFile {
    /// A file on disk, which is not read into memory.
    Path(PathBuf),
    /// A file in memory.
    Upload(MediaUpload),
    /// A file that Meta has, or that Meta fetches when the message is sent.
    Source(MediaSource),
}

impl MediaFile {
    /// Creates a file at a public URL. Meta fetches it when the message is sent.
    pub fn link(url: impl Into<String>) -> Self {
        Self::Source(MediaSource::Link(url.into()))
    }

    /// Uploads the file if Meta does not have it.
    pub(crate) async fn into_source(self, client: &Client, kind: MediaKind) -> Result<MediaSource, Error> {
        let (file, stated) = match self {
            Self::Source(source) => return Ok(source),
            Self::Path(path) => (OpenFile::open(&path).await?, None),
            Self::Upload(MediaUpload { mime_type, filename, bytes }) => {
                (OpenFile { filename, len: bytes.len() as u64, content: FileContent::Bytes(bytes) }, Some(mime_type))
            }
        };
        kind.check_size(file.len)?;
        let found = file.sniff().await?;
        let mime_type = kind.mime_type(found, stated.as_deref())?;
        client.upload_open_file(file, mime_type).await.map(MediaSource::Id)
    }
}

impl From<PathBuf> for MediaFile {
    fn from(path: PathBuf) -> Self {
        Self::Path(path)
    }
}

impl From<&std::path::Path> for MediaFile {
    fn from(path: &std::path::Path) -> Self {
        Self::Path(path.to_owned())
    }
}

impl From<MediaUpload> for MediaFile {
    fn from(upload: MediaUpload) -> Self {
        Self::Upload(upload)
    }
}

impl From<MediaId> for MediaFile {
    fn from(id: MediaId) -> Self {
        Self::Source(id.into())
    }
}

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

impl MediaKind {
    fn limit(self) -> u64 {
        match self {
            Self::Image => limits::IMAGE_BYTES,
            Self::Video => limits::VIDEO_BYTES,
            Self::Audio | Self::Voice => limits::AUDIO_BYTES,
            Self::Document => limits::DOCUMENT_BYTES,
            Self::Sticker => limits::ANIMATED_STICKER_BYTES,
        }
    }

    /// Returns the types that Meta takes, and the error for others.
    fn types(self) -> (&'static [&'static str], &'static str) {
        match self {
            Self::Image => (
                &["image/jpeg", "image/png"],
                "the file is no JPEG and no PNG picture; convert it, or send it as a document",
            ),
            Self::Video => (
                &["video/mp4", "video/3gpp"],
                "the file is no MP4 and no 3GPP video; convert it, or send it as a document",
            ),
            Self::Audio => (
                &["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "video/mp4", "audio/ogg"],
                "the file is no AAC, AMR, MP3, M4A and no Ogg Opus audio; convert it, or send it as a document",
            ),
            Self::Voice => (
                &["audio/ogg"],
                "a voice note needs an Ogg file with Opus audio; convert the file, or send it as audio",
            ),
            Self::Sticker => (&["image/webp"], "the file is no WebP picture; convert it, or send it as an image"),
            Self::Document => (&[], ""),
        }
    }

    fn check_size(self, len: u64) -> Result<(), Error> {
        if len > self.limit() { Err(Error::too_large(self.limit())) } else { Ok(()) }
    }

    /// Returns the type to upload a file with: by its content, else as stated. Checks that Meta takes the type.
    fn mime_type(self, found: Option<&str>, stated: Option<&str>) -> Result<String, Error> {
        let (types, problem) = self.types();
        let stated = stated.map(waxwing_media::canonical_type);
        let mime_type = found.map(str::to_owned).or(stated);
        let is_taken = |mime_type: &String| types.contains(&waxwing_media::essence(mime_type).as_str());
        match mime_type {
            Some(mime_type) if types.is_empty() || is_taken(&mime_type) => Ok(match (self, mime_type.as_str()) {
                // Some programs write audio in an MP4 file that looks like a video.
                (Self::Audio, "video/mp4") => "audio/mp4".to_owned(),
                _ => mime_type,
            }),
            // Meta takes documents of any type, and texts have no signature.
            None if types.is_empty() => Ok("text/plain".to_owned()),
            _ => Err(Error::invalid(problem)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: MediaKind, found: Option<&str>, stated: Option<&str>, expected: Option<&str>) {
        let mime_type = kind.mime_type(found, stated);
        assert_eq!(mime_type.ok().as_deref(), expected, "{kind:?} {found:?} {stated:?}");
    }

    #[test]
    fn the_content_decides_the_type() {
        check(MediaKind::Image, Some("image/png"), Some("image/jpeg"), Some("image/png"));
        check(MediaKind::Image, None, Some("image/jpg"), Some("image/jpeg"));
        check(MediaKind::Image, Some("image/gif"), Some("image/png"), None);
        check(MediaKind::Image, None, None, None);
        check(MediaKind::Audio, Some("video/mp4"), None, Some("audio/mp4"));
        check(MediaKind::Audio, Some("audio/wav"), None, None);
        check(MediaKind::Voice, Some("audio/ogg; codecs=opus"), None, Some("audio/ogg; codecs=opus"));
        check(MediaKind::Voice, Some("audio/mpeg"), None, None);
        check(MediaKind::Video, Some("video/webm"), None, None);
        check(MediaKind::Sticker, Some("image/webp"), None, Some("image/webp"));
        check(MediaKind::Document, Some("application/zip"), None, Some("application/zip"));
        check(MediaKind::Document, None, Some("text/csv"), Some("text/csv"));
        check(MediaKind::Document, None, None, Some("text/plain"));
    }

    #[test]
    fn each_kind_has_a_size() {
        assert!(MediaKind::Image.check_size(limits::IMAGE_BYTES).is_ok());
        let error = MediaKind::Image.check_size(limits::IMAGE_BYTES + 1).unwrap_err();
        assert_eq!(error.to_string(), "media file is larger than 5242880 bytes; use a smaller file");
        assert!(MediaKind::Document.check_size(limits::DOCUMENT_BYTES).is_ok());
    }
}
