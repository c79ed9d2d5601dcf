//! The Graph side without a socket.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};

use crate::connection::Connection;

/// What answers Graph calls in the same process, with the answers of the socket and its faults: see
/// [`Emulator::service`](crate::Emulator::service).
#[derive(Clone)]
pub struct GraphService {
    router: Router,
}

impl GraphService {
    pub(crate) fn new(router: Router) -> Self {
        Self { router }
    }
}

impl<B> tower::Service<Request<B>> for GraphService
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<Body>;
    /// A connection that breaks before the answer.
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Response<Body>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let connection = Connection::default();
        request.extensions_mut().insert(ConnectInfo(connection.clone()));
        let answer = tower::Service::call(&mut self.router, request);
        Box::pin(async move {
            let response = match answer.await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            connection.check()?;
            Ok(response)
        })
    }
}

impl fmt::Debug for GraphService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GraphService").finish_non_exhaustive()
    }
}
