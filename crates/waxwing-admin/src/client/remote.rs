//! Requests to a running server.

use std::path::Path;

use reqwest::multipart::{Form, Part};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;
use waxwing::store::Upload;

use crate::endpoint::AdminEndpoint;
use crate::error::AdminError;
use crate::message_file::MessageFile;

/// A running server.
#[derive(Debug)]
pub(super) struct Remote {
    client: Client,
    endpoint: AdminEndpoint,
}

/// The body of an error.
#[derive(Deserialize)]
struct ErrorBody {
    detail: String,
}

impl Remote {
    pub(super) fn new(endpoint: AdminEndpoint) -> Result<Self, AdminError> {
        // Proxy variables of the environment never apply to loopback.
        Ok(Self { client: Client::builder().no_proxy().build()?, endpoint })
    }

    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: Option<&impl Serialize>,
    ) -> Result<T, AdminError> {
        let mut request = self.client.get(self.url(path)?);
        if let Some(query) = query {
            request = request.query(query);
        }
        Ok(self.send(request).await?.json().await?)
    }

    pub(super) async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, AdminError> {
        Ok(self.send(self.client.post(self.url(path)?).json(body)).await?.json().await?)
    }

    /// Posts with an idempotency key.
    pub(super) async fn queue<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        key: Option<&str>,
    ) -> Result<T, AdminError> {
        let request = self.client.post(self.url(path)?).json(body);
        let request = key.into_iter().fold(request, |request, key| request.header("idempotency-key", key));
        Ok(self.send(request).await?.json().await?)
    }

    /// Posts with a file and an idempotency key.
    pub(super) async fn queue_file<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        file: MessageFile,
        key: Option<&str>,
    ) -> Result<T, AdminError> {
        let Upload { mime_type, filename, bytes } = file.upload;
        let wrong = |error: serde_json::Error| AdminError::Request(error.to_string());
        let length = bytes.len() as u64;
        let part = Part::stream_with_length(bytes, length).file_name(filename).mime_str(&mime_type)?;
        let form = Form::new().text("message", serde_json::to_string(body).map_err(wrong)?).part("upload", part);
        let request = self.client.post(self.url(path)?).multipart(form);
        let request = key.into_iter().fold(request, |request, key| request.header("idempotency-key", key));
        Ok(self.send(request).await?.json().await?)
    }

    /// Posts, and writes the body of the response to a new file. Returns its size in bytes, or none for a response without content.
    pub(super) async fn download(
        &self,
        path: &str,
        body: &impl Serialize,
        file: &Path,
    ) -> Result<Option<u64>, AdminError> {
        let mut response = self.send(self.client.post(self.url(path)?).json(body)).await?;
        if response.status() == StatusCode::NO_CONTENT {
            return Ok(None);
        }
        let mut file = File::create_new(file).await.map_err(AdminError::Medium)?;
        let mut len = 0;
        while let Some(chunk) = response.chunk().await? {
            file.write_all(&chunk).await.map_err(AdminError::Medium)?;
            len += chunk.len() as u64;
        }
        file.flush().await.map_err(AdminError::Medium)?;
        Ok(Some(len))
    }

    /// Posts, and expects no body.
    pub(super) async fn submit(&self, path: &str, body: &impl Serialize) -> Result<(), AdminError> {
        self.send(self.client.post(self.url(path)?).json(body)).await?;
        Ok(())
    }

    /// Opens a response that lasts.
    pub(super) async fn stream(&self, path: &str) -> Result<Response, AdminError> {
        self.send(self.client.get(self.url(path)?)).await
    }

    /// Posts without a body and expects none.
    pub(super) async fn command(&self, path: &str) -> Result<(), AdminError> {
        self.send(self.client.post(self.url(path)?)).await?;
        Ok(())
    }

    fn url(&self, path: &str) -> Result<Url, AdminError> {
        let url = format!("{}/{path}", self.endpoint.url);
        url.parse().map_err(|_| AdminError::Refused("the address of the server is not a URL".to_owned()))
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, AdminError> {
        let response = request.bearer_auth(&self.endpoint.token).send().await?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let detail = response.json::<ErrorBody>().await.map(|body| body.detail);
        Err(AdminError::Refused(detail.unwrap_or_else(|_| format!("the server responded with status {status}"))))
    }
}
