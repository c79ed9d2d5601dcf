//! Authorised request to the Graph API.

use std::fmt;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Response, multipart};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::error::TOO_MANY_REQUESTS;
use crate::{ApiError, ApiUsage, Client, Error};

/// Header with the number of bytes of a resumable upload that Meta has.
const FILE_OFFSET: &str = "file_offset";

/// Longest response that is read, in bytes. Responses of the Graph API have a few hundred bytes.
const MAX_RESPONSE_BYTES: usize = 4 * 1024 * 1024;

/// Request to an endpoint of the Graph API that has no method of its own in [`Client`].
///
/// ```no_run
/// use waxwing_client::{Client, Error, Method};
///
/// async fn list_groups(client: &Client) -> Result<(), Error> {
///     #[derive(serde::Deserialize)]
///     struct Groups {
///         data: Vec<serde_json::Value>,
///     }
///
///     let groups: Groups = client.request(Method::GET, "1000001/groups").query("limit", "10").send().await?;
///     println!("{} groups", groups.data.len());
///     Ok(())
/// }
/// ```
#[must_use]
pub struct Request {
    client: Client,
    method: Method,
    url: Result<Url, Error>,
    authorization: HeaderValue,
    body: Option<Body>,
    timeout: Duration,
}

enum Body {
    Json(Result<Vec<u8>, Error>),
    Form(multipart::Form),
    /// Bytes of a file, from its beginning.
    File(Bytes),
}

impl Client {
    /// Creates a request to an endpoint that has no method of its own.
    ///
    /// `path` is relative to the API version and may have a query. A path that leaves the version is refused when the request is
    /// sent. The request is sent once.
    pub fn request(&self, method: Method, path: &str) -> Request {
        Request::new(self, method, below(&self.shared.graph, path))
    }

    /// Creates a request to the endpoint at `segments`. Ids are escaped.
    pub(crate) fn endpoint(&self, method: Method, segments: &[&str]) -> Request {
        let url = if segments.iter().any(|segment| matches!(*segment, "" | "." | "..")) {
            Err(Error::invalid("id in the path is empty; set the phone number id or media id"))
        } else {
            let mut url = self.shared.graph.clone();
            url.path_segments_mut().expect("an HTTP URL has a path").extend(segments);
            Ok(url)
        };
        Request::new(self, method, url)
    }
}

impl Request {
    fn new(client: &Client, method: Method, url: Result<Url, Error>) -> Self {
        let (authorization, timeout) = (client.shared.authorization.clone(), client.shared.timeout);
        Self { client: client.clone(), method, url, authorization, body: None, timeout }
    }

    /// Adds a query parameter.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        if let Ok(url) = &mut self.url {
            url.query_pairs_mut().append_pair(name, value);
        }
        self
    }

    /// Sets the body to `body` as JSON.
    pub fn json(mut self, body: &(impl Serialize + ?Sized)) -> Self {
        let body = serde_json::to_vec(body).map_err(|_| {
            Error::invalid("request body cannot be serialized as JSON; check its Serialize implementation")
        });
        self.body = Some(Body::Json(body));
        self
    }

    /// Replaces the access token of the client.
    pub(crate) fn authorization(mut self, authorization: HeaderValue) -> Self {
        self.authorization = authorization;
        self
    }

    /// Sets the body to the bytes of a file, for a resumable upload.
    pub(crate) fn file(mut self, bytes: Bytes) -> Self {
        self.body = Some(Body::File(bytes));
        self.timeout = self.client.shared.media_timeout;
        self
    }

    pub(crate) fn form(mut self, form: multipart::Form) -> Self {
        self.body = Some(Body::Form(form));
        self.timeout = self.client.shared.media_timeout;
        self
    }

    /// Sends the request once, and parses the response as JSON.
    ///
    /// # Errors
    ///
    /// Returns an error if the request is invalid, if there is no response, if the Graph API refuses the request, or if the
    /// response is not a `T`.
    ///
    /// ```no_run
    /// use waxwing_client::{Client, Error, Method};
    ///
    /// async fn account(client: &Client) -> Result<(), Error> {
    ///     let request = client.request(Method::GET, "102290129340398?fields=name");
    ///     let account: serde_json::Value = request.send().await?;
    ///     println!("{}", account["name"]);
    ///     Ok(())
    /// }
    /// ```
    pub async fn send<T: DeserializeOwned>(self) -> Result<T, Error> {
        self.send_with_usage().await.map(|(body, _)| body)
    }

    /// Sends the request once, parses the response as JSON, and returns it with the use of Meta's limits that the response reports.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`send`](Self::send).
    pub async fn send_with_usage<T: DeserializeOwned>(self) -> Result<(T, ApiUsage), Error> {
        let transport = &self.client.shared.transport;
        let mut request = transport.request(self.method, self.url?).timeout(self.timeout);
        request = request.header(AUTHORIZATION, self.authorization);
        request = match self.body {
            Some(Body::Json(json)) => {
                request.header(CONTENT_TYPE, HeaderValue::from_static("application/json")).body(json?)
            }
            Some(Body::Form(form)) => request.multipart(form),
            Some(Body::File(bytes)) => request.header(FILE_OFFSET, "0").body(bytes),
            None => request,
        };
        let mut response = transport.send(request).await?;
        let status = response.status();
        let usage = ApiUsage::read(response.headers());
        self.client.report_usage(&usage);
        let retry_after =
            retry_after(&response).or_else(|| Some(usage.regain_access_in()).filter(|time| !time.is_zero()));
        let body = read(&mut response, retry_after).await?;
        // Meta can send an error with any status, 200 included.
        if let Some(error) = ApiError::read(status.as_u16(), &body) {
            return Err(Error::refused(error, retry_after));
        }
        let unreadable = || Error::decode(status.as_u16(), retry_after);
        if !status.is_success() {
            return Err(unreadable());
        }
        let body = serde_json::from_slice(&body).map_err(|_| unreadable())?;
        Ok((body, usage))
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("method", &self.method).finish_non_exhaustive()
    }
}

