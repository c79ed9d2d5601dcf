//! Graph API without a socket.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};

use crate::connection::ConnectionSwitch;

/// Emulated Graph API as a `tower::Service`, for clients in the same process.
///
/// Responses and faults are those of the socket. See [`Emulator::service`](crate::Emulator::service). Clones share the emulator.
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
    /// Connection that a fault dropped before the response.
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Response<Body>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let switch = ConnectionSwitch::default();
        request.extensions_mut().insert(ConnectInfo(switch.clone()));
        let response = tower::Service::call(&mut self.router, request);
        Box::pin(async move {
            let response = match response.await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            switch.check()?;
            Ok(response)
        })
    }
}

impl fmt::Debug for GraphService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GraphService").finish_non_exhaustive()
    }
}
