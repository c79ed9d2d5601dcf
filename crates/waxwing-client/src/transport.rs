//! How requests go out: over the network, or into a service that stands for it.

#[cfg(feature = "tower")]
mod service;

use reqwest::{Method, RequestBuilder, Response};
use url::Url;

use crate::Error;

#[cfg(feature = "tower")]
pub(crate) use service::Service;

/// Sends requests, each once.
pub(crate) struct Transport {
    /// Also puts the requests together that a service gets.
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

    /// Sends into `service` instead, under the name that the network would have been told.
    #[cfg(feature = "tower")]
    pub(crate) fn into_service(self, service: Service, user_agent: reqwest::header::HeaderValue) -> Self {
        Self { service: Some(service::Caller { service, user_agent }), ..self }
    }

    /// Begins a request.
    pub(crate) fn request(&self, method: Method, url: Url) -> RequestBuilder {
        self.http.request(method, url)
    }

    /// Sends a request and waits for the head of the answer.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Result<Response, Error> {
        #[cfg(feature = "tower")]
        if let Some(caller) = &self.service {
            return caller.call(request.build().map_err(Error::transport)?).await;
        }
        request.send().await.map_err(Error::transport)
    }
}
