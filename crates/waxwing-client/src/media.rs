//! Metadata of media files: `GET` and `DELETE /{media_id}`.

use std::fmt;

use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use waxwing_types::MediaId;

use crate::request::SuccessResponse;
use crate::{Client, Error};

/// Metadata of a media file. `Debug` hides the URL, because its query gives access to the file.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media#retrieve-media-url>
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MediaInfo {
    /// Meta's id of the file.
    pub id: MediaId,
    /// URL for [`Client::download`], valid for 5 minutes.
    pub url: String,
    /// MIME type, with parameters if Meta states them.
    pub mime_type: Option<String>,
    /// SHA-256 digest as Meta writes it, in hexadecimal or in base64.
    pub sha256: Option<String>,
    /// Announced size in bytes.
    pub file_size: Option<u64>,
}

impl MediaInfo {
    /// Creates metadata from an id and a URL, for a download whose URL is known already.
    pub fn new(id: MediaId, url: impl Into<String>) -> Self {
        Self { id, url: url.into(), mime_type: None, sha256: None, file_size: None }
    }
}

impl fmt::Debug for MediaInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaInfo")
            .field("id", &self.id)
            .field("mime_type", &self.mime_type)
            .field("sha256", &self.sha256)
            .field("file_size", &self.file_size)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Returns the metadata of a media file. Meta keeps a received file for 7 days and an uploaded file for 30 days.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>
    ///
    /// # Errors
    ///
    /// Returns an error if there is no response, if the Graph API does not know the file, or if the file belongs to another number.
    pub async fn media(&self, id: &MediaId) -> Result<MediaInfo, Error> {
        #[derive(Deserialize)]
        struct MediaResponse {
            url: String,
            mime_type: Option<String>,
            sha256: Option<String>,
            file_size: Option<Value>,
        }

        let found: MediaResponse = self.endpoint(Method::GET, &[id.as_str()]).send().await?;
        // Meta sends the size as a number or as a string.
        let file_size = found.file_size.and_then(|size| size.as_u64().or_else(|| size.as_str()?.parse().ok()));
        Ok(MediaInfo { id: id.clone(), url: found.url, mime_type: found.mime_type, sha256: found.sha256, file_size })
    }

    /// Deletes a media file.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`media`](Self::media).
    pub async fn delete_media(&self, id: &MediaId) -> Result<(), Error> {
        self.endpoint(Method::DELETE, &[id.as_str()]).send::<SuccessResponse>().await?.check()
    }
}