/// Response without data: `{"success":true}`.
#[derive(Deserialize)]
pub(crate) struct SuccessResponse {
    success: bool,
}

impl SuccessResponse {
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.success { Ok(()) } else { Err(Error::decode(200, None)) }
    }
}

/// Reads the error of a response that is not a success.
pub(crate) async fn refusal(mut response: Response) -> Error {
    let status = response.status().as_u16();
    let retry_after = retry_after(&response);
    match read(&mut response, retry_after).await {
        Ok(body) => match ApiError::read(status, &body) {
            Some(error) => Error::refused(error, retry_after),
            None => Error::decode(status, retry_after),
        },
        Err(error) => error,
    }
}

async fn read(response: &mut Response, retry_after: Option<Duration>) -> Result<Bytes, Error> {
    let mut body = BytesMut::new();
    let status = response.status().as_u16();
    let broken = |error| match status {
        // The status alone tells that the request was refused.
        TOO_MANY_REQUESTS => Error::decode(status, retry_after).with_source(reqwest::Error::without_url(error)),
        _ => Error::transport(error),
    };
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if body.len() + chunk.len() > MAX_RESPONSE_BYTES {
            return Err(Error::decode(status, retry_after));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Returns the URL of `path` below `graph`. Fails if the resolved path leaves `graph`.
fn below(graph: &Url, path: &str) -> Result<Url, Error> {
    let escapes = || Error::invalid("path leaves the API version; use a path such as 1000001/groups");
    let url = Url::parse(&format!("{graph}/{}", path.strip_prefix('/').unwrap_or(path))).map_err(|_| escapes())?;
    let inside = url.path().strip_prefix(graph.path()).is_some_and(|rest| rest.starts_with('/') && rest.len() > 1);
    if inside && url.origin() == graph.origin() && url.fragment().is_none() { Ok(url) } else { Err(escapes()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: Option<&str>) {
        let graph = Url::parse("https://graph.facebook.com/v26.0").unwrap();
        assert_eq!(below(&graph, path).ok().as_ref().map(Url::as_str), expected);
    }

    #[test]
    fn paths_stay_below_the_api_version() {
        check("1/groups", Some("https://graph.facebook.com/v26.0/1/groups"));
        check("/1/groups", Some("https://graph.facebook.com/v26.0/1/groups"));
        check("1?fields=a,b", Some("https://graph.facebook.com/v26.0/1?fields=a,b"));
        check("1/../2", Some("https://graph.facebook.com/v26.0/2"));
        check("https://evil.com/", Some("https://graph.facebook.com/v26.0/https://evil.com/"));
        check("//evil.com/", Some("https://graph.facebook.com/v26.0//evil.com/"));
        check("@evil.com/", Some("https://graph.facebook.com/v26.0/@evil.com/"));
        for path in [
            "",
            "/",
            "?x=y",
            "..",
            "../v25.0/1",
            "1/../../v25.0/1",
            "%2e%2e/debug_token",
            "..\\x",
            "1#x",
            "../v26.0x/1",
        ] {
            check(path, None);
        }
    }
}
