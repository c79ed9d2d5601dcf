//! Download of media files.

use std::fmt;

use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, LOCATION};
use reqwest::{Method, Response};
use url::Url;

use crate::request::refusal;
use crate::{Client, Error, MediaInfo};

/// Largest number of redirects that a download follows.
const MAX_REDIRECTS: usize = 3;

/// Running download of a media file. Read it with [`chunk`](Self::chunk).
pub struct MediaDownload {
    response: Response,
    max_bytes: u64,
    read: u64,
}

impl Client {
    /// Starts the download of a media file of at most `max_bytes` bytes.
    ///
    /// The request carries the access token. The URL and each of its redirects (at most three) must therefore be on an allowed
    /// host: see [`ClientBuilder::media_hosts`](crate::ClientBuilder::media_hosts). Status 404 means that the URL has expired;
    /// call [`media`](Self::media) again.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media#download-media>
    ///
    /// # Errors
    ///
    /// Returns an error if the announced size is too large, if the host is not allowed, if there is no response, or if the
    /// response is not the file.
    ///
    /// ```no_run
    /// use waxwing_client::types::MediaId;
    /// use waxwing_client::{Client, Error};
    ///
    /// async fn fetch(client: &Client, id: &MediaId) -> Result<Vec<u8>, Error> {
    ///     let info = client.media(id).await?;
    ///     let mut download = client.download(&info, 16 * 1024 * 1024).await?;
    ///     let mut file = Vec::new();
    ///     while let Some(chunk) = download.chunk().await? {
    ///         file.extend_from_slice(&chunk);
    ///     }
    ///     Ok(file)
    /// }
    /// ```
    pub async fn download(&self, media: &MediaInfo, max_bytes: u64) -> Result<MediaDownload, Error> {
        if media.file_size.is_some_and(|size| size > max_bytes) {
            return Err(Error::too_large(max_bytes));
        }
        let mut url = Url::parse(&media.url)
            .map_err(|_| Error::invalid("URL of the media file is invalid; look the file up again"))?;
        for _ in 0..=MAX_REDIRECTS {
            url = self.shared.allowed_hosts.check(url)?;
            let request = self
                .shared
                .transport
                .request(Method::GET, url.clone())
                .header(AUTHORIZATION, &self.shared.authorization)
                .timeout(self.shared.media_timeout);
            let response = self.shared.transport.send(request).await?;
            if let Some(next) = redirect(&response, &url) {
                url = next;
                continue;
            }
            if !response.status().is_success() {
                return Err(refusal(response).await);
            }
            if response.content_length().is_some_and(|length| length > max_bytes) {
                return Err(Error::too_large(max_bytes));
            }
            return Ok(MediaDownload { response, max_bytes, read: 0 });
        }
        Err(Error::invalid("URL of the media file has more than 3 redirects; look the file up again"))
    }
}

/// Returns the target of a redirect.
fn redirect(response: &Response, from: &Url) -> Option<Url> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    from.join(response.headers().get(LOCATION)?.to_str().ok()?).ok()
}

impl MediaDownload {
    /// Returns the next part of the file, or `None` at the end.
    ///
    /// # Errors
    ///
    /// Returns an error if the connection breaks before the announced end, if the whole download exceeds the media timeout, or if
    /// the file is larger than `max_bytes`. Discard the parts that were read before an error.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let Some(chunk) = self.response.chunk().await.map_err(Error::transport)? else { return Ok(None) };
        self.read += chunk.len() as u64;
        if self.read > self.max_bytes { Err(Error::too_large(self.max_bytes)) } else { Ok(Some(chunk)) }
    }

    /// Returns the size of the whole file in bytes, if the server states it.
    pub fn content_length(&self) -> Option<u64> {
        // The response counts the bytes that are left.
        self.response.content_length().map(|left| left + self.read)
    }
}

impl fmt::Debug for MediaDownload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaDownload")
            .field("max_bytes", &self.max_bytes)
            .field("read", &self.read)
            .finish_non_exhaustive()
    }
}
