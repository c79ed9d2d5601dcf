//! Upload of media files: `POST /{phone_number_id}/media`.

use std::fmt;
use std::io;
use std::path::Path;

use bytes::Bytes;
use reqwest::multipart::{Form, Part};
use reqwest::{Body, Method};
use serde::Deserialize;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use waxwing_types::{MediaId, limits};

use crate::{Client, Error};

/// Number of bytes by which the type of a file is found.
const SNIFFED: usize = 4096;

/// Media file to upload. `Debug` hides the filename and the content.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media#upload-media>
///
/// ```no_run
/// use waxwing_client::types::{Image, OutboundMessage, WaId};
/// use waxwing_client::{Client, Error, MediaUpload};
///
/// async fn send_picture(client: &Client, png: Vec<u8>) -> Result<(), Error> {
///     let id = client.upload(MediaUpload::new("image/png", png).filename("menu.png")).await?;
///     client.send(&OutboundMessage::new(WaId::new("34600000000"), Image::new(id).caption("Our menu"))).await?;
///     Ok(())
/// }
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MediaUpload {
    /// MIME type, such as `image/png`. Meta accepts a fixed set of types.
    pub mime_type: String,
    /// Filename in the upload, `file` by default. Users do not see it: a document message has a filename of its own. Control
    /// characters are replaced.
    pub filename: String,
    /// Content of the file, at most [`limits::DOCUMENT_BYTES`]. The bytes are not copied.
    pub bytes: Bytes,
}

impl MediaUpload {
    /// Creates an upload from a MIME type and the content of the file.
    pub fn new(mime_type: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self { mime_type: mime_type.into(), filename: "file".to_owned(), bytes: bytes.into() }
    }

    /// Sets the filename in the upload.
    pub fn filename(mut self, filename: impl Into<String>) -> Self {
        self.filename = filename.into();
        self
    }
}

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
        let filename = path.file_name().map_or_else(|| "file".into(), |name| name.to_string_lossy().into_owned());
        Ok(Self { filename, len: metadata.len(), content: FileContent::File(file) })
    }

    /// Returns the MIME type of the file by its first bytes, if it is known.
    pub(crate) async fn sniff(&self) -> Result<Option<&'static str>, Error> {
        let file = match &self.content {
            FileContent::Bytes(bytes) => return Ok(waxwing_media::sniff(&bytes[..bytes.len().min(SNIFFED)])),
            FileContent::File(file) => file,
        };
        let mut file = file.try_clone().await.map_err(unreadable)?;
        let mut start = Vec::with_capacity(SNIFFED);
        (&mut file).take(SNIFFED as u64).read_to_end(&mut start).await.map_err(unreadable)?;
        // The clone shares its position with the file.
        file.rewind().await.map_err(unreadable)?;
        Ok(waxwing_media::sniff(&start))
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

impl fmt::Debug for MediaUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaUpload")
            .field("mime_type", &self.mime_type)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Uploads a media file. The returned id can be sent from this client's number for 30 days.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>
    ///
    /// # Errors
    ///
    /// Returns an error if the file is empty or larger than [`limits::DOCUMENT_BYTES`], if the MIME type is malformed, if there is
    /// no response, or if the Graph API refuses the file.
    pub async fn upload(&self, file: MediaUpload) -> Result<MediaId, Error> {
        let MediaUpload { mime_type, filename, bytes } = file;
        let file = OpenFile { filename, len: bytes.len() as u64, content: FileContent::Bytes(bytes) };
        self.upload_open_file(file, mime_type).await
    }

    /// Uploads a file from disk, which is not read into memory. The type of the file is found by its content; a file without a known form is a
    /// text. The returned id can be sent from this client's number for 30 days.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`upload`](Self::upload), and an error if the file cannot be read.
    pub async fn upload_path(&self, path: impl AsRef<Path>) -> Result<MediaId, Error> {
        let file = OpenFile::open(path.as_ref()).await?;
        let mime_type = file.sniff().await?.unwrap_or("text/plain").to_owned();
        self.upload_open_file(file, mime_type).await
    }

    pub(crate) async fn upload_open_file(&self, file: OpenFile, mime_type: String) -> Result<MediaId, Error> {
        #[derive(Deserialize)]
        struct UploadResponse {
            id: MediaId,
        }

        let OpenFile { filename, len, content } = file;
        if len == 0 {
            return Err(Error::invalid("media file is empty; upload a file with content"));
        }
        if len > limits::DOCUMENT_BYTES {
            return Err(Error::too_large(limits::DOCUMENT_BYTES));
        }
        // reqwest does not escape line breaks in the header of a form part.
        let filename = filename.replace(char::is_control, "_");
        let part = Part::stream_with_length(content, len)
            .file_name(filename)
            .mime_str(&mime_type)
            .map_err(|_| Error::invalid("MIME type of the media file is malformed; use a type such as image/png"))?;
        let form = Form::new().text("messaging_product", "whatsapp").text("type", mime_type).part("file", part);
        let path = [self.phone_number_id().as_str(), "media"];
        Ok(self.endpoint(Method::POST, &path).form(form).send::<UploadResponse>().await?.id)
    }
}
