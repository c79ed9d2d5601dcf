//! HTTP client of the exporter.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use opentelemetry_http::{HttpClient, HttpError};
use reqwest::Client;
use reqwest::redirect::Policy;
use url::Url;
use waxwing_network::NetworkPolicy;

/// Time for one request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// Largest response in bytes. A collector answers with a few bytes.
const MAX_RESPONSE: usize = 64 * 1024;

/// Sends requests to the collector.
#[derive(Debug)]
pub(super) struct CollectorClient(Client);

impl CollectorClient {
    pub(super) fn new(endpoint: &Url, network: NetworkPolicy) -> reqwest::Result<Self> {
        let mut client = Client::builder().timeout(REQUEST_TIMEOUT).redirect(Policy::none());
        if network.bypasses_proxy(endpoint) {
            client = client.no_proxy();
        }
        client.build().map(Self)
    }
}

#[async_trait]
impl HttpClient for CollectorClient {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let mut response = self.0.execute(request.try_into()?).await?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > MAX_RESPONSE {
                return Err("the response of the collector is too large".into());
            }
            body.extend_from_slice(&chunk);
        }
        let mut result = Response::builder().status(response.status()).body(body.into())?;
        *result.headers_mut() = std::mem::take(response.headers_mut());
        Ok(result)
    }
}
