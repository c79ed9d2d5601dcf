//! HTTP client of the exporter.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, Request, Response};
use opentelemetry_http::{HttpClient, HttpError};
use reqwest::Client;
use reqwest::redirect::Policy;
use url::Url;
use waxwing_network::NetworkPolicy;

/// Time for one request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// Largest response in bytes. A collector answers with a few bytes.
const MAX_RESPONSE: usize = 64 * 1024;

/// Headers of the exporter that describe the body.
const OF_BODY: [HeaderName; 2] = [CONTENT_TYPE, CONTENT_ENCODING];

/// Sends requests to the collector.
#[derive(Debug)]
pub(super) struct CollectorClient {
    client: Client,
    endpoint: Url,
    headers: HeaderMap,
}

impl CollectorClient {
    pub(super) fn new(endpoint: Url, headers: HeaderMap, network: NetworkPolicy) -> reqwest::Result<Self> {
        let mut client = Client::builder().timeout(REQUEST_TIMEOUT).redirect(Policy::none());
        if network.bypasses_proxy(&endpoint) {
            client = client.no_proxy();
        }
        Ok(Self { client: client.build()?, endpoint, headers })
    }
}

#[async_trait]
impl HttpClient for CollectorClient {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        // The exporter adds headers of environment variables, which nobody has compared with the policy of connections.
        let (parts, body) = request.into_parts();
        let mut headers = self.headers.clone();
        for name in OF_BODY {
            headers.extend(parts.headers.get(&name).map(|value| (name, value.clone())));
        }
        let request = self.client.request(parts.method, self.endpoint.clone()).headers(headers).body(body);
        let mut response = request.send().await?;
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

#[cfg(test)]
mod tests {
    use wiremock::matchers::method;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;

    #[tokio::test]
    async fn only_checked_headers_are_sent() {
        let collector = MockServer::start().await;
        Mock::given(method("POST")).respond_with(ResponseTemplate::new(200)).mount(&collector).await;
        let endpoint = Url::parse(&collector.uri()).unwrap();
        let headers = HeaderMap::from_iter([(http::header::AUTHORIZATION, "checked".parse().unwrap())]);
        let client = CollectorClient::new(endpoint, headers, NetworkPolicy::default()).unwrap();
        let request = Request::post("http://elsewhere.example/v1/traces")
            .header("content-type", "application/x-protobuf")
            .header("authorization", "of a variable")
            .header("x-of-a-variable", "1")
            .body(Bytes::from_static(b"spans"))
            .unwrap();
        client.send_bytes(request).await.unwrap();
        let sent = collector.received_requests().await.unwrap().remove(0);
        assert_eq!(sent.headers["content-type"], "application/x-protobuf");
        assert_eq!(sent.headers.get_all("authorization").iter().collect::<Vec<_>>(), ["checked"]);
        assert!(!sent.headers.contains_key("x-of-a-variable"));
        assert_eq!(sent.body, b"spans");
    }
}
