//! File that is ready for an upload.

use std::io;
use std::path::Path;

use bytes::Bytes;
use reqwest::Body;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use waxwing_media::HEAD;

use crate::Error;

/// Filename of a file without one.
pub(crate) const NO_NAME: &str = "file";

/// File with its size, ready for an upload.
pub(crate) struct OpenFile {
    pub(crate) filename: String,
    pub(crate) len: u64,
    pub(crate) content: FileContent,
}

/// Content of a file.
pub(crate) enum FileContent {
    Bytes(Bytes),
    File(File),
}

impl OpenFile {
    pub(crate) async fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).await.map_err(unreadable)?;
        let metadata = file.metadata().await.map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(Error::invalid("media file is not a regular file; name another file"));
        }
        let filename = path.file_name().map_or_else(|| NO_NAME.into(), |name| name.to_string_lossy().into_owned());
        Ok(Self { filename, len: metadata.len(), content: FileContent::File(file) })
    }

    /// Returns the first bytes of the file.
    pub(crate) async fn head(&self) -> Result<Vec<u8>, Error> {
        let file = match &self.content {
            FileContent::Bytes(bytes) => return Ok(bytes[..bytes.len().min(HEAD)].to_vec()),
            FileContent::File(file) => file,
        };
        let mut file = file.try_clone().await.map_err(unreadable)?;
        let mut head = Vec::with_capacity(HEAD);
        (&mut file).take(HEAD as u64).read_to_end(&mut head).await.map_err(unreadable)?;
        // The clone shares its position with the file.
        file.rewind().await.map_err(unreadable)?;
        Ok(head)
    }
}

impl From<FileContent> for Body {
    fn from(content: FileContent) -> Self {
        match content {
            FileContent::Bytes(bytes) => bytes.into(),
            FileContent::File(file) => file.into(),
        }
    }
}

fn unreadable(error: io::Error) -> Error {
    Error::invalid("media file cannot be read; check its path and its permissions").with_source(error)
}
