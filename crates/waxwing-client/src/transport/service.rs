//! Tower service in place of the network.
//!
//! The service gets requests as reqwest would send them: this module adds the User-Agent, and applies the timeout up to the last
//! byte of the response.

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use reqwest::header::{ACCEPT, HeaderValue, USER_AGENT};
use tokio::time::{Instant, Sleep};
use tower::util::BoxCloneSyncService;
use tower::{Service as _, ServiceExt as _};

use crate::Error;

type BoxError = Box<dyn StdError + Send + Sync>;
type Request = http::Request<reqwest::Body>;
type Response = http::Response<UnsyncBoxBody<Bytes, BoxError>>;

/// Service that answers requests.
#[derive(Debug, Clone)]
pub(crate) struct Service(BoxCloneSyncService<Request, Response, BoxError>);

impl Service {
    pub(crate) fn new<S, B>(service: S) -> Self
    where
        S: tower::Service<Request, Response = http::Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let boxed = |response: http::Response<B>| response.map(|body| body.map_err(Into::into).boxed_unsync());
        Self(BoxCloneSyncService::new(service.map_err(Into::into).map_response(boxed)))
    }
}

/// Sends requests to a service.
pub(crate) struct Caller {
    pub(crate) service: Service,
    pub(crate) user_agent: HeaderValue,
}

impl Caller {
    pub(crate) async fn call(&self, request: reqwest::Request) -> Result<reqwest::Response, Error> {
        let deadline = request.timeout().map(|timeout| Instant::now() + *timeout);
        let mut request = Request::try_from(request).map_err(Error::transport)?;
        let headers = request.headers_mut();
        headers.entry(USER_AGENT).or_insert_with(|| self.user_agent.clone());
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
        let Service(mut service) = self.service.clone();
        let exchange = async {
            service.ready().await.map_err(|error| Error::service(error, false))?;
            service.call(request).await.map_err(|error| Error::service(error, true))
        };
        let response = match deadline {
            Some(deadline) => match tokio::time::timeout_at(deadline, exchange).await {
                Ok(response) => response?,
                Err(late) => return Err(Error::service(late.into(), true)),
            },
            None => exchange.await?,
        };
        let sleep = deadline.map(|deadline| Box::pin(tokio::time::sleep_until(deadline)));
        Ok(response.map(|body| reqwest::Body::wrap(Timed { body: Mutex::new(body), sleep })).into())
    }
}

/// Response body with a timeout.
struct Timed {
    /// The lock is never contended. It makes the body `Sync`, which reqwest requires.
    body: Mutex<UnsyncBoxBody<Bytes, BoxError>>,
    sleep: Option<Pin<Box<Sleep>>>,
}

/// The response took longer than the timeout.
#[derive(Debug)]
struct TimedOut;

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("response was not complete within the timeout")
    }
}

impl StdError for TimedOut {}

impl Body for Timed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Some(sleep) = &mut self.sleep
            && sleep.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(Some(Err(TimedOut.into())));
        }
        let body = self.body.get_mut().unwrap_or_else(PoisonError::into_inner);
        Pin::new(body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.lock().unwrap_or_else(PoisonError::into_inner).is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.lock().unwrap_or_else(PoisonError::into_inner).size_hint()
    }
}
