//! Reading a request's body, with bounds on its size and on the time it takes.

use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use tokio::sync::Semaphore;

use crate::response::ErrorResponse;

/// The largest webhook, in bytes. Meta sends 3 MB at most.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/set-up-webhooks>
pub(crate) const LIMIT: usize = 3 * 1024 * 1024;

/// What is too large is still read up to this size, in bytes, and thrown away: a client that is cut off while it writes may never see the answer.
const DISCARD_LIMIT: usize = 32 * 1024 * 1024;

/// How long a client may take to send a body.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Up to this size, in bytes, a body needs no place: nearly every webhook is smaller.
const SMALL: usize = 64 * 1024;

/// How many bodies beyond [`SMALL`] may be in memory at once; a further one waits. Nobody has proven who they are at this point.
const LARGE_BODIES: usize = 32;

/// Reads bodies.
#[derive(Debug)]
pub(crate) struct BodyReader {
    permits: Semaphore,
}

impl Default for BodyReader {
    fn default() -> Self {
        Self { permits: Semaphore::new(LARGE_BODIES) }
    }
}

impl BodyReader {
    /// Reads a whole body.
    pub(crate) async fn read(&self, body: Body) -> Result<Bytes, ErrorResponse> {
        let timeout = || ErrorResponse::new(StatusCode::REQUEST_TIMEOUT, "the body did not come in time");
        tokio::time::timeout(TIMEOUT, self.collect(body)).await.unwrap_or_else(|_| Err(timeout()))
    }

    async fn collect(&self, mut body: Body) -> Result<Bytes, ErrorResponse> {
        let (mut first, mut rest) = (Bytes::new(), BytesMut::new());
        let (mut len, mut permit) = (0, None);
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| ErrorResponse::new(StatusCode::BAD_REQUEST, "the body broke off"))?;
            let Ok(data) = frame.into_data() else { continue };
            len += data.len();
            if len > DISCARD_LIMIT {
                return Err(too_large());
            }
            if len > LIMIT {
                (first, rest) = (Bytes::new(), BytesMut::new());
                continue;
            }
            if len > SMALL && permit.is_none() {
                permit = Some(self.permits.acquire().await.expect("the semaphore is never closed"));
            }
            if first.is_empty() && rest.is_empty() {
                // A usual webhook comes in one piece and is not copied.
                first = data;
                continue;
            }
            rest.extend_from_slice(&std::mem::take(&mut first));
            rest.extend_from_slice(&data);
        }
        match len {
            len if len > LIMIT => Err(too_large()),
            _ if rest.is_empty() => Ok(first),
            _ => Ok(rest.freeze()),
        }
    }
}

fn too_large() -> ErrorResponse {
    ErrorResponse::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 3 MiB")
}
