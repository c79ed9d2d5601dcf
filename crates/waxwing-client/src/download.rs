//! The bytes of a medium, from the address that looking it up has given.

use std::fmt;

use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, LOCATION};
use reqwest::{Method, Response};
use url::Url;

use crate::request::refusal;
use crate::{Client, Error, MediaInfo};

/// How many redirects are followed.
const MAX_REDIRECTS: usize = 3;

/// A medium that is being downloaded, piece by piece.
pub struct MediaDownload {
    response: Response,
    max_bytes: u64,
    read: u64,
}

impl Client {
    /// Starts to download a medium of at most `max_bytes`.
    ///
    /// The access token goes along, so the address and each address that it redirects to (three at most) must be on an allowed host: see
    /// [`ClientBuilder::media_hosts`](crate::ClientBuilder::media_hosts). An answer of 404 means that the address has expired and the medium
    /// has to be looked up again.
    ///
    /// # Errors
    ///
    /// Fails if the medium is announced to be too large, before a byte of it is read; if its host is not allowed; if there is no answer,
    /// or another one than the medium.
    pub async fn download(&self, media: &MediaInfo, max_bytes: u64) -> Result<MediaDownload, Error> {
        if media.file_size.is_some_and(|size| size > max_bytes) {
            return Err(Error::too_large(max_bytes));
        }
        let mut url = Url::parse(&media.url).map_err(|_| Error::invalid("the address of the medium is not one"))?;
        for _ in 0..=MAX_REDIRECTS {
            url = self.shared.hosts.check(url)?;
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
        Err(Error::invalid("the address of the medium redirects too often"))
    }
}

/// Where a response sends the client instead.
fn redirect(response: &Response, from: &Url) -> Option<Url> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    from.join(response.headers().get(LOCATION)?.to_str().ok()?).ok()
}

impl MediaDownload {
    /// The next piece, or `None` at the end.
    ///
    /// # Errors
    ///
    /// Fails if the connection breaks before the announced end, if the whole download takes too long, or as soon as more than `max_bytes`
    /// have come; what has been read so far is then worthless.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let Some(chunk) = self.response.chunk().await.map_err(Error::transport)? else { return Ok(None) };
        self.read += chunk.len() as u64;
        if self.read > self.max_bytes { Err(Error::too_large(self.max_bytes)) } else { Ok(Some(chunk)) }
    }

    /// How many bytes there are in all, if the server tells.
    pub fn content_length(&self) -> Option<u64> {
        // Once reading has begun, the response counts what is left.
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
