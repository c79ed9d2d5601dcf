//! Upload of media files: `POST /{phone_number_id}/media`.

use std::fmt;
use std::path::Path;

use bytes::Bytes;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde::Deserialize;

use waxwing_types::{MediaId, limits};

use crate::file_type::{AcceptedType, FileType};
use crate::open_file::{FileContent, NO_NAME, OpenFile};
use crate::{Client, Error, MediaStream};

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
        Self { mime_type: mime_type.into(), filename: NO_NAME.to_owned(), bytes: bytes.into() }
    }

    /// Sets the filename in the upload.
    pub fn filename(mut self, filename: impl Into<String>) -> Self {
        self.filename = filename.into();
        self
    }
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

    /// Uploads a file from disk, which is not read into memory. The type of the file is found by its content, or by its name if the content does not
    /// tell it. The returned id can be sent from this client's number for 30 days.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`upload`](Self::upload), and an error if the file cannot be read.
    pub async fn upload_path(&self, path: impl AsRef<Path>) -> Result<MediaId, Error> {
        let file = OpenFile::open(path.as_ref()).await?;
        let AcceptedType { mime_type, .. } = FileType::of(&file, None).await?.for_document()?;
        self.upload_open_file(file, mime_type).await
    }

    /// Uploads a file while it arrives as a stream. The returned id can be sent from this client's number for 30 days.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`upload`](Self::upload), and an error if the stream fails, or if the file is larger than Meta allows for its
    /// type. Nothing is uploaded then.
    pub async fn upload_stream(&self, stream: MediaStream) -> Result<MediaId, Error> {
        stream.upload(self, None).await
    }

    pub(crate) async fn upload_open_file(&self, file: OpenFile, mime_type: String) -> Result<MediaId, Error> {
        let OpenFile { filename, len, content } = file;
        if len == 0 {
            return Err(Error::empty_file());
        }
        if len > limits::DOCUMENT_BYTES {
            return Err(Error::too_large(limits::DOCUMENT_BYTES));
        }
        self.upload_part(Part::stream_with_length(content, len), filename, mime_type).await
    }

    /// Uploads the content of a file.
    pub(crate) async fn upload_part(&self, part: Part, filename: String, mime_type: String) -> Result<MediaId, Error> {
        #[derive(Deserialize)]
        struct UploadResponse {
            id: MediaId,
        }

        // reqwest does not escape line breaks in the header of a form part.
        let filename = filename.replace(char::is_control, "_");
        let part = part
            .file_name(filename)
            .mime_str(&mime_type)
            .map_err(|_| Error::invalid("MIME type of the media file is malformed; use a type such as image/png"))?;
        let form = Form::new().text("messaging_product", "whatsapp").text("type", mime_type).part("file", part);
        let path = [self.phone_number_id().as_str(), "media"];
        Ok(self.endpoint(Method::POST, &path).form(form).send::<UploadResponse>().await?.id)
    }
}
