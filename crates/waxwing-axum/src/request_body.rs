//! The body of a request on its way from a connection.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use crate::connection::Connection;

/// Tells the connection when the body is complete.
#[derive(Debug)]
pub(crate) struct RequestBody {
    incoming: Incoming,
    connection: Arc<Connection>,
}

impl RequestBody {
    pub(crate) fn new(incoming: Incoming, connection: Arc<Connection>) -> Self {
        if incoming.is_end_stream() {
            connection.end_body();
        }
        Self { incoming, connection }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.incoming).poll_frame(context));
        if frame.is_none() || self.incoming.is_end_stream() {
            self.connection.end_body();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
