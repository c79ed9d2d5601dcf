//! Reads request bodies within limits.

use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use tokio::sync::Semaphore;

use crate::response::ErrorResponse;

/// Maximum size of a webhook in bytes. Meta sends at most 3 MB.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/set-up-webhooks>
pub(crate) const MAX_BYTES: usize = 3 * 1024 * 1024;

/// A body that is too large is read and discarded up to this size in bytes. A client whose connection closes during the write may never
/// see the response.
const MAX_DISCARDED_BYTES: usize = 32 * 1024 * 1024;

/// Maximum time to receive a body.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A body up to this size in bytes needs no permit. Nearly every webhook is smaller.
const SMALL_BYTES: usize = 64 * 1024;

/// Maximum number of larger bodies in memory. Their senders are not authenticated yet, so memory must not depend on their number.
const MAX_LARGE_BODIES: usize = 32;

/// Reads request bodies.
#[derive(Debug)]
pub(crate) struct BodyReader {
    large_bodies: Semaphore,
}

impl Default for BodyReader {
    fn default() -> Self {
        Self { large_bodies: Semaphore::new(MAX_LARGE_BODIES) }
    }
}

impl BodyReader {
    /// Reads a whole body.
    pub(crate) async fn read(&self, body: Body) -> Result<Bytes, ErrorResponse> {
        let timeout = || ErrorResponse::new(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time");
        tokio::time::timeout(TIMEOUT, self.collect(body)).await.unwrap_or_else(|_| Err(timeout()))
    }

    async fn collect(&self, mut body: Body) -> Result<Bytes, ErrorResponse> {
        let (mut first, mut rest) = (Bytes::new(), BytesMut::new());
        let (mut len, mut permit) = (0, None);
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| ErrorResponse::new(StatusCode::BAD_REQUEST, "the body is incomplete"))?;
            let Ok(data) = frame.into_data() else { continue };
            len += data.len();
            if len > MAX_DISCARDED_BYTES {
                return Err(too_large());
            }
            if len > MAX_BYTES {
                (first, rest) = (Bytes::new(), BytesMut::new());
                continue;
            }
            if len > SMALL_BYTES && permit.is_none() {
                permit = Some(self.large_bodies.acquire().await.expect("the semaphore is never closed"));
            }
            if first.is_empty() && rest.is_empty() {
                // Most webhooks arrive in one frame, which is not copied.
                first = data;
                continue;
            }
            rest.extend_from_slice(&std::mem::take(&mut first));
            rest.extend_from_slice(&data);
        }
        match len {
            len if len > MAX_BYTES => Err(too_large()),
            _ if rest.is_empty() => Ok(first),
            _ => Ok(rest.freeze()),
        }
    }
}

fn too_large() -> ErrorResponse {
    ErrorResponse::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 3 MiB")
}
