//! Pictures, sounds, videos and files.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;

/// A medium, in memory or in a file.
///
/// What comes from a user waits in a file that lives as long as the run; [`Media::read`] brings it into memory.
///
/// ```
/// use waxwing_agent::{Media, MediaKind};
///
/// let menu = Media::document("menu.pdf", "application/pdf", "%PDF-1.7");
/// assert_eq!((menu.kind(), menu.len()), (MediaKind::Document, 8));
/// ```
#[derive(Clone, PartialEq)]
pub struct Media {
    kind: MediaKind,
    mime_type: String,
    filename: Option<String>,
    data: Data,
}

#[derive(Clone, PartialEq)]
enum Data {
    Memory(Bytes),
    File { path: PathBuf, len: u64 },
}

/// What a medium is to the user who sees or hears it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A video.
    Video,
    /// A sound.
    Audio,
    /// A recorded voice note.
    Voice,
    /// A file.
    Document,
    /// A sticker.
    Sticker,
}

impl MediaKind {
    /// The kind as an English word.
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
    /// A medium in memory.
    pub fn new(kind: MediaKind, mime_type: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self { kind, mime_type: mime_type.into(), filename: None, data: Data::Memory(bytes.into()) }
    }

    /// A picture in memory.
    pub fn image(mime_type: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self::new(MediaKind::Image, mime_type, bytes)
    }

    /// A file in memory, under the name that the user is to see.
    pub fn document(filename: impl Into<String>, mime_type: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self::new(MediaKind::Document, mime_type, bytes).named(filename)
    }

    /// A medium in a file of `len` bytes.
    pub fn from_file(kind: MediaKind, mime_type: impl Into<String>, path: impl Into<PathBuf>, len: u64) -> Self {
        Self { kind, mime_type: mime_type.into(), filename: None, data: Data::File { path: path.into(), len } }
    }

    /// Sets the name that the user sees.
    pub fn named(mut self, filename: impl Into<String>) -> Self {
        self.filename = Some(filename.into());
        self
    }

    /// What it is to the user.
    pub fn kind(&self) -> MediaKind {
        self.kind
    }

    /// Its MIME type, as its sender stated it.
    pub fn mime_type(&self) -> &str {
        &self.mime_type
    }

    /// The name that its sender gave it: words of a stranger, never to be used as a path.
    pub fn filename(&self) -> Option<&str> {
        self.filename.as_deref()
    }

    /// Its size in bytes.
    pub fn len(&self) -> u64 {
        match &self.data {
            Data::Memory(bytes) => bytes.len() as u64,
            Data::File { len, .. } => *len,
        }
    }

    /// True if there is not a single byte in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The file, if it is in one.
    pub fn path(&self) -> Option<&Path> {
        match &self.data {
            Data::Memory(_) => None,
            Data::File { path, .. } => Some(path),
        }
    }

    /// Its bytes.
    ///
    /// # Errors
    ///
    /// Those of reading the file.
    pub async fn read(&self) -> io::Result<Bytes> {
        match &self.data {
            Data::Memory(bytes) => Ok(bytes.clone()),
            Data::File { path, .. } => tokio::fs::read(path).await.map(Bytes::from),
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
