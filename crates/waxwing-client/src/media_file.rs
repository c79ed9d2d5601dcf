//! Media files of messages.

use std::fmt;
use std::path::{Path, PathBuf};

use waxwing_types::{MediaId, MediaSource};

use crate::file_type::{AcceptedType, FileType, MediaKind};
use crate::open_file::{FileContent, NO_NAME, OpenFile};
use crate::{Client, Error, MediaStream, MediaUpload};

/// File of a media message: on disk, in memory, uploaded already, or at a link. `Debug` hides paths and links.
///
/// ```
/// use std::path::Path;
///
/// use waxwing_client::types::MediaId;
/// use waxwing_client::{MediaFile, MediaUpload};
///
/// let on_disk = MediaFile::from(Path::new("menu.pdf"));
/// let in_memory = MediaFile::from(MediaUpload::new("text/plain", "Pizza, 8 €"));
/// let uploaded = MediaFile::from(MediaId::new("77"));
/// let hosted = MediaFile::link("https://example.com/menu.pdf");
/// assert!(matches!((on_disk, in_memory), (MediaFile::Path(_), MediaFile::Upload(_))));
/// assert!(matches!((uploaded, hosted), (MediaFile::Source(_), MediaFile::Source(_))));
/// ```
#[non_exhaustive]
pub enum MediaFile {
    /// A file on disk, which is not read into memory.
    Path(PathBuf),
    /// A file in memory.
    Upload(MediaUpload),
    /// A file that arrives as a stream.
    Stream(MediaStream),
    /// A file that Meta has, or that Meta fetches when the message is sent.
    Source(MediaSource),
}

impl MediaFile {
    /// Creates a file at a public URL. Meta fetches it when the message is sent.
    pub fn link(url: impl Into<String>) -> Self {
        Self::Source(MediaSource::Link(url.into()))
    }

    /// Returns the name of the file, if it has one.
    pub(crate) fn name(&self) -> Option<String> {
        match self {
            Self::Path(path) => path.file_name().map(|name| name.to_string_lossy().into_owned()),
            Self::Upload(upload) => Some(upload.filename.clone()).filter(|name| name != NO_NAME),
            Self::Stream(stream) => stream.name().map(str::to_owned),
            Self::Source(_) => None,
        }
    }

    /// Returns the source that a message is checked with before the upload.
    pub(crate) fn expected_source(&self) -> MediaSource {
        match self {
            Self::Source(source) => source.clone(),
            Self::Path(_) | Self::Upload(_) | Self::Stream(_) => MediaId::new("not uploaded yet").into(),
        }
    }

    /// Uploads the file if Meta does not have it.
    pub(crate) async fn into_source(self, client: &Client, kind: MediaKind) -> Result<MediaSource, Error> {
        let (file, stated) = match self {
            Self::Source(source) => return Ok(source),
            Self::Stream(stream) => return stream.upload(client, Some(kind)).await.map(MediaSource::Id),
            Self::Path(path) => (OpenFile::open(&path).await?, None),
            Self::Upload(MediaUpload { mime_type, filename, bytes }) => {
                (OpenFile { filename, len: bytes.len() as u64, content: FileContent::Bytes(bytes) }, Some(mime_type))
            }
        };
        let AcceptedType { mime_type, .. } = FileType::of(&file, stated.as_deref()).await?.for_message(kind)?;
        client.upload_open_file(file, mime_type).await.map(MediaSource::Id)
    }
}

impl fmt::Debug for MediaFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(_) => f.debug_tuple("Path").finish_non_exhaustive(),
            Self::Upload(upload) => f.debug_tuple("Upload").field(upload).finish(),
            Self::Stream(stream) => f.debug_tuple("Stream").field(stream).finish(),
            Self::Source(source) => f.debug_tuple("Source").field(source).finish(),
        }
    }
}

impl From<PathBuf> for MediaFile {
    fn from(path: PathBuf) -> Self {
        Self::Path(path)
    }
}

impl From<&Path> for MediaFile {
    fn from(path: &Path) -> Self {
        Self::Path(path.to_owned())
    }
}

impl From<MediaUpload> for MediaFile {
    fn from(upload: MediaUpload) -> Self {
        Self::Upload(upload)
    }
}

impl From<MediaStream> for MediaFile {
    fn from(stream: MediaStream) -> Self {
        Self::Stream(stream)
    }
}

impl From<MediaId> for MediaFile {
    fn from(id: MediaId) -> Self {
        Self::Source(id.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_paths_and_links() {
        let upload = MediaUpload::new("text/plain", "secret").filename("secret.txt");
        for file in [MediaFile::from(Path::new("/home/secret.png")), upload.into(), MediaFile::link("https://secret")] {
            assert!(!format!("{file:?}").contains("secret"), "{file:?}");
        }
    }
}
