//! The body of a response on its way to a connection.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};

use crate::connection::RequestGuard;

/// Keeps the request in progress until the body has ended or is dropped.
#[derive(Debug)]
pub(crate) struct ResponseBody {
    body: Body,
    /// `None` after the end of the body.
    request: Option<RequestGuard>,
}

impl ResponseBody {
    pub(crate) fn new(body: Body, request: RequestGuard) -> Self {
        request.respond();
        Self { body, request: Some(request) }
    }
}

impl HttpBody for ResponseBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        match (&frame, &self.request) {
            (Poll::Pending, Some(request)) => request.await_content(),
            (Poll::Ready(Some(Ok(_))), Some(request)) => request.respond(),
            (Poll::Ready(_), _) => self.request = None,
            (Poll::Pending, None) => {}
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
