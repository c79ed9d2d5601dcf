//! A tower service in place of the network.
//!
//! This module does the work that reqwest does for a socket: the User-Agent is added, and the time limit holds until the last byte of the
//! answer has been read.

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

/// Any service that answers requests.
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

/// Calls a service as the network is called.
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

/// A body that fails when its time is over.
struct Timed {
    /// Never contended: the lock makes a body that cannot be shared fit for reqwest, which asks for one that can.
    body: Mutex<UnsyncBoxBody<Bytes, BoxError>>,
    sleep: Option<Pin<Box<Sleep>>>,
}

/// The answer took too long.
#[derive(Debug)]
struct TimedOut;

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer was not complete in time")
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
