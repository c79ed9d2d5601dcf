//! Transport of requests: the network, or a tower service in its place.

#[cfg(feature = "tower")]
mod service;

use reqwest::{Method, RequestBuilder, Response};
use url::Url;

use crate::Error;

#[cfg(feature = "tower")]
pub(crate) use service::Service;

/// Sends each request once.
pub(crate) struct Transport {
    /// Also builds the requests for a service.
    http: reqwest::Client,
    #[cfg(feature = "tower")]
    service: Option<service::Caller>,
}

impl Transport {
    pub(crate) fn network(http: reqwest::Client) -> Self {
        Self {
            http,
            #[cfg(feature = "tower")]
            service: None,
        }
    }

    /// Replaces the network by `service`.
    #[cfg(feature = "tower")]
    pub(crate) fn into_service(self, service: Service, user_agent: reqwest::header::HeaderValue) -> Self {
        Self { service: Some(service::Caller { service, user_agent }), ..self }
    }

    /// Starts to build a request.
    pub(crate) fn request(&self, method: Method, url: Url) -> RequestBuilder {
        self.http.request(method, url)
    }

    /// Sends a request and returns the response as soon as its head has arrived.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Result<Response, Error> {
        #[cfg(feature = "tower")]
        if let Some(caller) = &self.service {
            return caller.call(request.build().map_err(Error::transport)?).await;
        }
        request.send().await.map_err(Error::transport)
    }
}
