//! `POST /{phone_number_id}/media`

use std::fmt;

use bytes::Bytes;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde::Deserialize;

use waxwing_types::{MediaId, limits};

use crate::{Client, Error};

/// A file to upload.
///
/// `Debug` hides its name and content.
#[derive(Clone, PartialEq, Eq)]
pub struct MediaUpload {
    /// Its type, such as `image/png`. Meta takes a handful.
    pub mime_type: String,
    /// Its name, which no user sees: a document's is given with the message. Control characters are replaced.
    pub filename: String,
    /// Its content, not copied.
    pub bytes: Bytes,
}

impl MediaUpload {
    /// A file of this type, name and content.
    pub fn new(mime_type: impl Into<String>, filename: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self { mime_type: mime_type.into(), filename: filename.into(), bytes: bytes.into() }
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
    /// Uploads a file, to be sent by its id from this client's number during the next 30 days.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>
    ///
    /// # Errors
    ///
    /// Fails if the file is empty, larger than the largest that Meta takes ([`limits::DOCUMENT_BYTES`]) or of a type that is none, if there
    /// is no answer, or if the Graph API refuses it.
    pub async fn upload(&self, file: MediaUpload) -> Result<MediaId, Error> {
        #[derive(Deserialize)]
        struct Uploaded {
            id: MediaId,
        }

        let MediaUpload { mime_type, filename, bytes } = file;
        if bytes.is_empty() {
            return Err(Error::invalid("the file is empty"));
        }
        if bytes.len() as u64 > limits::DOCUMENT_BYTES {
            return Err(Error::too_large(limits::DOCUMENT_BYTES));
        }
        let length = bytes.len() as u64;
        // reqwest lets line breaks into the part's header.
        let filename = filename.replace(char::is_control, "_");
        let part = Part::stream_with_length(bytes, length)
            .file_name(filename)
            .mime_str(&mime_type)
            .map_err(|_| Error::invalid("the type of the file is not a media type"))?;
        let form = Form::new().text("messaging_product", "whatsapp").text("type", mime_type).part("file", part);
        let path = [self.phone_number_id().as_str(), "media"];
        Ok(self.call(Method::POST, &path).form(form).send::<Uploaded>().await?.id)
    }
}
