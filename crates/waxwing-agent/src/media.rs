//! Images, audio, video or files.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// An image, an audio, a video or a file, in memory or on disk.
///
/// Media of users are files on disk that exist as long as the run, also those of earlier turns. [`Media::read`] loads the bytes. `Debug` output
/// contains neither the file name nor the bytes.
///
/// ```
/// use waxwing_agent::{Media, MediaKind};
///
/// # async fn example() -> std::io::Result<()> {
/// let list = Media::document("list.csv", "text/csv", &b"pizza,price\n"[..]);
/// assert_eq!((list.kind(), list.len()), (MediaKind::Document, 12));
/// assert_eq!(list.read().await?, &b"pizza,price\n"[..]);
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Media {
    kind: MediaKind,
    mime_type: String,
    filename: Option<String>,
    alt_text: Option<String>,
    is_animated: bool,
    data: MediaData,
}

#[derive(Clone, PartialEq, Eq)]
enum MediaData {
    Memory(Bytes),
    File {
        path: PathBuf,
        len: u64,
    },
    /// The bytes are not available any more.
    Gone,
}

/// Kind of media, as the user sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MediaKind {
    /// Image.
    Image,
    /// Video.
    Video,
    /// Audio file.
    Audio,
    /// Recorded voice note.
    #[serde(alias = "voice note")]
    Voice,
    /// File of any type.
    Document,
    /// Sticker.
    Sticker,
}

impl MediaKind {
    /// Returns the kind in English, such as `image` or `voice note`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Voice => "voice note",
            Self::Document => "document",
            Self::Sticker => "sticker",
        }
    }
}

impl Media {
    /// Creates media from bytes in memory.
    pub fn new(kind: MediaKind, mime_type: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self::of(kind, mime_type.into(), MediaData::Memory(bytes.into()))
    }

    fn of(kind: MediaKind, mime_type: String, data: MediaData) -> Self {
        Self { kind, mime_type, filename: None, alt_text: None, is_animated: false, data }
    }

    /// Creates an image from bytes in memory.
    pub fn image(mime_type: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self::new(MediaKind::Image, mime_type, bytes)
    }

    /// Creates a file from bytes in memory. The user sees the file name.
    pub fn document(filename: impl Into<String>, mime_type: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self::new(MediaKind::Document, mime_type, bytes).with_filename(filename)
    }

    /// Creates media from a file on disk that has `len` bytes. The file must exist as long as the media.
    pub fn from_file(kind: MediaKind, mime_type: impl Into<String>, path: impl Into<PathBuf>, len: u64) -> Self {
        Self::of(kind, mime_type.into(), MediaData::File { path: path.into(), len })
    }

    /// Creates media of an earlier turn whose bytes are not available any more. [`Media::read`] fails.
    pub fn gone(kind: MediaKind, mime_type: impl Into<String>) -> Self {
        Self::of(kind, mime_type.into(), MediaData::Gone)
    }

    /// Sets the file name that the user sees.
    pub fn with_filename(mut self, filename: impl Into<String>) -> Self {
        self.filename = Some(filename.into());
        self
    }

    /// Sets the text that the user gets if the channel cannot show the media.
    pub fn with_alt_text(mut self, text: impl Into<String>) -> Self {
        self.alt_text = Some(text.into());
        self
    }

    /// Returns the text that the user gets if the channel cannot show the media.
    pub fn alt_text(&self) -> Option<&str> {
        self.alt_text.as_deref()
    }

    /// Sets the kind and the MIME type, for example when the content shows that the stated ones are wrong.
    pub fn with_kind(mut self, kind: MediaKind, mime_type: impl Into<String>) -> Self {
        self.kind = kind;
        self.mime_type = mime_type.into();
        self
    }

    /// Sets whether a sticker is animated. The default is false.
    pub fn with_animation(mut self, is_animated: bool) -> Self {
        self.is_animated = is_animated;
        self
    }

    /// Returns whether a sticker of a user is animated.
    pub fn is_animated(&self) -> bool {
        self.is_animated
    }

    /// Returns the kind.
    pub fn kind(&self) -> MediaKind {
        self.kind
    }

    /// Returns the MIME type that the sender stated.
    pub fn mime_type(&self) -> &str {
        &self.mime_type
    }

    /// Returns the file name that the sender stated. The name is untrusted: do not use it as a path.
    pub fn filename(&self) -> Option<&str> {
        self.filename.as_deref()
    }

    /// Returns the size in bytes.
    pub fn len(&self) -> u64 {
        match &self.data {
            MediaData::Memory(bytes) => bytes.len() as u64,
            MediaData::File { len, .. } => *len,
            MediaData::Gone => 0,
        }
    }

    /// Returns true if the size is 0 bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether the bytes are available. They are not for some media of earlier turns.
    pub fn is_available(&self) -> bool {
        self.data != MediaData::Gone
    }

    /// Returns the path of the file. Media in memory have no path.
    pub fn path(&self) -> Option<&Path> {
        match &self.data {
            MediaData::Memory(_) | MediaData::Gone => None,
            MediaData::File { path, .. } => Some(path),
        }
    }

    /// Reads all bytes into memory.
    ///
    /// # Errors
    ///
    /// Returns the error of the file system if the file cannot be read.
    pub async fn read(&self) -> io::Result<Bytes> {
        match &self.data {
            MediaData::Memory(bytes) => Ok(bytes.clone()),
            MediaData::File { path, .. } => tokio::fs::read(path).await.map(Bytes::from),
            MediaData::Gone => Err(io::Error::new(io::ErrorKind::NotFound, "the media are not available any more")),
        }
    }
}

impl fmt::Debug for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Media")
            .field("kind", &self.kind)
            .field("mime_type", &self.mime_type)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_has_neither_file_name_nor_bytes() {
        let shown = format!("{:?}", Media::document("Ana.txt", "text/plain", &b"Ana"[..]));
        assert_eq!(shown, r#"Media { kind: Document, mime_type: "text/plain", len: 3, .. }"#);
    }
}
