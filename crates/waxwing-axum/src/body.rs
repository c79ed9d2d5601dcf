//! Reading a request's body, with bounds on its size and on the time it takes.

use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;

use crate::response::Refusal;

/// The largest webhook, in bytes. Meta sends 3 MB at most.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/set-up-webhooks>
pub(crate) const LIMIT: usize = 3 * 1024 * 1024;

/// What is too large is still read up to this size, in bytes, and thrown away: a client that is cut off while it writes may never see the answer.
const DISCARD_LIMIT: usize = 32 * 1024 * 1024;

/// How long a client may take to send a body.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Reads a whole body.
pub(crate) async fn read(body: Body) -> Result<Bytes, Refusal> {
    let timeout = Refusal::new(StatusCode::REQUEST_TIMEOUT, "the body did not come in time");
    tokio::time::timeout(TIMEOUT, collect(body)).await.unwrap_or(Err(timeout))
}

async fn collect(mut body: Body) -> Result<Bytes, Refusal> {
    let (mut first, mut rest) = (Bytes::new(), BytesMut::new());
    let mut len = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "the body broke off"))?;
        let Ok(data) = frame.into_data() else { continue };
        len += data.len();
        if len > DISCARD_LIMIT {
            return Err(too_large());
        }
        if len > LIMIT {
            (first, rest) = (Bytes::new(), BytesMut::new());
        } else if first.is_empty() && rest.is_empty() {
            // A usual webhook comes in one piece and is not copied.
            first = data;
        } else {
            if rest.is_empty() {
                rest.extend_from_slice(&std::mem::take(&mut first));
            }
            rest.extend_from_slice(&data);
        }
    }
    match len {
        len if len > LIMIT => Err(too_large()),
        _ if rest.is_empty() => Ok(first),
        _ => Ok(rest.freeze()),
    }
}

fn too_large() -> Refusal {
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 3 MiB")
}
