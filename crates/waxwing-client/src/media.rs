//! `GET` and `DELETE /{media_id}`

use std::fmt;

use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use waxwing_types::MediaId;

use crate::request::Done;
use crate::{Client, Error};

/// Where a medium is and what it is.
///
/// `Debug` hides the address, whose query is a key to the medium.
#[derive(Clone, PartialEq, Eq)]
pub struct MediaInfo {
    /// Meta's id of it.
    pub id: MediaId,
    /// Where [`Client::download`] finds it, for five minutes; after that it has to be looked up again.
    pub url: String,
    /// Its type, with parameters if Meta gives them.
    pub mime_type: Option<String>,
    /// Its digest as Meta writes it, in hexadecimal or in base64.
    pub sha256: Option<String>,
    /// Its size in bytes, as announced.
    pub file_size: Option<u64>,
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
    /// Looks a medium up. One that a user sent can be found for seven days, one that was uploaded for thirty.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>
    ///
    /// # Errors
    ///
    /// Fails if there is no answer, or if the Graph API does not know the medium or knows it for another number.
    pub async fn media(&self, id: &MediaId) -> Result<MediaInfo, Error> {
        #[derive(Deserialize)]
        struct Found {
            url: String,
            mime_type: Option<String>,
            sha256: Option<String>,
            file_size: Option<Value>,
        }

        let found: Found = self.of_number(Method::GET, id).send().await?;
        // Both a number and a string have been seen.
        let file_size = found.file_size.and_then(|size| size.as_u64().or_else(|| size.as_str()?.parse().ok()));
        Ok(MediaInfo { id: id.clone(), url: found.url, mime_type: found.mime_type, sha256: found.sha256, file_size })
    }

    /// Deletes a medium.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>
    ///
    /// # Errors
    ///
    /// As those of [`media`](Self::media).
    pub async fn delete_media(&self, id: &MediaId) -> Result<(), Error> {
        self.of_number(Method::DELETE, id).send::<Done>().await?.check()
    }

    /// A call about a medium; naming the number makes Meta check that it is its own.
    fn of_number(&self, method: Method, id: &MediaId) -> crate::Request {
        self.call(method, &[id.as_str()]).query("phone_number_id", self.phone_number_id().as_str())
    }
}
